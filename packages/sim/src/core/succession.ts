// Leadership is handed over, in a group that works: to whomever it was asked for.

import type { CalmGroup } from './calm.ts';

/** Under endless writes, one whose limits are small may never get what is being written soon enough to lead. */
const writesMax = 20;

export function checkSuccession(group: CalmGroup, write: () => void): void {
  const { random, members } = group.ports;
  const leader = group.settle();
  const others = group.configuration.voters.filter((node) => node !== leader.id);
  if (others.length === 0) return;
  const successor = members[others[random.integerBetween(0, others.length)]! - 1]!;
  let writes = 0;
  group.insist(
    () => {
      if (writes++ < writesMax) write();
      group.leader?.transferLeadership(successor.id);
    },
    () => successor.isLeader,
    `leadership is not handed over to ${successor.id}`,
  );
}
