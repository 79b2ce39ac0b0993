// Plans for relays as a seed draws them: trees of any depth and width. Most are narrow, and over those who follow: the others show
// that a plan may be nonsense, but nothing travels along them.

import type { FragmentPlan, NodeId, PlannedRelay, RoutePlan, SeededRandom } from '@balsa/raft';
import { shuffled } from './shuffled.ts';

interface GrowingRelay extends PlannedRelay {
  readonly receivers: GrowingRelay[];
}

/** `followers`: those of the leader that is to use it. */
export function drawPlan(random: SeededRandom, followers: readonly NodeId[], everybody: readonly NodeId[]): RoutePlan {
  const nodes = random.chance(0.8) ? followers : everybody;
  const firstLevelSize = random.chance(0.6) ? 1 : random.integerBetween(1, nodes.length + 1);
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
