// A counter: starts at 0, and what is added to it is neither lost nor counted twice.

import { agrees, type SequentialModel } from './sequential-model.ts';

export type CounterAction =
  /** The result is the count afterwards. */
  | { readonly op: 'add'; readonly amount: number; readonly result?: number }
  | { readonly op: 'read'; readonly result?: number };

export const counter: SequentialModel<number, CounterAction> = {
  initial: () => 0,
  step: (state, action) => {
    const next = action.op === 'add' ? state + action.amount : state;
    return agrees(action.result, next) ? next : undefined;
  },
  identify: (state) => state,
  isRead: ({ op }) => op === 'read',
  describeAction: (action) => {
    const outcome = action.result === undefined ? '' : `: ${action.result}`;
    return action.op === 'add' ? `add ${action.amount}${outcome}` : `read${outcome}`;
  },
  describeState: (state) => String(state),
};
