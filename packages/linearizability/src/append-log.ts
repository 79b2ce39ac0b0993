// An append-only log. A state is a node of the tree of all logs that a check has considered, so that equal logs are the
// same node: states are compared in one step, however long the logs are.

import type { Value } from './operation.ts';
import { agrees, type SequentialModel } from './sequential-model.ts';

export type LogAction =
  /** The result is the length afterwards. */
  | { readonly op: 'append'; readonly value: Value; readonly result?: number }
  | { readonly op: 'read'; readonly result?: readonly Value[] }
  /** Reads no more than the length and the last value; null if there is none. */
  | { readonly op: 'tail'; readonly result?: { readonly length: number; readonly last: Value } };

export interface LogState {
  readonly id: number;
  readonly length: number;
  readonly last: Value;
  readonly before: LogState | undefined;
  readonly continuations: Map<Value, LogState>;
  /** Nodes made so far, in all of the tree. */
  readonly tree: { size: number };
}

export const appendLog: SequentialModel<LogState, LogAction> = {
  initial: () => ({ id: 0, length: 0, last: null, before: undefined, continuations: new Map(), tree: { size: 1 } }),
  step: (state, action) => {
    switch (action.op) {
      case 'append':
        return agrees(action.result, state.length + 1) ? continued(state, action.value) : undefined;
      case 'read':
        return action.result === undefined || holds(state, action.result) ? state : undefined;
      case 'tail': {
        const { result } = action;
        return agrees(result?.length, state.length) && agrees(result?.last, state.last) ? state : undefined;
      }
    }
  },
  identify: ({ id }) => id,
  isRead: ({ op }) => op !== 'append',
  describeAction: (action) => {
    switch (action.op) {
      case 'append': {
        const outcome = action.result === undefined ? '' : `: length ${action.result}`;
        return `append ${JSON.stringify(action.value)}${outcome}`;
      }
      case 'read':
        return action.result === undefined ? 'read' : `read: ${JSON.stringify(action.result)}`;
      case 'tail':
        return action.result === undefined ? 'tail' : `tail: ${describeTail(action.result)}`;
    }
  },
  describeState: describeTail,
};

function continued(state: LogState, value: Value): LogState {
  const { continuations, tree } = state;
  let next = continuations.get(value);
  if (next === undefined) {
    next = { id: tree.size++, length: state.length + 1, last: value, before: state, continuations: new Map(), tree };
    continuations.set(value, next);
  }
  return next;
}

function holds(state: LogState, values: readonly Value[]): boolean {
  if (values.length !== state.length) return false;
  let node = state;
  for (let i = values.length - 1; i >= 0; i--) {
    if (node.last !== values[i] || node.before === undefined) return false;
    node = node.before;
  }
  return true;
}

function describeTail({ length, last }: { readonly length: number; readonly last: Value }): string {
  return length === 0 ? 'empty' : `length ${length}, last ${JSON.stringify(last)}`;
}
