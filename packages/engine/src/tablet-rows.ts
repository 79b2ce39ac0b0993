// Which rows of a tablet end up in a series, and in which order. A tablet's rows may be unsorted and repeat timestamps:
// of equal timestamps the last that has a value wins. A null is no value and overwrites nothing.

import type { Cells } from './cells.ts';
import type { Run } from './chunk.ts';
import type { ValueKind } from './value-kind.ts';

/** Row numbers of a tablet; `undefined` stands for all of them in their order, the common case. */
export type RowPicks = Int32Array | undefined;

export class TabletRows {
  readonly timestamps: Float64Array;
  /** Rows by time, equal times in the order of the tablet; `undefined` if the tablet strictly ascends. */
  readonly #order: Int32Array | undefined;
  #withoutNulls: Int32Array | undefined;

  /** Takes the memory over. */
  constructor(timestamps: Float64Array) {
    dropSignOfZero(timestamps);
    this.timestamps = timestamps;
    this.#order = strictlyAscends(timestamps) ? undefined : orderByTime(timestamps);
  }

  /** The rows with a value, one for each timestamp, ascending in time. `nulls` is a column's bitmap. */
  pick(nulls: Uint8Array | undefined): RowPicks {
    if (nulls !== undefined) return this.#pickValues(nulls);
    if (this.#order === undefined) return undefined;
    this.#withoutNulls ??= this.#pickValues(undefined);
    return this.#withoutNulls;
  }

  #pickValues(nulls: Uint8Array | undefined): Int32Array {
    const { timestamps } = this;
    const picks = new Int32Array(timestamps.length);
    let count = 0;
    for (let i = 0; i < picks.length; i++) {
      const row = this.#order === undefined ? i : this.#order[i]!;
      if (nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0) continue;
      if (count > 0 && timestamps[picks[count - 1]!] === timestamps[row]) count--;
      picks[count] = row;
      count++;
    }
    return picks.subarray(0, count);
  }
}

/** The picked rows of one column, ready to be written into a series. */
export function runOf<T>(timestamps: Float64Array, cells: Cells<T>, picks: RowPicks, kind: ValueKind<T>): Run<T> {
  if (picks === undefined) return { times: timestamps, values: cells };
  const times = new Float64Array(picks.length);
  const values: Cells<T> = kind.allocate(picks.length);
  for (let i = 0; i < picks.length; i++) {
    const row = picks[i]!;
    times[i] = timestamps[row]!;
    values[i] = cells[row]!;
  }
  return { times, values };
}

/** -0 is the same time as 0, but other bytes: checksums could tell one from the other. */
function dropSignOfZero(timestamps: Float64Array): void {
  for (let i = 0; i < timestamps.length; i++) {
    if (timestamps[i] === 0) timestamps[i] = 0;
  }
}

function strictlyAscends(timestamps: Float64Array): boolean {
  for (let i = 1; i < timestamps.length; i++) {
    if (timestamps[i]! <= timestamps[i - 1]!) return false;
  }
  return true;
}

function orderByTime(timestamps: Float64Array): Int32Array {
  const order = Int32Array.from(timestamps.keys());
  return order.sort((a, b) => timestamps[a]! - timestamps[b]! || a - b);
}
