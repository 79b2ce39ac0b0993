// A follower that is to feed all others lies about everything that it passes on. It costs time and bandwidth, but everybody gets everything:
// who lacks something for as long as a delivery may take is sent it by the leader, and gets nothing by way of that relay for a while.

import { membersOf, type PlannedRelay, type SeededRandom } from '@balsa/raft';
import { type LieKind, lieKinds } from '../relay-lies.ts';
import type { CalmGroup } from './calm.ts';

export interface LyingRelayPorts {
  readonly group: CalmGroup;
  readonly random: SeededRandom;
  /** Has batches written, and tells when all of them are everywhere. */
  readonly write: () => () => boolean;
  /** How long that may take. */
  readonly msMax: number;
}

export function checkLyingRelay({ group, random, write, msMax }: LyingRelayPorts): void {
  const kind: LieKind = lieKinds[random.integerBetween(0, lieKinds.length)]!;
  const leader = group.settle();
  const followers = membersOf(group.configuration)
    .filter((node) => node !== leader.id)
    .map((node) => group.ports.members[node - 1]!);
  const [relay, first, ...others] = followers;
  if (relay === undefined || first === undefined) return;
  const ends: PlannedRelay[] = others.map(({ id }) => ({ node: id, receivers: [] }));
  // Routes below routes are what can be told otherwise.
  const receivers: PlannedRelay[] = random.chance(0.5)
    ? [{ node: first.id, receivers: ends }]
    : [{ node: first.id, receivers: [] }, ...ends];
  relay.beginLies(kind);
  leader.useRoutes([{ node: relay.id, receivers }], undefined);
  group.runUntil(write(), `${relay.id} relays, and lies (${kind}): what became of it for too long`, msMax);
  relay.endLies();
}
