import { DataType, dataTypeName } from '@balsa/wire';
import { inParallel } from '../execute/in-parallel.ts';
import { limitRows } from '../execute/limit-rows.ts';
import type { QueryContext } from '../execute/query-context.ts';
import type { ColumnHeader } from '../execute/result-set.ts';
import type { Rows } from '../execute/rows.ts';
import { sortRows } from '../execute/sort-rows.ts';
import type { LastPoint, SourceSeries } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import { valueText } from '../text/value-text.ts';
import { splitTimeConditions } from '../time/time-conditions.ts';
import type { TimeSet } from '../time/time-set.ts';
import type { SelectStatement } from '../tree/select.ts';
import { TimeBinder } from './binder.ts';
import { seriesKey } from './bound-series.ts';
import { OutputList, outputBytes } from './output-list.ts';
import type { QueryPlan } from './query-plan.ts';
import { rowOrderOf, rowsWanted } from './row-order.ts';
import { SeriesCatalog } from './series-catalog.ts';

interface LastColumn {
  readonly name: string;
  readonly series: SourceSeries;
}

const columns: readonly ColumnHeader[] = ['Timeseries', 'Value', 'DataType'].map((name, blockColumn) => ({
  name,
  expression: name,
  isAlias: false,
  dataType: DataType.TEXT,
  series: undefined,
  blockColumn,
}));

/** Series that are asked for, and rows that come of it, at a time. */
const seriesPerBlock = 1024;

/** The newest point of each series, a row for each series that has one: by path, unless something else is asked for. */
export async function planLast(context: QueryContext, statement: SelectStatement): Promise<QueryPlan> {
  const { times, rest } = splitTimeConditions(statement.where, context);
  if (rest !== undefined) {
    throw new StatementError('STATEMENT_INVALID', 'SELECT LAST takes conditions on the time only', rest.span);
  }
  const found = await seriesOf(context, statement);
  const [key] = statement.orderBy;
  const isDescending = key?.by === 'timeseries' && key.direction === 'descending';
  found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) * (isDescending ? -1 : 1));
  const { limit = Number.POSITIVE_INFINITY, offset = 0 } = statement;
  const open = (): AsyncGenerator<Rows, void, undefined> => {
    let rows = lastRows(context, found, times);
    if (key?.by === 'time') {
      const order = statement.orderBy.map((one) => rowOrderOf(one, one.by === 'time' ? 'time' : 0));
      rows = sortRows(context, rows, order, rowsWanted(statement));
    }
    return limitRows(rows, offset, limit);
  };
  return { columns, hasTime: true, open };
}

/** Each once, however often it was named. */
async function seriesOf(context: QueryContext, statement: SelectStatement): Promise<LastColumn[]> {
  const binder = new TimeBinder(new SeriesCatalog(context), statement.from, context.limits.seriesMax);
  const found = new Map<string, LastColumn>();
  const outputs = new OutputList(statement.seriesOffset, statement.seriesLimit, context.limits.seriesMax);
  for (const column of statement.columns) {
    if (column.expression.kind !== 'series') continue;
    for (const series of await binder.seriesOf(column.expression, outputs.wanted)) {
      context.budget.take(outputBytes);
      const path = seriesKey(series);
      if (!outputs.add(column, path, path) || found.has(path)) continue;
      found.set(path, { name: column.alias?.text ?? path, series });
    }
  }
  return [...found.values()];
}

async function* lastRows(
  context: QueryContext,
  found: readonly LastColumn[],
  times: TimeSet,
): AsyncGenerator<Rows, void, undefined> {
  for (let from = 0; from < found.length; from += seriesPerBlock) {
    const block = found.slice(from, from + seriesPerBlock);
    const points = await lastPoints(context, block, times);
    await context.pace.after(block.length);
    const rows = rowsOf(block, points);
    if (rows.times.length > 0) yield rows;
  }
}

/** In the order of `block`. The series of one device are asked for together. */
async function lastPoints(
  { source, signal, statistics, pace }: QueryContext,
  block: readonly LastColumn[],
  times: TimeSet,
): Promise<(LastPoint | undefined)[]> {
  const points = new Array<LastPoint | undefined>(block.length).fill(undefined);
  const byDevice = new Map<string, number[]>();
  for (const [index, { series }] of block.entries()) {
    const ofDevice = byDevice.get(series.device);
    if (ofDevice === undefined) byDevice.set(series.device, [index]);
    else ofDevice.push(index);
  }
  await inParallel(byDevice, async ([device, indexes], isOver) => {
    let missing = indexes;
    // The newest times first: what is found there needs no other.
    for (const { startMs, endMs } of times.toReversed()) {
      if (missing.length === 0 || isOver()) return;
      pace.check();
      const measurements = missing.map((index) => block[index]!.series.measurement);
      const answer = await source.last({ device, measurements, startMs, endMs, signal });
      for (const [position, index] of missing.entries()) points[index] = answer[position];
      missing = missing.filter((index) => points[index] === undefined);
    }
  });
  statistics.lastPointsRead += points.filter((point) => point !== undefined).length;
  return points;
}

function rowsOf(block: readonly LastColumn[], points: readonly (LastPoint | undefined)[]): Rows {
  const times: number[] = [];
  const names: string[] = [];
  const values: string[] = [];
  const types: string[] = [];
  for (const [index, point] of points.entries()) {
    if (point === undefined) continue;
    const { name, series } = block[index]!;
    times.push(point.timeMs);
    names.push(name);
    values.push(valueText(series.dataType, point.value));
    types.push(dataTypeName(series.dataType));
  }
  return { times: Float64Array.from(times), columns: [{ values: names }, { values }, { values: types }] };
}
