// Whether what was acknowledged is there: each row has a timestamp of its own, so rows are counted by points.

import type { StoreStatistics } from '@balsa/wire';
import { checkCounts } from '../chaos/check-counts.ts';
import type { RowCounts } from './row-load.ts';

export interface RowFindings {
  /** Rows in the store of the node that has fewest. */
  readonly stored: number;
  /** Acknowledged rows that cannot be there, since fewer rows are. */
  readonly lost: number;
  /** Rows that were applied more than once. */
  readonly duplicated: number;
  readonly replicasEqual: boolean;
  readonly good: boolean;
}

/** `replicas`: every node's, at the same applied index. */
export function checkRows(replicas: readonly { readonly statistics: StoreStatistics }[], sent: RowCounts): RowFindings {
  const counts = replicas.map(({ statistics }) => checkCounts(statistics, sent, []));
  const stored = Math.min(...counts.map(({ rows }) => rows));
  const lost = Math.max(0, sent.acknowledged - stored);
  const duplicated = Math.max(...counts.map((found) => found.duplicated));
  const replicasEqual = new Set(replicas.map(({ statistics }) => statistics.checksum)).size === 1;
  const inBounds = counts.every(({ isOutOfBounds }) => !isOutOfBounds);
  return { stored, lost, duplicated, replicasEqual, good: inBounds && duplicated === 0 && replicasEqual };
}
