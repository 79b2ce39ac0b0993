// What a query means, computed the slow way: over maps, one row after another, with nothing of the executor but its names.

import type { SelectStatement } from '../../tree/select.ts';
import type { MemorySeries } from '../memory-source.ts';
import type { Table } from '../run-query.ts';
import { deviceTable } from './device-table.ts';
import { lastTable } from './last-table.ts';
import { seriesOf } from './series.ts';
import { timeTable } from './time-table.ts';

/** `nowMs` is 0, and the zone is Greenwich's. */
export function naiveTable(statement: SelectStatement, data: MemorySeries): Table {
  const all = seriesOf(data);
  if (statement.isLast) return lastTable(statement, all);
  return statement.alignBy === 'device' ? deviceTable(statement, all) : timeTable(statement, all);
}
