// Is there an order for the operations on one object? The search of Wing and Gong, in the "just in time" form of Lowe
// (Testing for linearizability, 2017): it walks along the answers, and lets an operation take effect only when an answer
// that is due needs it. A configuration is how far the walk has come, the state, and which open operations have taken effect
// already; none is visited twice. Long histories with few operations open at a time therefore cost little more than their length.

import { type Answered, type Obligation, obligationsOf, type Unanswered } from './obligations.ts';
import type { Operation } from './operation.ts';
import type { SequentialModel } from './sequential-model.ts';

/** Bounds of a check. They count rather than measure, so that the same history always gets the same answer. */
export interface SearchLimits {
  /** Steps of the model: what stands for time. */
  readonly stepsMax: number;
  /** Configurations remembered: what stands for memory, at about 200 bytes each. */
  readonly configurationsMax: number;
}

export type SearchResult<State, Action> =
  | { readonly outcome: 'linearizable'; readonly order: readonly Operation<Action>[]; readonly steps: number }
  | {
      readonly outcome: 'violation';
      /** The earliest answer that no order explains. */
      readonly stuckAt: Operation<Action>;
      /** What the object may have been by then; some of it, if that is much. */
      readonly states: readonly State[];
      readonly steps: number;
    }
  | { readonly outcome: 'unknown'; readonly reason: 'STEPS_SPENT' | 'CONFIGURATIONS_SPENT'; readonly steps: number };

/**
 * `deep` goes on from the newest configuration: quick to find an order where there is one.
 * `sparing` goes on from the one that has used the fewest unanswered operations: quick to find that there is no order, where
 * there are many of those.
 */
export type SearchStrategy = 'deep' | 'sparing';

/** States kept for a report. */
const reportedStatesMax = 8;

/** An order of operations, from its end. */
interface Trail<Action> {
  readonly operation: Operation<Action>;
  readonly before: Trail<Action> | undefined;
}

interface Configuration<State, Action> {
  readonly obligation: number;
  readonly state: State;
  /** Slots of open operations that have taken effect. */
  readonly done: bigint;
  /** Unanswered operations that have taken effect, and how many. */
  readonly used: bigint;
  readonly usedCount: number;
  /** All operations that have taken effect. */
  readonly trail: Trail<Action> | undefined;
  /** The next operation to try from here: the open ones, then the unanswered. */
  nextChoice: number;
}

export function search<State, Action>(
  model: SequentialModel<State, Action>,
  history: readonly Operation<Action>[],
  limits: SearchLimits,
  strategy: SearchStrategy,
): SearchResult<State, Action> {
  return new Search(model, history, limits, strategy).run();
}

class Search<State, Action> {
  readonly #model: SequentialModel<State, Action>;
  readonly #limits: SearchLimits;
  readonly #isSparing: boolean;
  readonly #obligations: readonly Obligation<Action>[];
  readonly #unanswered: readonly Unanswered<Action>[];
  /** Configurations to go on from, by their rank, the newest last. */
  readonly #frontier: Configuration<State, Action>[][] = [[]];
  #rank = 0;
  /** Which unanswered operations were used in visits to the configuration that is otherwise the same. */
  readonly #visited = new Map<string, bigint[]>();
  #visits = 0;
  #steps = 0;
  #farthest = 0;
  readonly #statesAtFarthest = new Map<string | number, State>();
  /** Set at the end, if every answer is explained. */
  #found: { readonly trail: Trail<Action> | undefined } | undefined;

  constructor(
    model: SequentialModel<State, Action>,
    history: readonly Operation<Action>[],
    limits: SearchLimits,
    strategy: SearchStrategy,
  ) {
    this.#model = model;
    this.#limits = limits;
    this.#isSparing = strategy === 'sparing';
    const { all, unanswered } = obligationsOf(model, history);
    this.#obligations = all;
    this.#unanswered = unanswered;
  }

  run(): SearchResult<State, Action> {
    this.#enter({ obligation: 0, state: this.#model.initial(), done: 0n, used: 0n, usedCount: 0, trail: undefined });
    while (this.#found === undefined) {
      if (this.#steps > this.#limits.stepsMax) return this.#unknown('STEPS_SPENT');
      if (this.#visits > this.#limits.configurationsMax) return this.#unknown('CONFIGURATIONS_SPENT');
      const stack = this.#frontier[this.#rank];
      if (stack === undefined) return this.#violation();
      const from = stack.at(-1);
      if (from === undefined) this.#rank++;
      else if (!this.#goOn(from)) stack.pop();
    }
    return { outcome: 'linearizable', order: orderOf(this.#found.trail), steps: this.#steps };
  }

  /** Tries one more operation; false if there is none left to try. */
  #goOn(from: Configuration<State, Action>): boolean {
    const { changes, unanswered } = this.#obligations[from.obligation]!;
    const choice = from.nextChoice++;
    this.#steps++;
    if (choice < changes.length) this.#tryAnswered(from, changes[choice]!);
    else if (choice < changes.length + unanswered) {
      this.#tryUnanswered(from, this.#unanswered[choice - changes.length]!);
    } else return false;
    return true;
  }

  #tryAnswered(from: Configuration<State, Action>, { operation, slot }: Answered<Action>): void {
    if ((from.done & slot) !== 0n) return;
    const state = this.#step(from.state, operation);
    if (state === undefined) return;
    this.#enter({ ...from, state, done: from.done | slot, trail: { operation, before: from.trail } });
  }

  #tryUnanswered(from: Configuration<State, Action>, { operation, bit, olderTwin }: Unanswered<Action>): void {
    if ((from.used & bit) !== 0n || (from.used & olderTwin) !== olderTwin) return;
    const state = this.#step(from.state, operation);
    if (state === undefined) return;
    const trail = { operation, before: from.trail };
    this.#enter({ ...from, state, used: from.used | bit, usedCount: from.usedCount + 1, trail });
  }

  /** Takes what comes by itself: reads take effect, and answers that are due pass. */
  #enter(start: Omit<Configuration<State, Action>, 'nextChoice'>): void {
    const { state, used, usedCount } = start;
    let { obligation, done, trail } = start;
    for (; obligation < this.#obligations.length; obligation++) {
      const { due, reads } = this.#obligations[obligation]!;
      // Reads change nothing: if there is an order at all, there is one in which they come as soon as they can.
      for (const { operation, slot } of reads) {
        if ((done & slot) !== 0n || this.#step(state, operation) === undefined) continue;
        trail = { operation, before: trail };
        done |= slot;
      }
      if ((done & due.slot) === 0n) break;
      // The slot is free, and may belong to another operation from here on.
      done &= ~due.slot;
    }
    if (obligation === this.#obligations.length) {
      this.#found = { trail };
      return;
    }
    this.#notice(obligation, state);
    if (!this.#isNew(obligation, state, done, used)) return;
    const rank = this.#isSparing ? usedCount : 0;
    this.#frontier[rank] ??= [];
    this.#frontier[rank].push({ obligation, state, done, used, usedCount, trail, nextChoice: 0 });
  }

  /** Whoever came here with fewer unanswered operations used could do all that can be done now. */
  #isNew(obligation: number, state: State, done: bigint, used: bigint): boolean {
    const key = `${obligation} ${done.toString(36)} ${this.#model.identify(state)}`;
    const earlier = this.#visited.get(key);
    if (earlier === undefined) this.#visited.set(key, [used]);
    else if (earlier.some((fewer) => (fewer & ~used) === 0n)) return false;
    else earlier.push(used);
    this.#visits++;
    return true;
  }

  #notice(obligation: number, state: State): void {
    if (obligation > this.#farthest) {
      this.#farthest = obligation;
      this.#statesAtFarthest.clear();
    }
    if (obligation === this.#farthest && this.#statesAtFarthest.size < reportedStatesMax) {
      this.#statesAtFarthest.set(this.#model.identify(state), state);
    }
  }

  #step(state: State, { action }: Operation<Action>): State | undefined {
    this.#steps++;
    return this.#model.step(state, action);
  }

  #violation(): SearchResult<State, Action> {
    const stuckAt = this.#obligations[this.#farthest]!.due.operation;
    return { outcome: 'violation', stuckAt, states: [...this.#statesAtFarthest.values()], steps: this.#steps };
  }

  #unknown(reason: 'STEPS_SPENT' | 'CONFIGURATIONS_SPENT'): SearchResult<State, Action> {
    return { outcome: 'unknown', reason, steps: this.#steps };
  }
}

function orderOf<Action>(end: Trail<Action> | undefined): Operation<Action>[] {
  const order: Operation<Action>[] = [];
  for (let at = end; at !== undefined; at = at.before) order.push(at.operation);
  return order.reverse();
}
