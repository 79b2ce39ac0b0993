// Fragments, where nobody loses any: every receiver gets the whole batch.

import type { SendFragmentsEffect } from '../effects.ts';
import { type Append, MessageType } from '../messages.ts';
import type { NodeId } from '../types.ts';

/** What receivers hand in once they have enough fragments. */
export function appendsOf({ term, commitIndex, batch, receivers }: SendFragmentsEffect, leader: NodeId): Append[] {
  const { firstIndex, prevTerm } = batch;
  return receivers.map(({ node, session }) => ({
    type: MessageType.append,
    from: leader,
    to: node,
    term,
    leader,
    session,
    prevIndex: firstIndex - 1,
    prevTerm,
    commitIndex,
    batches: [batch],
    mayOvertake: true,
    routes: [],
  }));
}
