// Leadership is handed over, in a group that works: to whomever it was asked for.

import type { CalmGroup } from './calm.ts';

/** `inflightBytesMax`: how much a leader sends to a follower before it hears from it. */
export function checkSuccession(group: CalmGroup, write: () => void, inflightBytesMax: number): void {
  const { random, members } = group.ports;
  const leader = group.settle();
  const others = group.configuration.voters.filter((node) => node !== leader.id);
  if (others.length === 0) return;
  const successor = members[others[random.integerBetween(0, others.length)]! - 1]!;
  /** Who lags far behind, with small limits, would never catch up with endless writes, nor in one election timeout with what waits already. */
  const keepsUp = (): boolean => {
    const status = group.leader?.status();
    if (status === undefined || status.uncommittedBytes > inflightBytesMax) return false;
    return status.followers.some(({ id, isCaughtUp }) => id === successor.id && isCaughtUp);
  };
  group.insist(
    () => {
      if (keepsUp()) write();
      group.leader?.transferLeadership(successor.id);
    },
    () => successor.isLeader,
    `leadership is not handed over to ${successor.id}`,
  );
}
