// A register: the last write wins. Holds null until it is written.

import type { Value } from './operation.ts';
import { agrees, type SequentialModel } from './sequential-model.ts';

export type RegisterAction =
  | { readonly op: 'write'; readonly value: Value }
  | { readonly op: 'read'; readonly result?: Value }
  /** Writes `value` if the register holds `expected`. The result says whether it did. */
  | { readonly op: 'compare-and-set'; readonly expected: Value; readonly value: Value; readonly result?: boolean };

export const register: SequentialModel<Value, RegisterAction> = {
  initial: () => null,
  step: (state, action) => {
    switch (action.op) {
      case 'write':
        return action.value;
      case 'read':
        return agrees(action.result, state) ? state : undefined;
      case 'compare-and-set': {
        const sets = state === action.expected;
        if (!agrees(action.result, sets)) return undefined;
        return sets ? action.value : state;
      }
    }
  },
  identify: (state) => JSON.stringify(state),
  isRead: ({ op }) => op === 'read',
  describeAction: (action) => {
    switch (action.op) {
      case 'write':
        return `write ${JSON.stringify(action.value)}`;
      case 'read':
        return action.result === undefined ? 'read' : `read: ${JSON.stringify(action.result)}`;
      case 'compare-and-set': {
        const outcome = action.result === undefined ? '' : action.result ? ': set' : ': not set';
        return `${JSON.stringify(action.expected)} to ${JSON.stringify(action.value)}${outcome}`;
      }
    }
  },
  describeState: (state) => JSON.stringify(state),
};
