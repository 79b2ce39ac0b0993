// Nobody wants the group any more: it must fall silent, and stay so. When somebody wants it again, on whatever member, it must be
// there soon, even if its leader has died in its sleep.

import { electionMs } from '../timing.ts';
import type { CalmGroup } from './calm.ts';

export interface SlumberPorts {
  readonly group: CalmGroup;
  /** Messages that members of the group have got from each other so far. */
  readonly messages: () => number;
}

/** Nothing at all must be heard for so long. */
const silenceMs = 20 * electionMs;

/** Has nothing been heard for long? To be asked after every event. */
function isSilent({ ports: { scheduler } }: CalmGroup, messages: () => number): () => boolean {
  let heard = messages();
  let sinceMs = scheduler.nowMs;
  return () => {
    if (messages() !== heard) sinceMs = scheduler.nowMs;
    heard = messages();
    return scheduler.nowMs - sinceMs >= silenceMs;
  };
}

export function checkSlumber({ group, messages }: SlumberPorts): void {
  const { random, links } = group.ports;
  const leader = group.settle();
  const sleeps = (): boolean => group.members.every((member) => member.hibernates);
  group.runUntil(sleeps, 'a group that nobody wants does not hibernate');
  group.runUntil(isSilent(group, messages), 'a group that hibernates does not fall silent');

  const dies = group.configuration.voters.length > 2 && random.chance(0.5);
  if (dies) {
    leader.crash();
    links.disconnect(leader.id);
  }
  const awake = group.members.filter((member) => member.isUp);
  const reader = awake[random.integerBetween(0, awake.length)]!;
  const served = reader.readsServed;
  group.insist(
    () => reader.read(),
    () => reader.readsServed > served,
    `a read at ${reader.id} does not wake the group`,
  );
  if (!dies) return;
  leader.start();
  links.connect(leader.id);
}
