import type { ColumnHeader } from '../execute/result-set.ts';
import type { Rows } from '../execute/rows.ts';

export interface QueryPlan {
  readonly columns: readonly ColumnHeader[];
  readonly hasTime: boolean;
  /** The rows of the result; nothing is read before. */
  open(): AsyncGenerator<Rows, void, undefined>;
}
