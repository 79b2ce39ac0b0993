// The points of the content, counted, and its checksum, in one canonical order: equal content gives equal checksums however it lies
// in memtables and files, on whichever replica. It is that of `SeriesStore`, too.

import { ByteWriter, crc32c, type DataType } from '@balsa/wire';
import { createSeries } from '../../any-series.ts';
import { pointsOf } from '../merge/merge-parts.ts';
import { type Pace, Turns } from '../pace.ts';
import type { Points } from '../points.ts';
import type { ReadCounters } from './read-counters.ts';
import type { ReadView } from './read-view.ts';

export class ContentSum {
  readonly #counters: ReadCounters;
  readonly #turns: Turns;
  #points = 0;
  #checksum = 0;

  constructor(counters: ReadCounters, pace: Pace, signal: AbortSignal | undefined) {
    this.#counters = counters;
    this.#turns = new Turns(pace, signal);
  }

  get points(): number {
    return this.#points;
  }

  get checksum(): number {
    return this.#checksum;
  }

  /** Goes on with the next series. Rejects with the signal's reason. */
  async addSeries(view: ReadView, device: string, measurement: string, type: DataType): Promise<void> {
    const bytesOf = bytesOfType(type);
    const { signal } = this.#turns;
    let points = 0;
    let times = 0;
    let values = 0;
    const parts = await view.parts(measurement, type);
    for await (const block of pointsOf(parts, { type, range: view.range, counters: this.#counters, signal })) {
      points += block.times.length;
      times = crc32c(new Uint8Array(block.times.buffer, block.times.byteOffset, block.times.byteLength), times);
      values = crc32c(bytesOf(block.values), values);
      await this.#turns.did(block.times.length);
    }
    const out = new ByteWriter(256);
    out.text16(device);
    out.text16(measurement);
    out.u8(type);
    out.u64(points);
    out.u32(times);
    out.u32(values);
    this.#points += points;
    this.#checksum = crc32c(out.written(), this.#checksum);
  }
}

function bytesOfType(type: DataType): (values: Points['values']) => Uint8Array {
  const { kind } = createSeries(type);
  // The values of a type are the cells of its kind.
  return (values) => (kind.bytesOf as (cells: unknown) => Uint8Array)(values);
}
