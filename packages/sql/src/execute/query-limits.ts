// What a query may cost. Each limit is compared before what it bounds is taken; docs/errors.md says what to do.

export interface QueryLimits {
  /** Series that are read, those of conditions included. */
  readonly seriesMax: number;
  /** Columns of a result. */
  readonly columnsMax: number;
  /** Windows of GROUP BY that are computed, for each device of ALIGN BY DEVICE. */
  readonly windowsMax: number;
  /** What a query holds at a time: blocks that wait, rows to be sorted or filled, what aggregations have gathered. */
  readonly memoryBytesMax: number;
  /** From the start to the last block; whoever takes a block late lets that time pass, too. */
  readonly timeoutMs: number;
}

export const defaultQueryLimits: QueryLimits = {
  seriesMax: 1_000_000,
  columnsMax: 100_000,
  windowsMax: 1_000_000,
  memoryBytesMax: 256 << 20,
  timeoutMs: 60_000,
};
