// Who is to feed whom, as the host has planned it: trees below the leader. A plan says nothing of entries; what a message
// carries along it is decided when it is sent (relay-dispatch.ts).

import type { NodeId } from '../types.ts';

export interface PlannedRelay {
  readonly node: NodeId;
  /** Those that this node feeds; none: it only receives. */
  readonly receivers: readonly PlannedRelay[];
}

/** The nodes that the leader feeds itself. Whoever stands nowhere in the plan is fed by the leader, too. */
export type RoutePlan = readonly PlannedRelay[];

/** Everybody is fed by the leader. */
export const directPlan: RoutePlan = [];

/** Why this is no plan, or `undefined` if it is one: nobody may be fed by two. */
export function planFault(plan: RoutePlan): string | undefined {
  const seen = new Set<NodeId>();
  const visit = ({ node, receivers }: PlannedRelay): string | undefined => {
    if (seen.has(node)) return `node ${node} stands in the plan twice`;
    seen.add(node);
    return firstFault(receivers);
  };
  const firstFault = (relays: readonly PlannedRelay[]): string | undefined => {
    for (const relay of relays) {
      const fault = visit(relay);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  return firstFault(plan);
}
