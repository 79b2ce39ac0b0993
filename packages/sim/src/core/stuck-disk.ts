// The leader's disk does nothing any more. The group may go on committing without it, but with one copy less than it could have:
// somebody else must lead.

import type { CalmGroup } from './calm.ts';

export function checkStuckDisk(group: CalmGroup, write: () => void): void {
  const leader = group.settle();
  // Of two voters, none can do without the other.
  if (group.configuration.voters.length < 3) return;
  leader.diskGetsStuck();
  write();
  group.runUntil(() => !leader.isLeader, `${leader.id} leads on, with a disk that is stuck`);
  leader.diskGetsFree();
}
