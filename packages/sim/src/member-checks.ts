// What one member can be held to by itself, in every life of its process: bounds, reads, and knowing when to stop leading.

import type { Index, NodeId, RaftStatus } from '@balsa/raft';
import { ContactWatch } from './contact-watch.ts';
import { Violation } from './oracles.ts';
import type { Scenario } from './scenario.ts';
import { electionTicks } from './timing.ts';

export class MemberChecks {
  readonly #id: NodeId;
  readonly #scenario: Scenario;
  readonly #contacts: ContactWatch;
  /** What was committed, anywhere, when a read began. */
  readonly #readFloors = new Map<number, Index>();
  readsServed = 0;

  constructor(id: NodeId, scenario: Scenario) {
    this.#id = id;
    this.#scenario = scenario;
    this.#contacts = new ContactWatch(scenario.members);
  }

  /** The process begins anew. */
  restart(): void {
    this.#contacts.restart();
    this.#readFloors.clear();
  }

  heard(from: NodeId): void {
    this.#contacts.heard(from);
  }

  /** Check-quorum: a leader that hears of no quorum any more knows it, and steps down. */
  ticked(leads: boolean): void {
    const silentTicks = this.#contacts.tick(leads);
    if (silentTicks > 2 * electionTicks) {
      throw new Violation('check-quorum', `${this.#id} leads for ${silentTicks} ticks without hearing from a quorum`);
    }
  }

  readBegins(requestId: number, committedIndex: Index): void {
    this.#readFloors.set(requestId, committedIndex);
  }

  /** Linearizability of reads: a read sees at least everything that was committed before it began. */
  readReady(requestId: number, readIndex: Index | undefined): void {
    const floor = this.#readFloors.get(requestId);
    this.#readFloors.delete(requestId);
    if (readIndex === undefined || floor === undefined) return;
    this.readsServed++;
    if (readIndex < floor) {
      throw new Violation('linearizable reads', `${this.#id} reads at ${readIndex}, but ${floor} was committed before`);
    }
  }

  /** Every buffer keeps to its limit, except that one batch may always pass, however large. */
  keepsToLimits({ followers, uncommittedBytes, cachedBytes }: RaftStatus): void {
    const { limits, workload } = this.#scenario;
    const batchBytesMax = bytesPerEntry * workload.batchEntriesMax;
    const messageBytesMax = Math.max(batchBytesMax, limits.appendBytesMax);
    const inflightBytes = Math.max(0, ...followers.map((follower) => follower.inflightBytes));
    this.#keepsTo('bytes in flight', inflightBytes, limits.inflightBytesMax + messageBytesMax);
    this.#keepsTo('uncommitted bytes', uncommittedBytes, limits.uncommittedBytesMax + batchBytesMax);
    this.#keepsTo('cached bytes', cachedBytes, limits.cacheBytesMax + batchBytesMax);
  }

  #keepsTo(what: string, bytes: number, bytesMax: number): void {
    if (bytes > bytesMax)
      throw new Violation('bounds', `${this.#id} has ${bytes} ${what}, at most ${bytesMax} are allowed`);
  }
}

/** An entry carries its serial number, as a uint32. */
const bytesPerEntry = 4;
