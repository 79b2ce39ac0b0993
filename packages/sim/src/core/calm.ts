// A group after all faults have ended: what the phases that follow have in common.

import { type Configuration, isJoint, membersOf, type SeededRandom } from '@balsa/raft';
import { type ConfigurationOracle, isSameConfiguration } from '../configuration-oracle.ts';
import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import { heartbeatTicks, tickMs } from '../timing.ts';
import type { Links } from './links.ts';
import type { SimulatedMember } from './simulated-member.ts';

export interface CalmPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly links: Links;
  /** Everybody, members of the group or not. */
  readonly members: readonly SimulatedMember[];
  readonly configurations: ConfigurationOracle;
  /** How long a group without faults may take for anything. */
  readonly settleMsMax: number;
}

const askAgainMs = 2 * heartbeatTicks * tickMs;

export class CalmGroup {
  readonly ports: CalmPorts;

  constructor(ports: CalmPorts) {
    this.ports = ports;
  }

  get configuration(): Configuration {
    return this.ports.configurations.current;
  }

  /** Who belongs to it. */
  get members(): SimulatedMember[] {
    return membersOf(this.configuration).map((node) => this.ports.members[node - 1]!);
  }

  get leader(): SimulatedMember | undefined {
    return this.members.find((member) => member.isLeader);
  }

  /** Do all follow one leader, the one that should lead if there is such, and is no change of the members under way? */
  isSettled(): boolean {
    const { configuration, members, leader } = this;
    if (leader === undefined || isJoint(configuration)) return false;
    const isWanted = configuration.preferredLeader === undefined || configuration.preferredLeader === leader.id;
    const isComplete = isSameConfiguration(leader.configuration, configuration);
    return isWanted && isComplete && members.every((it) => it.leader === leader.id && it.term === leader.term);
  }

  /** Runs on until it is so. @throws Violation */
  settle(): SimulatedMember {
    this.runUntil(() => this.isSettled(), 'a group without faults does not agree on a leader');
    return this.leader!;
  }

  /** Runs on until something is so, and throws a violation if it takes too long. */
  runUntil(isDone: () => boolean, otherwise: string, msMax: number = this.ports.settleMsMax): void {
    const { scheduler } = this.ports;
    if (!isDone()) scheduler.runUntil(scheduler.nowMs + msMax, isDone);
    if (!isDone()) throw new Violation('liveness', `${otherwise}\n${this.describe()}`);
  }

  /** The same, and asks for it again and again: a request may be refused, or get lost with a leader. */
  insist(ask: () => void, isDone: () => boolean, otherwise: string): void {
    const { scheduler, settleMsMax } = this.ports;
    const endMs = scheduler.nowMs + settleMsMax;
    while (!isDone()) {
      if (scheduler.nowMs >= endMs) throw new Violation('liveness', `${otherwise}\n${this.describe()}`);
      ask();
      scheduler.runUntil(scheduler.nowMs + askAgainMs, isDone);
    }
  }

  run(ms: number): void {
    const { scheduler } = this.ports;
    scheduler.runUntil(scheduler.nowMs + ms);
  }

  describe(): string {
    return this.ports.members.map((member) => JSON.stringify(member.status() ?? `${member.id} is down`)).join('\n');
  }
}
