// The leader dies while nobody writes. Its successor cannot wait for a write to learn what is committed: reads must be served
// on every member, in bounded time (Raft dissertation, section 6.4).

import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import { electionMs, heartbeatTicks, tickMs } from '../timing.ts';
import type { Links } from './links.ts';
import { agreesOnLeader } from './rejoin.ts';
import type { SimulatedMember } from './simulated-member.ts';

export interface FailoverPorts {
  readonly scheduler: Scheduler;
  readonly links: Links;
  readonly members: readonly SimulatedMember[];
  /** How long a group without faults may take to agree on a leader, and to serve reads. */
  readonly settleMsMax: number;
}

/** A question or its answer may be lost with a leader. */
const askAgainMs = 2 * heartbeatTicks * tickMs;

export function checkFailover({ scheduler, links, members, settleMsMax }: FailoverPorts): void {
  scheduler.runUntil(scheduler.nowMs + settleMsMax, () => agreesOnLeader(members));
  const leader = members.find((member) => member.isLeader);
  if (leader === undefined) throw new Violation('liveness', 'a group without faults does not agree on a leader');
  leader.crash();
  links.disconnect(leader.id);
  scheduler.after(electionMs, () => {
    // Somebody who was to start it after an earlier crash may have come first (seed 1019393).
    if (leader.isUp) return;
    leader.start();
    links.connect(leader.id);
  });
  scheduler.runUntil(scheduler.nowMs + electionMs);

  const servedBefore = new Map(members.map((member) => [member, member.readsServed]));
  const waiting = (): SimulatedMember[] => members.filter((member) => member.readsServed === servedBefore.get(member));
  const endMs = scheduler.nowMs + settleMsMax;
  while (waiting().length > 0) {
    if (scheduler.nowMs >= endMs) {
      const states = members.map((member) => JSON.stringify(member.status())).join('\n');
      throw new Violation('liveness', `without faults and writes, reads are not served by all\n${states}`);
    }
    for (const member of waiting()) member.read();
    scheduler.runUntil(scheduler.nowMs + askAgainMs);
  }
}
