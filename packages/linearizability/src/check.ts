// The whole check: every object of a history for itself.

import { type Conflict, findConflict } from './conflict.ts';
import type { Operation } from './operation.ts';
import { type SearchLimits, type SearchResult, search } from './search.ts';
import type { SequentialModel } from './sequential-model.ts';

export type Verdict<Action> =
  | {
      readonly outcome: 'linearizable';
      /** For each key an order that explains what every client saw. Operations that never took effect are not in it. */
      readonly orders: ReadonlyMap<string, readonly Operation<Action>[]>;
    }
  | { readonly outcome: 'violation'; readonly conflict: Conflict<Action> }
  /** The limits were reached first: the history may be linearizable or not. */
  | { readonly outcome: 'unknown'; readonly key: string; readonly reason: 'STEPS_SPENT' | 'CONFIGURATIONS_SPENT' };

export const defaultLimits: SearchLimits = { stepsMax: 8_000_000, configurationsMax: 1_000_000 };

export function checkLinearizable<State, Action>(
  model: SequentialModel<State, Action>,
  history: readonly Operation<Action>[],
  limits: SearchLimits = defaultLimits,
): Verdict<Action> {
  const orders = new Map<string, readonly Operation<Action>[]>();
  let undecided: Verdict<Action> | undefined;
  let stepsLeft = limits.stepsMax;
  for (const [key, operations] of byKey(history)) {
    const result = searchBothWays(model, operations, { ...limits, stepsMax: stepsLeft });
    stepsLeft = Math.max(0, stepsLeft - result.steps);
    if (result.outcome === 'violation') {
      return { outcome: 'violation', conflict: findConflict(model, operations, result) };
    }
    if (result.outcome === 'linearizable') orders.set(key, result.order);
    else undecided ??= { outcome: 'unknown', key, reason: result.reason };
  }
  return undecided ?? { outcome: 'linearizable', orders };
}

/** An order is likely, and quick to find; what takes longer is more likely a violation among many unanswered operations. */
function searchBothWays<State, Action>(
  model: SequentialModel<State, Action>,
  operations: readonly Operation<Action>[],
  limits: SearchLimits,
): SearchResult<State, Action> {
  const deep = search(model, operations, { ...limits, stepsMax: limits.stepsMax / 4 }, 'deep');
  if (deep.outcome !== 'unknown') return deep;
  const sparing = search(model, operations, { ...limits, stepsMax: limits.stepsMax - deep.steps }, 'sparing');
  return { ...sparing, steps: deep.steps + sparing.steps };
}

function byKey<Action>(history: readonly Operation<Action>[]): Map<string, Operation<Action>[]> {
  const objects = new Map<string, Operation<Action>[]>();
  for (const operation of history) {
    const operations = objects.get(operation.key);
    if (operations === undefined) objects.set(operation.key, [operation]);
    else operations.push(operation);
  }
  return objects;
}
