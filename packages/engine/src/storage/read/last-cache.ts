// The last point of a series in files is looked up once: until a flush brings a later one, or something is deleted.

import type { Device } from '../catalog/device.ts';
import type { Memtable } from '../memtable/memtable.ts';
import type { LastPoint } from '../points.ts';

interface Entry {
  readonly last: LastPoint;
  /** As many deletes had come when it was looked up. After another it may be wrong. */
  readonly deletes: number;
}

export class LastCache {
  readonly #entriesMax: number;
  readonly #entries = new Map<Device, Map<string, Entry>>();
  #size = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(device: Device, measurement: string, deletes: number): Entry | undefined {
    const entry = this.#entries.get(device)?.get(measurement);
    return entry?.deletes === deletes ? entry : undefined;
  }

  /** Once there are too many, no further series are remembered. */
  set(device: Device, measurement: string, entry: Entry): void {
    let ofDevice = this.#entries.get(device);
    if (!ofDevice?.has(measurement)) {
      if (this.#size >= this.#entriesMax) return;
      this.#size++;
    }
    if (ofDevice === undefined) {
      ofDevice = new Map();
      this.#entries.set(device, ofDevice);
    }
    ofDevice.set(measurement, entry);
  }

  /**
   * The points of a memtable are in files now. Series that nobody has asked for yet are remembered as well, if they reach as far as
   * all files have points of their device: `flushedMs`. `deletes`: how many have come by now.
   */
  flushed(memtable: Memtable, deletes: number, flushedMs: (device: Device) => number): void {
    // What was deleted since the memtable was sealed is hidden in its file, too.
    const isWhole = memtable.sealed?.deletes === deletes;
    for (const device of memtable.devices()) {
      const latestMs = flushedMs(device);
      for (const [measurement, series] of memtable.seriesOf(device) ?? []) {
        const last = series.lastBefore(Number.POSITIVE_INFINITY);
        if (last === undefined) continue;
        const entry = this.get(device, measurement, deletes);
        const beforeMs = entry === undefined ? latestMs : (entry.last?.timeMs ?? Number.NEGATIVE_INFINITY);
        if (!isWhole) this.#forget(device, measurement);
        else if (last.timeMs >= beforeMs) this.set(device, measurement, { deletes, last });
      }
    }
  }

  #forget(device: Device, measurement: string): void {
    if (this.#entries.get(device)?.delete(measurement)) this.#size--;
  }
}
