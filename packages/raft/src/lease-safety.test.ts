// Reads by lease under everything that could shake a lease, in many small worlds: whatever was committed, by anybody, when a
// read began is seen by it. Members keep time each for themselves, and the lease is as long as it may be.

import { describe, expect, it } from 'vitest';
import { configurationOf } from './configuration.ts';
import type { Message } from './messages.ts';
import { SeededRandom } from './random.ts';
import { electionTicks, heartbeatTicks, TestMember } from './testing/test-member.ts';
import { type NodeId, Role } from './types.ts';

const tickMs = 10;
/** A contact may come just before a tick. */
const leaseMs = (electionTicks - 1) * tickMs;
const worldMs = 5_000;

interface Cut {
  readonly untilMs: number;
  readonly losesSent: boolean;
  readonly losesReceived: boolean;
}

class World {
  readonly #random: SeededRandom;
  readonly #members: TestMember[];
  readonly #lossChance: number;
  readonly #straggleChance: number;
  readonly #cuts = new Map<NodeId, Cut>();
  /** Processes that stand still until then: neither messages nor ticks reach them. */
  readonly #pausedUntilMs = new Map<NodeId, number>();
  #wire: { readonly atMs: number; readonly message: Message }[] = [];
  #nowMs = 0;
  #nextRead = 1;
  readonly #floors = new Map<number, number>();
  readonly #reported = new Map<TestMember, number>();
  #readsServed = 0;
  /** Reads that were answered before anything else happened. */
  leaseReads = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    const size = [3, 3, 5][seed % 3]!;
    const voters = Array.from({ length: size }, (_, i) => i + 1);
    const configuration = { ...configurationOf(voters), leases: true };
    const hibernateAfterTicks = seed % 2 === 0 ? 0 : 3 * heartbeatTicks;
    this.#lossChance = this.#random.integerBetween(0, 10) / 100;
    this.#straggleChance = this.#random.integerBetween(0, 30) / 100;
    this.#members = voters.map(
      (id) => new TestMember({ id, configuration, leaseMs, hibernateAfterTicks, seed: seed * 10 + id }),
    );
  }

  run(): void {
    while (this.#nowMs < worldMs) {
      this.#nowMs++;
      for (const member of this.#members) this.#live(member);
      this.#deliver();
      if (this.#random.chance(0.05)) this.#somethingHappens();
      // Whoever is cut off is asked all the time, by those who are cut off with it.
      for (const member of this.#members) {
        if (member.role === Role.leader && this.#cuts.has(member.id) && this.#random.chance(0.2)) this.#read(member);
      }
    }
  }

  #live(member: TestMember): void {
    const { id } = member;
    if (this.#isPaused(id)) return;
    // The first that it does is to serve a read.
    if (this.#pausedUntilMs.delete(id)) this.#read(member);
    if ((this.#cuts.get(id)?.untilMs ?? 0) <= this.#nowMs) this.#cuts.delete(id);
    if ((this.#nowMs + 3 * id) % tickMs === 0) this.#input(member, () => member.tick());
  }

  #input(member: TestMember, feed: () => void): void {
    if (this.#isPaused(member.id)) return;
    member.observeTime(this.#nowMs);
    feed();
    for (const message of member.sent()) this.#send(message);
    const reported = this.#reported.get(member) ?? 0;
    for (const { requestId, readIndex } of member.reads.slice(reported)) {
      if (readIndex === undefined) continue;
      this.#readsServed++;
      expect(readIndex, `read ${requestId} at ${this.#nowMs} ms`).toBeGreaterThanOrEqual(this.#floors.get(requestId)!);
    }
    this.#reported.set(member, member.reads.length);
  }

  #send(message: Message): void {
    const isCut = this.#cuts.get(message.from)?.losesSent || this.#cuts.get(message.to)?.losesReceived;
    if (isCut || this.#random.chance(this.#lossChance)) return;
    const straggles = this.#random.chance(this.#straggleChance);
    const delayMs = straggles ? this.#random.integerBetween(20, 400) : this.#random.integerBetween(0, 5);
    this.#wire.push({ atMs: this.#nowMs + delayMs, message });
  }

  #deliver(): void {
    const due = this.#wire.filter(({ atMs, message }) => atMs <= this.#nowMs && !this.#isPaused(message.to));
    this.#wire = this.#wire.filter((flight) => !due.includes(flight));
    for (const { message } of due) {
      const member = this.#members[message.to - 1]!;
      this.#input(member, () => member.step(message));
    }
  }

  #somethingHappens(): void {
    const member = this.#members[this.#random.integerBetween(0, this.#members.length)]!;
    const other = this.#random.integerBetween(1, this.#members.length + 1);
    const what = this.#random.integerBetween(0, 100);
    if (what < 20) this.#read(member);
    else if (what < 75) this.#input(member, () => member.propose());
    else if (what < 78) this.#strike(this.#members.find(({ role }) => role === Role.leader) ?? member);
    else if (what < 80) this.#strike(member);
    else if (what < 84) this.#restart(member);
    else if (what < 88) this.#input(member, () => member.wake());
    else if (what < 92) this.#input(member, () => member.transfer(other));
    else if (what < 96) this.#input(member, () => member.reconfigure({ leases: this.#random.chance(0.8) }));
    else this.#changeVoters(member, other);
  }

  /** It pauses, or is cut off one way or the other, and the others may notice, and may be started again. */
  #strike(victim: TestMember): void {
    const untilMs = this.#nowMs + this.#random.integerBetween(1, 400);
    const kind = this.#random.integerBetween(0, 4);
    if (kind === 0) this.#pausedUntilMs.set(victim.id, untilMs);
    else this.#cuts.set(victim.id, { untilMs, losesSent: kind !== 1, losesReceived: kind !== 2 });
    const isNoticed = this.#random.chance(0.5);
    const restartChance = this.#random.chance(0.3) ? 0.5 : 0;
    for (const other of this.#members) {
      if (other === victim) continue;
      if (isNoticed) this.#input(other, () => other.input((raft) => raft.peerDown(victim.id)));
      if (this.#random.chance(restartChance)) this.#restart(other);
    }
  }

  #changeVoters(leader: TestMember, node: NodeId): void {
    const { voters, learners } = leader.raft.configuration;
    const all = [...voters, ...learners];
    const target = voters.includes(node) ? voters.filter((voter) => voter !== node) : [...voters, node];
    const change = { voters: target, learners: all.filter((member) => !target.includes(member)) };
    if (target.length >= 2) this.#input(leader, () => leader.reconfigure(change));
  }

  #read(member: TestMember): void {
    const requestId = this.#nextRead++;
    this.#floors.set(requestId, Math.max(...this.#members.map(({ raft }) => raft.commitIndex)));
    const served = this.#readsServed;
    this.#input(member, () => member.read(requestId));
    if (this.#readsServed > served && member.role === Role.leader) this.leaseReads++;
  }

  #restart(member: TestMember): void {
    if (this.#isPaused(member.id)) return;
    member.reads.length = 0;
    this.#reported.set(member, 0);
    member.restart();
    this.#input(member, () => {});
  }

  #isPaused(id: NodeId): boolean {
    return (this.#pausedUntilMs.get(id) ?? 0) > this.#nowMs;
  }
}

describe('a read', () => {
  it('sees everything that was committed when it began, by lease or not, whatever happens', () => {
    let leaseReads = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const world = new World(seed);
      try {
        world.run();
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      leaseReads += world.leaseReads;
    }
    // Not because none was served.
    expect(leaseReads).toBeGreaterThan(500);
  });
});
