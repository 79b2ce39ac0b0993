import { MemoryBudget } from '../execute/memory-budget.ts';
import { Pace, type QueryContext } from '../execute/query-context.ts';
import { defaultQueryLimits } from '../execute/query-limits.ts';
import { utc } from '../time/zone.ts';
import { MemorySource } from './memory-source.ts';

/** Of a query that has nothing to read and time without end. */
export function testContext(): QueryContext {
  const { signal } = new AbortController();
  return {
    source: new MemorySource({}),
    limits: defaultQueryLimits,
    budget: new MemoryBudget(defaultQueryLimits.memoryBytesMax),
    statistics: { scans: 0, rowsRead: 0, pointsRead: 0, summariesRead: 0, lastPointsRead: 0 },
    signal,
    pace: new Pace(signal, Number.POSITIVE_INFINITY),
    nowMs: 0,
    zone: utc,
  };
}
