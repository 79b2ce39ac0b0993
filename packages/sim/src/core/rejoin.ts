// A member that was cut off campaigns in vain, for as long as it likes. When it comes back, a healthy group must go on under
// the same leader in the same term: that is what pre-vote is for (Raft dissertation, section 9.6).

import type { SeededRandom } from '@balsa/raft';
import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import { electionMs } from '../timing.ts';
import type { Links } from './links.ts';
import type { SimulatedMember } from './simulated-member.ts';

export interface RejoinPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly links: Links;
  readonly members: readonly SimulatedMember[];
  /** How long a group without faults may take to agree on a leader. */
  readonly settleMsMax: number;
}

export function checkRejoin({ scheduler, random, links, members, settleMsMax }: RejoinPorts): void {
  scheduler.runUntil(scheduler.nowMs + settleMsMax, () => agreesOnLeader(members));
  if (!agreesOnLeader(members)) throw new Violation('liveness', 'a group without faults does not agree on a leader');
  // Two members are a quorum only together: there, the leader must go when the other does.
  if (members.length < 3) return;

  const leader = members.find((member) => member.isLeader)!;
  const { term } = leader;
  const followers = members.filter((member) => member !== leader);
  const victim = followers[random.integerBetween(0, followers.length)]!;
  const check = (when: string): void => {
    if (leader.isLeader && leader.term === term) return;
    throw new Violation('pre-vote', `${victim.id} ${when}, and ${leader.id} no longer leads in term ${term}`);
  };

  const mend = links.cutOff([victim.id], { oneWay: false });
  scheduler.runUntil(scheduler.nowMs + electionMs * random.integerBetween(3, 7));
  check('is cut off');
  mend();
  scheduler.runUntil(scheduler.nowMs + 4 * electionMs);
  check('is back');
  if (!agreesOnLeader(members)) throw new Violation('liveness', `${victim.id} is back, and does not follow`);
}

export function agreesOnLeader(members: readonly SimulatedMember[]): boolean {
  const leader = members[0]!.leader;
  return (
    leader !== undefined && members.every((member) => member.leader === leader && member.term === members[0]!.term)
  );
}
