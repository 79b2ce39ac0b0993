import type { PathPattern, TimeSpan } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import { splitTimeConditions } from '../time/time-conditions.ts';
import type { Clock } from '../time/time-value.ts';
import type { DeleteDataStatement } from '../tree/data.ts';

export interface Deletion {
  /** Of series. */
  readonly patterns: readonly PathPattern[];
  /** `undefined`: the conditions leave no time. */
  readonly span: TimeSpan | undefined;
}

/** @throws StatementError STATEMENT_INVALID: the condition is not one range of times. */
export function deletionOf({ patterns, where }: DeleteDataStatement, clock: Clock): Deletion {
  const { times, rest } = splitTimeConditions(where, clock);
  if (rest !== undefined) {
    throw new StatementError('STATEMENT_INVALID', 'DELETE takes conditions on the time only', rest.span);
  }
  if (times.length > 1) {
    throw new StatementError('STATEMENT_INVALID', 'DELETE takes one range of times', where?.span);
  }
  return { patterns: patterns.map(({ nodes }) => nodes), span: times[0] };
}
