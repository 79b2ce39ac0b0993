// A new node joins a group whose log does not begin at the beginning any more: as a learner, which must catch up from a snapshot,
// and then as a voter. And the leader leaves: it must hear of it, and the group must go on under another.

import type { Configuration, ConfigurationTarget, NodeId } from '@balsa/raft';
import type { CalmGroup } from './calm.ts';
import type { SimulatedMember } from './simulated-member.ts';

export interface GrowthPorts {
  readonly group: CalmGroup;
  readonly newcomer: SimulatedMember;
  readonly deploy: (member: SimulatedMember) => void;
}

export function checkGrowth({ group, newcomer, deploy }: GrowthPorts): void {
  const { id } = newcomer;
  group.settle();
  for (const member of group.members) member.takeSnapshot();
  group.settle();
  // Others may still be busy with their snapshots: they have the whole log for the newcomer.
  const compacted = new Set(group.members.filter(({ baseIndex }) => baseIndex > 0));
  deploy(newcomer);
  const { voters, learners, preferredLeader, leases } = group.configuration;
  const become = (target: ConfigurationTarget, what: string): void => {
    group.insist(
      () => group.leader?.reconfigure(target),
      () => isReached(group.configuration, target) && group.isSettled(),
      `${id} does not become ${what}`,
    );
  };
  become({ voters, learners: [...learners, id], preferredLeader, leases }, 'a learner');
  if (compacted.has(group.leader!) && newcomer.installedSnapshots === 0) {
    group.runUntil(() => newcomer.installedSnapshots > 0, `${id} gets no snapshot`);
  }
  become({ voters: [...voters, id], learners, preferredLeader, leases }, 'a voter');

  const leader = group.settle();
  const others = [...voters, id].filter((node) => node !== leader.id);
  const removals = leader.removals;
  become({ voters: others, learners, preferredLeader: undefined, leases }, `a voter without ${leader.id}`);
  group.runUntil(() => leader.removals > removals, `${leader.id} is not told that it was removed`);
}

function isReached(configuration: Configuration, { voters, learners }: ConfigurationTarget): boolean {
  return isSameSet(configuration.voters, voters) && isSameSet(configuration.learners, learners);
}

function isSameSet(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}
