// The leader dies while nobody writes. Its successor cannot wait for a write to learn what is committed: reads must be served
// on every member, in bounded time (Raft dissertation, section 6.4).

import { electionMs } from '../timing.ts';
import type { CalmGroup } from './calm.ts';

export function checkFailover(group: CalmGroup): void {
  const { scheduler, links } = group.ports;
  const leader = group.settle();
  leader.crash();
  links.disconnect(leader.id);
  scheduler.after(electionMs, () => {
    // Somebody who was to start it after an earlier crash may have come first (seed 1019393).
    if (leader.isUp) return;
    leader.start();
    links.connect(leader.id);
  });
  group.run(electionMs);

  const waiting = new Map(group.members.map((member) => [member, member.readsServed]));
  group.insist(
    () => {
      for (const member of waiting.keys()) member.read();
    },
    () => {
      for (const [member, served] of waiting) if (member.readsServed > served) waiting.delete(member);
      return waiting.size === 0;
    },
    'without faults and writes, reads are not served by all',
  );
}
