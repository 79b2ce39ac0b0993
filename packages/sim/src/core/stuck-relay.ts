// The disk of a follower does nothing any more, and this follower is to feed all others. It still answers, and passes on what it gets;
// but as soon as there is no room for more under way to it, the others must not go without.

import { membersOf, type RoutePlan } from '@balsa/raft';
import type { CalmGroup } from './calm.ts';

/** `write` has batches written, more than there is room for, and tells when all of them are committed. */
export function checkStuckRelay(group: CalmGroup, write: () => () => boolean): void {
  const leader = group.settle();
  // Of two voters, none can do without the other.
  if (group.configuration.voters.length < 3) return;
  const [relay, ...others] = membersOf(group.configuration)
    .filter((node) => node !== leader.id)
    .map((node) => group.ports.members[node - 1]!);
  const plan: RoutePlan = [{ node: relay!.id, receivers: others.map(({ id }) => ({ node: id, receivers: [] })) }];
  relay!.diskGetsStuck();
  leader.useRoutes(plan, undefined);
  group.runUntil(write(), `${leader.id} feeds nobody while ${relay!.id}, which relays, waits for its disk`);
  relay!.diskGetsFree();
}
