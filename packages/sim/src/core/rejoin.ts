// A member that was cut off campaigns in vain, for as long as it likes. When it comes back, a healthy group must go on under
// the same leader in the same term: that is what pre-vote is for (Raft dissertation, section 9.6).

import { Violation } from '../oracles.ts';
import { electionMs } from '../timing.ts';
import type { CalmGroup } from './calm.ts';

export function checkRejoin(group: CalmGroup): void {
  const { random, links } = group.ports;
  const leader = group.settle();
  const { voters } = group.configuration;
  // Two members are a quorum only together: there, the leader must go when the other does.
  if (voters.length < 3) return;

  const { term } = leader;
  const followers = voters.filter((node) => node !== leader.id);
  const victim = followers[random.integerBetween(0, followers.length)]!;
  const check = (when: string): void => {
    if (leader.isLeader && leader.term === term) return;
    throw new Violation('pre-vote', `${victim} ${when}, and ${leader.id} no longer leads in term ${term}`);
  };

  const mend = links.cutOff([victim], { oneWay: false });
  group.run(electionMs * random.integerBetween(3, 7));
  check('is cut off');
  mend();
  group.run(4 * electionMs);
  check('is back');
  if (!group.isSettled()) throw new Violation('liveness', `${victim} is back, and does not follow`);
}
