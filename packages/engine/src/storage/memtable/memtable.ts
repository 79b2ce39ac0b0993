// Points that no file has yet: those of the commands since the memtable before was sealed. Always sorted, one value for each
// time. A memtable that was sealed does not change any more; what is deleted then is hidden by tombstones.

import type { Column, DataType } from '@balsa/wire';
import { type AnySeries, createSeries } from '../../any-series.ts';
import { seriesOverheadBytes } from '../../limits.ts';
import type { RowPicks } from '../../tablet-rows.ts';
import type { CatalogChange } from '../catalog/catalog.ts';
import type { Device } from '../catalog/device.ts';
import type { LastPoint, Points } from '../points.ts';
import { hides, mayHideIn, type Tombstone } from '../tombstones/tombstone.ts';
import type { TtlRules } from '../tombstones/ttl.ts';

/** The state beside the points, at the command with which a memtable was sealed. */
export interface SealedState {
  readonly appliedIndex: number;
  readonly rowsApplied: number;
  readonly ttl: TtlRules;
  /** How many deletes had come: see `LogState.deletes`. */
  readonly deletes: number;
  /** Since the memtable before was sealed; or all that makes up the catalog. */
  readonly catalogChanges: readonly CatalogChange[];
  readonly isWholeCatalog: boolean;
}

export class Memtable {
  readonly #devices = new Map<Device, Map<string, AnySeries>>();
  /** Of those, the ones whose series shared their times when they were written to: later, all may have been deleted, and come back otherwise. */
  readonly #aligned = new Set<Device>();
  #bytes = 0;
  #sealed: SealedState | undefined;

  /** What its points take, and a flat price for each series. Chunks that are not full can take up to twice as much. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `undefined` while it is written to. */
  get sealed(): SealedState | undefined {
    return this.#sealed;
  }

  seal(state: SealedState): void {
    this.#sealed = state;
  }

  devices(): IterableIterator<Device> {
    return this.#devices.keys();
  }

  isAligned(device: Device): boolean {
    return this.#aligned.has(device);
  }

  seriesOf(device: Device): ReadonlyMap<string, AnySeries> | undefined {
    return this.#devices.get(device);
  }

  /** Writes the picked rows of a column of a type that the series takes. */
  write(
    device: Device,
    measurement: string,
    type: DataType,
    timestamps: Float64Array,
    column: Column,
    picks: RowPicks,
  ): void {
    let ofDevice = this.#devices.get(device);
    if (ofDevice === undefined) {
      ofDevice = new Map();
      this.#devices.set(device, ofDevice);
      if (device.isAligned) this.#aligned.add(device);
    }
    let series = ofDevice.get(measurement);
    if (series === undefined) {
      series = createSeries(type);
      ofDevice.set(measurement, series);
      this.#bytes += seriesOverheadBytes;
    }
    this.#bytes -= series.billedBytes;
    series.write(timestamps, column.values, picks);
    this.#bytes += series.billedBytes;
  }

  /** Removes what a delete is about. Everything here was written before it. */
  delete(tombstone: Tombstone): void {
    for (const [device, ofDevice] of this.#devices) {
      if (!mayHideIn(tombstone, device)) continue;
      for (const [measurement, series] of ofDevice) {
        if (!hides(tombstone, device, [...device.nodes.slice(1), measurement])) continue;
        this.#bytes -= series.billedBytes;
        series.remove(tombstone.startMs, tombstone.endMs);
        this.#bytes += series.billedBytes;
        // A series of this name that comes later may have another type.
        if (series.points > 0) continue;
        ofDevice.delete(measurement);
        this.#bytes -= seriesOverheadBytes;
      }
      if (ofDevice.size > 0) continue;
      this.#devices.delete(device);
      this.#aligned.delete(device);
    }
  }

  /** The last point of a series before a time. */
  lastBefore(device: Device, measurement: string, endMs: number): LastPoint {
    return this.#devices.get(device)?.get(measurement)?.lastBefore(endMs);
  }

  /** The points of a series in a range of times, as they are now, in pieces that ascend. */
  capture(device: Device, measurement: string, startMs: number, endMs: number): Points[] {
    const series = this.#devices.get(device)?.get(measurement);
    if (series === undefined) return [];
    // Cells of a series are the values of its type.
    return series.captureSlices(startMs, endMs) as unknown as Points[];
  }
}
