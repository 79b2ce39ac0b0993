// What is asked of the group: writes and reads, with idle times in between.

import type { SeededRandom } from '@balsa/raft';
import type { Scheduler } from '../scheduler.ts';
import type { Scenario } from './scenario.ts';
import type { SimulatedMember } from './simulated-member.ts';

export interface WorkloadPorts {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly members: readonly SimulatedMember[];
  readonly committedBatches: () => number;
}

export class Workload {
  readonly #ports: WorkloadPorts;
  #serial = 1;
  #idleUntilMs = 0;
  #isCalm = false;
  /** Proposals end once so many batches are committed, so that everybody can catch up with the last. */
  #wantedBatches = Number.POSITIVE_INFINITY;

  constructor(ports: WorkloadPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { scheduler, random, scenario } = this.#ports;
    const { proposeMeanMs, readMeanMs, idleMeanMs, idleMsMax } = scenario.workload;
    scheduler.repeat(random, proposeMeanMs, () => this.#propose());
    scheduler.repeat(random, readMeanMs, () => this.#read());
    scheduler.repeat(random, idleMeanMs, () => {
      if (!this.#isCalm) this.#idleUntilMs = scheduler.nowMs + random.integerBetween(1, idleMsMax + 1);
    });
  }

  /** From now on, until so many batches are committed in all. Nobody is idle any more. */
  wantBatches(count: number): void {
    this.#wantedBatches = count;
    this.#idleUntilMs = 0;
    this.#isCalm = true;
  }

  /** Nobody wants anything any more. */
  stop(): void {
    this.#wantedBatches = 0;
    this.#idleUntilMs = Number.POSITIVE_INFINITY;
  }

  proposeTo(member: SimulatedMember): void {
    const { random, scenario } = this.#ports;
    const count = random.integerBetween(1, scenario.workload.batchEntriesMax + 1);
    member.propose(Array.from({ length: count }, () => this.#serial++));
  }

  get #isIdle(): boolean {
    return this.#ports.scheduler.nowMs < this.#idleUntilMs;
  }

  #propose(): void {
    const { members, committedBatches } = this.#ports;
    if (this.#isIdle || committedBatches() >= this.#wantedBatches) return;
    this.#proposeToBystander();
    for (const member of members) if (member.isLeader) this.proposeTo(member);
  }

  /** Who does not lead must refuse: an entry of its own making would have the place, and perhaps the term, of another. */
  #proposeToBystander(): void {
    const { members } = this.#ports;
    const member = members[this.#serial % members.length]!;
    if (!member.isLeader) member.propose([this.#serial++]);
  }

  #read(): void {
    const { members, random } = this.#ports;
    const member = members[random.integerBetween(0, members.length)]!;
    if (!this.#isIdle) member.read();
  }
}
