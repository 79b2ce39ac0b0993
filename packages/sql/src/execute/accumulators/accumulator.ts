import type { Column } from '@balsa/wire';
import type { Summary } from '../../source/series-source.ts';
import type { Rows } from '../rows.ts';

/** One aggregation over all windows of a batch at once: arrays by window, no object for any of them. */
export interface Accumulator {
  /** Rows `[from, to)`, at least one, all in one window; the columns are the arguments. Ascending in time within a series. */
  add(window: number, rows: Rows, from: number, to: number): void;
  /** The same from statistics; only of those that say that they take them. */
  addSummary(window: number, summary: Summary): void;
  /** What another accumulator of its kind has gathered, of other series. */
  absorb(other: Accumulator): void;
  /** A value for each window; nothing is added afterwards. */
  finish(): Column;
}

export function takesNoSummaries(): never {
  throw new TypeError('this aggregation takes no summaries');
}
