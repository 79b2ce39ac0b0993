// A history of one object, as the search wants it: what must have taken effect by when, and what was open then.

import type { Operation } from './operation.ts';
import type { SequentialModel } from './sequential-model.ts';

/** An operation whose answer came. It has a slot while it is open; slots are used again, so there are few. */
export interface Answered<Action> {
  readonly operation: Operation<Action>;
  /** One bit. */
  readonly slot: bigint;
}

/** An operation without an answer, which may take effect at any time after its call, or never. */
export interface Unanswered<Action> {
  readonly operation: Operation<Action>;
  /** One bit, its own for good. */
  readonly bit: bigint;
  /** The bit of the last one before it that asked for the same; 0: none. Of such twins, the search uses the older first. */
  readonly olderTwin: bigint;
}

/** A moment at which an answer came: by then its operation has taken effect. */
export interface Obligation<Action> {
  readonly due: Answered<Action>;
  /** Whatever had been called before, and had no answer yet; reads apart from the rest. `due` is among them. */
  readonly reads: readonly Answered<Action>[];
  readonly changes: readonly Answered<Action>[];
  /** How many of the unanswered operations had been called before. */
  readonly unanswered: number;
}

export interface Obligations<Action> {
  /** In the order of the answers. */
  readonly all: readonly Obligation<Action>[];
  /** In the order of the calls. */
  readonly unanswered: readonly Unanswered<Action>[];
}

export function obligationsOf<State, Action>(
  model: SequentialModel<State, Action>,
  history: readonly Operation<Action>[],
): Obligations<Action> {
  const byCall = [...history].sort((a, b) => a.callAt - b.callAt);
  const byReturn = byCall
    .filter((operation) => operation.returnAt !== undefined)
    .sort((a, b) => a.returnAt! - b.returnAt!);
  const reads = new Map<Operation<Action>, Answered<Action>>();
  const changes = new Map<Operation<Action>, Answered<Action>>();
  const freeSlots: bigint[] = [];
  let slots = 0n;
  const unanswered: Unanswered<Action>[] = [];
  const newestOfAction = new Map<string, bigint>();
  let called = 0;

  const call = (operation: Operation<Action>): void => {
    const isRead = model.isRead(operation.action);
    if (operation.returnAt !== undefined) {
      (isRead ? reads : changes).set(operation, { operation, slot: freeSlots.pop() ?? 1n << slots++ });
    } else if (!isRead) {
      // A read without an answer says nothing.
      const bit = 1n << BigInt(unanswered.length);
      const action = model.describeAction(operation.action);
      unanswered.push({ operation, bit, olderTwin: newestOfAction.get(action) ?? 0n });
      newestOfAction.set(action, bit);
    }
  };

  const all = byReturn.map((operation): Obligation<Action> => {
    for (; called < byCall.length && byCall[called]!.callAt <= operation.returnAt!; called++) call(byCall[called]!);
    const open = model.isRead(operation.action) ? reads : changes;
    const due = open.get(operation)!;
    const obligation = {
      due,
      reads: [...reads.values()],
      changes: [...changes.values()],
      unanswered: unanswered.length,
    };
    open.delete(operation);
    freeSlots.push(due.slot);
    return obligation;
  });
  return { all, unanswered };
}
