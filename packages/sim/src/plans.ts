// Plans for relays as a seed draws them: trees of any depth and width, over some of the nodes, whether they belong to the group or not.

import type { FragmentPlan, NodeId, PlannedRelay, RoutePlan, SeededRandom } from '@balsa/raft';

interface GrowingRelay extends PlannedRelay {
  readonly receivers: GrowingRelay[];
}

export function drawPlan(random: SeededRandom, nodes: readonly NodeId[]): RoutePlan {
  const firstLevelSize = random.integerBetween(1, nodes.length + 1);
  const planned: GrowingRelay[] = [];
  const plan: GrowingRelay[] = [];
  for (const node of shuffled(random, nodes)) {
    if (random.chance(0.1)) continue;
    const relay: GrowingRelay = { node, receivers: [] };
    if (plan.length < firstLevelSize) plan.push(relay);
    else planned[random.integerBetween(0, planned.length)]!.receivers.push(relay);
    planned.push(relay);
  }
  return plan;
}

/** `undefined`: nothing travels in fragments. */
export function drawFragmentPlan(random: SeededRandom, nodes: readonly NodeId[]): FragmentPlan | undefined {
  if (!random.chance(0.3)) return undefined;
  return { bytesMin: random.integerBetween(1, 80), nodes: new Set(nodes.filter(() => random.chance(0.9))) };
}

function shuffled(random: SeededRandom, nodes: readonly NodeId[]): NodeId[] {
  const rest = [...nodes];
  return nodes.map(() => rest.splice(random.integerBetween(0, rest.length), 1)[0]!);
}
