// Compares the counts of a whole store with what was sent to it. Of rows, no timestamp is ever sent twice, so every row
// that was applied is a point of its own, unless it was applied twice. Only overwritten rows are applied once more for
// each row beside them.

import type { RowCounts } from './ledger.ts';

export interface StoreCounts {
  readonly rowsApplied: number;
  readonly points: number;
}

/** A device with a row that is overwritten. */
export interface OverwrittenCounts {
  /** Rows beside it that are there: so many writes were applied. */
  readonly writes: number;
  /** Points that the overwritten row has once it is written. */
  readonly cells: number;
}

export interface CountFindings {
  /** Rows that are there, each once, without the overwritten ones. */
  readonly rows: number;
  /** How often rows, the overwritten ones included, were applied beyond once for each write. */
  readonly duplicated: number;
  /** There are fewer rows than were acknowledged, or more than were sent. */
  readonly isOutOfBounds: boolean;
}

export function checkCounts(
  { rowsApplied, points }: StoreCounts,
  { acknowledged, unknown }: RowCounts,
  overwritten: readonly OverwrittenCounts[],
): CountFindings {
  const written = overwritten.filter(({ writes }) => writes > 0);
  const rows = points - sumOf(written.map(({ cells }) => cells));
  const overwrites = sumOf(written.map(({ writes }) => writes));
  return {
    rows,
    duplicated: rowsApplied - overwrites - rows,
    isOutOfBounds: rows < acknowledged || rows > acknowledged + unknown,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
