import type { DataType } from '@balsa/wire';
import { aggregateRows } from '../execute/aggregate-rows.ts';
import { fillRows } from '../execute/fill-rows.ts';
import { dropEmptyRows, projectRows } from '../execute/project-rows.ts';
import type { QueryContext } from '../execute/query-context.ts';
import { filterRows, readRows } from '../execute/read-rows.ts';
import type { Rows } from '../execute/rows.ts';
import { scanDevice } from '../execute/scan-device.ts';
import { StatementError } from '../statement-error.ts';
import { timeEndMs, timeMinMs } from '../time/calendar.ts';
import { intersection, type TimeSet, timesBetween } from '../time/time-set.ts';
import { oneWindow, overlapOf, type Windows, windowsOf } from '../time/windows.ts';
import type { Fill, TimeWindow } from '../tree/select.ts';
import type { Scope } from './scope.ts';
import type { Aggregates, CompiledUnit } from './unit.ts';

/** How all units of a query are read. */
export interface Reading {
  readonly times: TimeSet;
  readonly isDescending: boolean;
  /** `undefined`: as many as there are. */
  readonly rowsHint: number | undefined;
  readonly window: TimeWindow | undefined;
  readonly fill: Fill | undefined;
}

type Blocks = AsyncGenerator<Rows, void, undefined>;

/** The rows of a unit: the outputs, of these types, then the keys to sort by. */
export async function* runUnit(
  context: QueryContext,
  unit: CompiledUnit,
  reading: Reading,
  outputTypes: readonly DataType[],
  sortTypes: readonly DataType[],
): Blocks {
  const outputs = outputTypes.map((dataType, index) => ({ dataType, evaluator: unit.outputs[index] }));
  const keys = sortTypes.map((dataType, index) => ({ dataType, evaluator: unit.sortKeys[index] }));
  const computed =
    unit.aggregates === undefined
      ? dropEmptyRows(projectRows(rawRows(context, unit, reading), [...outputs, ...keys]), outputs.length)
      : projectRows(await windowRows(context, unit, unit.aggregates, reading), [...outputs, ...keys]);
  yield* reading.fill === undefined ? computed : fillRows(context, computed, reading.fill, outputTypes);
}

function rawRows(context: QueryContext, { scope, filter }: CompiledUnit, reading: Reading): Blocks {
  const { isDescending } = reading;
  const rowsHint = filter === undefined ? reading.rowsHint : undefined;
  return filterRows(readRows(context, scope, reading.times, { isDescending, rowsHint }), filter);
}

async function windowRows(
  context: QueryContext,
  { scope, filter, having }: CompiledUnit,
  { inputs, groups }: Aggregates,
  reading: Reading,
): Promise<Blocks> {
  const { times, isDescending, window } = reading;
  const windows = await windowsOfScope(context, scope, reading);
  const windowsHint = having === undefined ? reading.rowsHint : undefined;
  const { windowsMax } = context.limits;
  if (Math.min(windows.count, windowsHint ?? windows.count) > windowsMax) {
    const reason = `a query may compute ${windowsMax} windows; this one has ${windows.count}: take longer ones, a shorter range, or LIMIT`;
    throw new StatementError('QUERY_OVER_LIMITS', reason, window?.span);
  }
  const overlap = window === undefined ? 1 : Math.min(overlapOf(window), windows.count);
  const query = { scope, inputs, groups, condition: filter, times, windows, overlap, isDescending, windowsHint };
  return filterRows(aggregateRows(context, query), having);
}

async function windowsOfScope(context: QueryContext, scope: Scope, { window, times }: Reading): Promise<Windows> {
  if (window === undefined) return oneWindow(timeMinMs, timeEndMs);
  return windowsOf(window, context, window.range === undefined ? await extentOf(context, scope, times) : undefined);
}

/** The first and the last time at which there is data. */
async function extentOf(
  context: QueryContext,
  { devices }: Scope,
  times: TimeSet,
): Promise<readonly [number, number] | undefined> {
  let extent: readonly [number, number] | undefined;
  for (const device of devices) {
    let first: number | undefined;
    for (const span of times) {
      first = await endOfDevice(scanDevice(context, device, span, { isDescending: false, rowsHint: 1 }));
      if (first !== undefined) break;
    }
    if (first === undefined) continue;
    let last: number | undefined;
    for (const span of intersection([times, timesBetween(first, timeEndMs)]).toReversed()) {
      last = await endOfDevice(scanDevice(context, device, span, { isDescending: true, rowsHint: 1 }));
      if (last !== undefined) break;
    }
    extent = [Math.min(extent?.[0] ?? first, first), Math.max(extent?.[1] ?? first, last ?? first)];
  }
  return extent;
}

async function endOfDevice(rows: Blocks): Promise<number | undefined> {
  for await (const { times } of rows) return times[0];
  return undefined;
}
