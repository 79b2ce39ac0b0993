// Leadership is handed over, in a group that works: to whomever it was asked for.

import type { CalmGroup } from './calm.ts';

export function checkSuccession(group: CalmGroup, write: () => void): void {
  const { random, members } = group.ports;
  const leader = group.settle();
  const others = group.configuration.voters.filter((node) => node !== leader.id);
  if (others.length === 0) return;
  const successor = members[others[random.integerBetween(0, others.length)]! - 1]!;
  /** Who lags far behind, with small limits, would never catch up with endless writes. */
  const keepsUp = (): boolean =>
    group.leader?.status()?.followers.some(({ id, isCaughtUp }) => id === successor.id && isCaughtUp) === true;
  group.insist(
    () => {
      if (keepsUp()) write();
      group.leader?.transferLeadership(successor.id);
    },
    () => successor.isLeader,
    `leadership is not handed over to ${successor.id}`,
  );
}
