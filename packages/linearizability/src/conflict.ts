// Why a history cannot be ordered: the few operations that contradict each other, out of many that do not matter.
//
// To leave a write out would be no proof: what it wrote may be what a read saw. So an operation is not left out but
// released: it may take effect at any time after its call, or never. What still cannot be ordered when everything else is
// released is a contradiction by itself.

import type { Operation } from './operation.ts';
import { type SearchResult, search } from './search.ts';
import type { SequentialModel } from './sequential-model.ts';

export interface Conflict<Action> {
  readonly key: string;
  /** Cannot be ordered, whatever the others did. By the time of their calls. */
  readonly operations: readonly Operation<Action>[];
  /** How many others the object had until then. */
  readonly others: number;
  /** The one of them whose answer came last: the earliest answer that no order explains. */
  readonly last: Operation<Action>;
  /** What the object may have been by then, as far as the answers before tell; some of it, if that is much. */
  readonly states: readonly string[];
}

export function findConflict<State, Action>(
  model: SequentialModel<State, Action>,
  history: readonly Operation<Action>[],
  { stuckAt, states }: Extract<SearchResult<State, Action>, { outcome: 'violation' }>,
): Conflict<Action> {
  const endAt = stuckAt.returnAt!;
  // What came after the first answer that no order explains is no part of the reason.
  const known = history
    .filter(({ callAt }) => callAt <= endAt)
    .map((operation) => ((operation.returnAt ?? 0) > endAt ? released(operation) : operation));
  const attempts = new Attempts(model, known);
  const held = shrunk(attempts, grown(attempts, stuckAt));
  const operations = [...held].sort((a, b) => a.callAt - b.callAt);
  return {
    key: stuckAt.key,
    operations,
    others: known.length - operations.length,
    last: stuckAt,
    states: states.map((state) => model.describeState(state)),
  };
}

/** With many operations released a search may take long: then more are held than must be, which is no error. */
const explanationStepsMax = 4_000_000;
const stepsPerAttemptMax = 400_000;

/** Searches in one history, each with other operations held, within a budget for all of them. */
class Attempts<State, Action> {
  readonly #model: SequentialModel<State, Action>;
  readonly known: readonly Operation<Action>[];
  readonly #originals = new Map<Operation<Action>, Operation<Action>>();
  #stepsLeft = explanationStepsMax;

  constructor(model: SequentialModel<State, Action>, known: readonly Operation<Action>[]) {
    this.#model = model;
    this.known = known;
  }

  isRead({ action }: Operation<Action>): boolean {
    return this.#model.isRead(action);
  }

  /** The order that is possible when only these operations are held; `undefined` if it is not known. */
  order(held: ReadonlySet<Operation<Action>>): readonly Operation<Action>[] | 'none' | undefined {
    const weaker = this.known.map((operation) => (held.has(operation) ? operation : this.#released(operation)));
    const stepsMax = Math.min(this.#stepsLeft, stepsPerAttemptMax);
    const result = search(this.#model, weaker, { stepsMax, configurationsMax: stepsPerAttemptMax }, 'sparing');
    this.#stepsLeft -= result.steps;
    if (result.outcome === 'violation') return 'none';
    if (result.outcome === 'unknown') return undefined;
    return result.order.map((operation) => this.#originals.get(operation) ?? operation);
  }

  #released(operation: Operation<Action>): Operation<Action> {
    const weaker = released(operation);
    this.#originals.set(weaker, operation);
    return weaker;
  }
}

/** Holds what each order that is still possible gets wrong, until none is possible. */
function grown<State, Action>(
  attempts: Attempts<State, Action>,
  stuckAt: Operation<Action>,
): ReadonlySet<Operation<Action>> {
  const held = new Set([stuckAt]);
  const answered = attempts.known.filter(({ returnAt }) => returnAt !== undefined);
  for (let order = attempts.order(held); order !== 'none'; order = attempts.order(held)) {
    if (order === undefined) return new Set(answered);
    const outOfTime = lateIn(order).filter((operation) => !held.has(operation));
    const included = new Set(order);
    const leftOut = answered
      .filter((operation) => !included.has(operation) && !held.has(operation))
      .sort((a, b) => b.returnAt! - a.returnAt!);
    const wrong = outOfTime.length > 0 ? outOfTime : leftOut;
    for (const operation of wrong.slice(0, Math.ceil(held.size / 2))) held.add(operation);
  }
  return held;
}

/** Operations that the order puts behind others that were called only after their answers. */
function lateIn<Action>(order: readonly Operation<Action>[]): Operation<Action>[] {
  let latestCallAt = Number.NEGATIVE_INFINITY;
  return order.filter(({ callAt, returnAt }) => {
    const isLate = returnAt !== undefined && returnAt < latestCallAt;
    latestCallAt = Math.max(latestCallAt, callAt);
    return isLate;
  });
}

/** Releases again what is not needed, in ever smaller parts. */
function shrunk<State, Action>(
  attempts: Attempts<State, Action>,
  start: ReadonlySet<Operation<Action>>,
): ReadonlySet<Operation<Action>> {
  let held = start;
  // Reads first: what writes do to each other is easier to follow than what reads prove about it.
  const rank = (operation: Operation<Action>): number => (attempts.isRead(operation) ? 0 : 1);
  for (let size = Math.ceil(held.size / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    const candidates = [...held].sort((a, b) => rank(a) - rank(b) || a.callAt - b.callAt);
    for (let from = 0; from < candidates.length; from += size) {
      const part = new Set(candidates.slice(from, from + size));
      const fewer = new Set([...held].filter((operation) => !part.has(operation)));
      if (attempts.order(fewer) === 'none') held = fewer;
    }
  }
  return held;
}

function released<Action>(operation: Operation<Action>): Operation<Action> {
  return { ...operation, returnAt: undefined };
}
