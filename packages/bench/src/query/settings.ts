import { BenchError } from '../bench-error.ts';
import { checkContestSettings } from '../series/contest-settings.ts';
import type { ContestSettings } from '../series/start-targets.ts';
import type { QueryName } from './queries.ts';

/** What the comparison is asked to do; repeated in its report. */
export interface QuerySettings extends ContestSettings {
  readonly queries: readonly QueryName[];
  /** Of ranges that are drawn. */
  readonly rangeRows: number;
  /** How often each query is asked in a round. */
  readonly repeats: number;
  /** The same for those about all series. */
  readonly allRepeats: number;
  /** How often each is asked before anything is measured. */
  readonly warmups: number;
  readonly rounds: number;
}

/** VictoriaMetrics evaluates no more steps. */
const rangeRowsMax = 30_000;

/** Throws ILLEGAL_ARGUMENT. */
export function checkQuerySettings(settings: QuerySettings): void {
  checkContestSettings(settings);
  const { rangeRows, shape } = settings;
  if (rangeRows <= Math.min(shape.rows, rangeRowsMax)) return;
  throw new BenchError(
    'ILLEGAL_ARGUMENT',
    `a range of ${rangeRows} rows is more than a device has (${shape.rows}), or than can be compared (${rangeRowsMax})`,
  );
}
