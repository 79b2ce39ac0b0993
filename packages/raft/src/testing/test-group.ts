// Members and a wire between them. Nothing moves by itself: a test ticks, delivers and loses by hand.

import type { Batch } from '../batch.ts';
import { noConfiguration } from '../configuration.ts';
import type { Message } from '../messages.ts';
import { type NodeId, Role } from '../types.ts';
import type { Match } from './messages.ts';
import { heartbeatTicks, TestMember, type TestMemberOptions } from './test-member.ts';

/** More rounds of messages than any exchange in a test needs. */
const roundsMax = 1000;

export class TestGroup {
  readonly members: TestMember[];
  readonly #config: TestMemberOptions;
  /** Members that nothing reaches and nothing leaves. */
  readonly isolated: Set<NodeId> = new Set();
  #wire: Message[] = [];

  /** Members 1 to `size`, whose seeds follow `config.seed`. `logs[i]` is what member i + 1 holds from an earlier life; the newest term in them is known to all. */
  constructor(size: number, config: TestMemberOptions = {}, logs: readonly (readonly Batch[])[] = []) {
    this.#config = config;
    const voters = Array.from({ length: size }, (_, i) => i + 1);
    const term = Math.max(0, ...logs.flat().map((batch) => batch.term));
    const seed = config.seed ?? 0;
    this.members = voters.map((id) => {
      return new TestMember({ ...config, id, voters, seed: seed + id }, logs[id - 1], { term });
    });
  }

  /** A node that belongs to nothing yet. It gets the next id, or takes the place of the member with this one, of which nothing is left. */
  newcomer(id: NodeId = this.members.length + 1): TestMember {
    const member = new TestMember({
      ...this.#config,
      id,
      seed: (this.#config.seed ?? 0) + id,
      configuration: noConfiguration,
    });
    this.members[id - 1] = member;
    return member;
  }

  member(id: NodeId): TestMember {
    return this.members[id - 1]!;
  }

  leaders(): NodeId[] {
    return this.members.filter(({ role }) => role === Role.leader).map(({ id }) => id);
  }

  /** Takes what has been sent and matches off the wire: it is lost, or delivered by the test, as it likes. */
  take(which: Match = () => true): Message[] {
    for (const { outbox } of this.members) this.#wire.push(...outbox.splice(0));
    const taken = this.#wire.filter(which);
    this.#wire = this.#wire.filter((message) => !which(message));
    return taken;
  }

  /** Delivers what is on the wire now and matches, but not the answers to it. Returns how many messages that were. */
  deliver(which: Match = () => true): number {
    const messages = this.take(which);
    for (const message of messages) {
      if (!this.isolated.has(message.from) && !this.isolated.has(message.to)) this.member(message.to).step(message);
    }
    return messages.length;
  }

  /** Delivers what matches, the answers to it, the answers to those, until nothing that matches is left. Returns the rounds. */
  settle(which: Match = () => true): number {
    for (let round = 0; round < roundsMax; round++) {
      if (this.deliver(which) === 0) return round;
    }
    throw new Error(`messages still flow after ${roundsMax} rounds`);
  }

  /** Everybody's clock moves on, and everything sent is delivered. */
  run(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      for (const member of this.members) member.tick();
      this.settle();
    }
  }

  /** Makes `id` the leader; the others take in its first entry. */
  elect(id: NodeId): TestMember {
    const member = this.member(id);
    member.campaign();
    this.settle();
    if (member.role !== Role.leader) throw new Error(`${id} was not elected`);
    return member;
  }

  /** Two rounds of heartbeats from `id`, delivered and answered: a loss is seen in the second. */
  heartbeats(id: NodeId): void {
    for (let round = 0; round < 2; round++) {
      this.member(id).tick(heartbeatTicks);
      this.settle();
    }
  }
}
