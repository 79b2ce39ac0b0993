// The last point of a series in files is looked up once: until a flush brings a later one, or something is deleted.

import type { Device } from '../catalog/device.ts';
import type { Memtable } from '../memtable/memtable.ts';
import type { SeriesValue } from '../points.ts';

/** `undefined`: there is none. */
export type LastPoint = { readonly timeMs: number; readonly value: SeriesValue } | undefined;

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

  /** The points of a memtable are in files now. */
  flushed(memtable: Memtable): void {
    for (const device of memtable.devices()) {
      const known = this.#entries.get(device);
      if (known === undefined) continue;
      for (const [measurement, series] of memtable.seriesOf(device) ?? []) {
        const entry = known.get(measurement);
        const timeMs = series.lastMs;
        if (entry === undefined || timeMs === undefined) continue;
        if (entry.last !== undefined && entry.last.timeMs > timeMs) continue;
        const [point] = memtable.capture(device, measurement, timeMs, timeMs + 1);
        // What was deleted since the memtable was sealed has made the entry worthless already.
        known.set(measurement, { deletes: entry.deletes, last: { timeMs, value: point!.values[0]! } });
      }
    }
  }
}
