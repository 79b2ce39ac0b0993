import type { Scope } from '../plan/scope.ts';
import type { TimeSet } from '../time/time-set.ts';
import { joinByTime } from './join-by-time.ts';
import type { QueryContext } from './query-context.ts';
import { pickRows, type Rows } from './rows.ts';
import { type ScanOrder, scanDevice } from './scan-device.ts';
import type { Evaluator } from './vector/evaluator.ts';
import { rowsThat } from './vector/logic.ts';

/** The rows of a scope in one order of time: a row for each time at which one of its series has a value. */
export async function* readRows(
  context: QueryContext,
  { devices }: Scope,
  times: TimeSet,
  order: ScanOrder,
): AsyncGenerator<Rows, void, undefined> {
  if (devices.length === 0) return;
  for (const span of order.isDescending ? times.toReversed() : times) {
    const inputs = devices.map((device) => ({
      rows: scanDevice(context, device, span, order),
      dataTypes: device.dataTypes,
    }));
    yield* joinByTime(context, inputs, order.isDescending);
  }
}

/** The rows for which a condition holds. */
export async function* filterRows(
  blocks: AsyncGenerator<Rows, void, undefined>,
  condition: Evaluator | undefined,
): AsyncGenerator<Rows, void, undefined> {
  if (condition === undefined) {
    yield* blocks;
    return;
  }
  for await (const rows of blocks) {
    const picked = rowsThat(condition, rows);
    if (picked === undefined) yield rows;
    else if (picked.length > 0) yield pickRows(rows, picked);
  }
}
