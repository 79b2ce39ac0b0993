// What one member can be held to by itself, in every life of its process: bounds, reads, what it knows of its followers, and
// knowing when to stop leading.

import {
  type Configuration,
  type Index,
  isMember,
  type Message,
  MessageType,
  type NodeId,
  type RaftStatus,
  Role,
  type Term,
} from '@balsa/raft';
import { isVoter } from '../majorities.ts';
import { Violation } from '../oracles.ts';
import { electionTicks } from '../timing.ts';
import { ContactWatch } from './contact-watch.ts';
import type { Scenario } from './scenario.ts';

export class MemberChecks {
  readonly #id: NodeId;
  readonly #scenario: Scenario;
  readonly #contacts: ContactWatch;
  /** The same, but only of answers to what it says as the leader. */
  readonly #answers: ContactWatch;
  /** What was committed, anywhere, when a read began. */
  readonly #readFloors = new Map<number, Index>();
  /** Reads that it was asked for as the leader. */
  readonly #readsWhileLeading = new Set<number>();
  #leads = false;
  /** As a leader, in the term that it leads. */
  #matchIndexes: { readonly term: Term; readonly of: Map<NodeId, Index> } = { term: 0, of: new Map() };
  /** Its own ticks, in this life. */
  #nowTick = 0;
  /** Whom it follows up although they have left the group. */
  readonly #leftSinceTick = new Map<NodeId, number>();
  readsServed = 0;
  /** Times that something came ahead of a gap, and waits. */
  windowWaits = 0;
  #windowBytes = 0;

  constructor(id: NodeId, scenario: Scenario) {
    this.#id = id;
    this.#scenario = scenario;
    this.#contacts = new ContactWatch(id, 2 * electionTicks);
    this.#answers = new ContactWatch(id, electionTicks);
  }

  /** The process begins anew. */
  restart(): void {
    this.#contacts.restart();
    this.#answers.restart();
    this.#leftSinceTick.clear();
    this.#readFloors.clear();
    this.#readsWhileLeading.clear();
    this.#leads = false;
    this.#windowBytes = 0;
    this.#matchIndexes = { term: 0, of: new Map() };
  }

  /** `ledTerm`: the term that it leads; `undefined`: it does not. */
  heard(message: Message, ledTerm: Term | undefined): void {
    this.#contacts.heard(message.from);
    if (message.term === ledTerm && isAnswer(message)) this.#answers.heard(message.from);
  }

  /** Check-quorum: a leader that hears of no quorum any more knows it, and steps down. */
  ticked(leads: boolean, configuration: Configuration): void {
    this.#nowTick++;
    this.#answers.tick(leads, configuration);
    if (!this.#contacts.tick(leads, configuration)) return;
    throw new Violation(
      'check-quorum',
      `${this.#id} leads for more than ${2 * electionTicks} ticks without hearing from a quorum`,
    );
  }

  /** The log is about to be cut off behind `index`: nobody who is getting on needs what is before. */
  compacting({ followers }: RaftStatus, index: Index): void {
    for (const { id, matchIndex, snapshotIndex } of followers) {
      const has = snapshotIndex ?? matchIndex;
      if (has >= index || !this.#answers.hasHeardWithin(id, electionTicks - 1)) continue;
      throw new Violation(
        'compaction',
        `${this.#id} compacts up to ${index}, and ${id}, which has ${has}, is getting on`,
      );
    }
  }

  readBegins(requestId: number, committedIndex: Index): void {
    this.#readFloors.set(requestId, committedIndex);
    if (this.#leads) this.#readsWhileLeading.add(requestId);
  }

  /** Nobody waits for a leader that is none any more: what it was asked, it has answered or refused. */
  roleIs(leads: boolean): void {
    this.#leads = leads;
    const [waiting] = this.#readsWhileLeading;
    if (leads || waiting === undefined) return;
    throw new Violation('waiting reads', `${this.#id} leads no more, and read ${waiting} waits on`);
  }

  /** Linearizability of reads: a read sees at least everything that was committed before it began. */
  readReady(requestId: number, readIndex: Index | undefined): void {
    const floor = this.#readFloors.get(requestId);
    this.#readFloors.delete(requestId);
    this.#readsWhileLeading.delete(requestId);
    if (readIndex === undefined || floor === undefined) return;
    this.readsServed++;
    if (readIndex < floor) {
      throw new Violation('linearizable reads', `${this.#id} reads at ${readIndex}, but ${floor} was committed before`);
    }
  }

  /** Whatever a member tells about itself must hold after every input. */
  look(status: RaftStatus): void {
    this.keepsToLimits(status);
    if (status.windowBytes > this.#windowBytes) this.windowWaits++;
    this.#windowBytes = status.windowBytes;
    this.progressGrows(status);
    this.#leadsByRight(status);
    this.#forgetsThoseWhoLeft(status);
  }

  /** Who knows that it may vote no more leads no more. */
  #leadsByRight({ role, configuration, configurationIndex, commitIndex }: RaftStatus): void {
    if (role !== Role.leader || commitIndex < configurationIndex || isVoter(this.#id, configuration)) return;
    throw new Violation('removed leader', `${this.#id} leads, and is no voter as of ${configurationIndex}`);
  }

  /** A leader does not keep in mind for ever who was once in its group. */
  #forgetsThoseWhoLeft({ followers, configuration, configurationIndex, commitIndex }: RaftStatus): void {
    for (const { id } of followers) {
      if (isMember(id, configuration) || commitIndex < configurationIndex) this.#leftSinceTick.delete(id);
      else if (this.#nowTick - (this.#leftSinceTick.get(id) ?? this.#nowTick) > 4 * electionTicks) {
        throw new Violation('bounds', `${this.#id} still follows up ${id}, which has left the group`);
      } else if (!this.#leftSinceTick.has(id)) this.#leftSinceTick.set(id, this.#nowTick);
    }
    if (followers.length === 0) this.#leftSinceTick.clear();
  }

  /** What a follower has proven stays proven for as long as the leadership lasts; only a disk that lost entries starts over from nothing. */
  progressGrows({ term, followers }: RaftStatus): void {
    const known = term === this.#matchIndexes.term ? this.#matchIndexes.of : new Map<NodeId, Index>();
    this.#matchIndexes = { term, of: new Map() };
    for (const { id, matchIndex } of followers) {
      const before = known.get(id) ?? 0;
      if (matchIndex < before && matchIndex > 0)
        throw new Violation('progress', `${this.#id} knew that ${id} holds ${before}, and now only ${matchIndex}`);
      // Who has left and comes back begins anew.
      this.#matchIndexes.of.set(id, matchIndex);
    }
  }

  /** Every buffer keeps to its limit, except that one batch may always pass, however large. */
  keepsToLimits({ followers, uncommittedBytes, cachedBytes, windowBytes }: RaftStatus): void {
    const { limits, workload } = this.#scenario;
    const batchBytesMax = bytesPerEntry * workload.batchEntriesMax;
    const messageBytesMax = Math.max(batchBytesMax, limits.appendBytesMax);
    const inflightBytes = Math.max(0, ...followers.map((follower) => follower.inflightBytes));
    this.#keepsTo('bytes in flight', inflightBytes, limits.inflightBytesMax + messageBytesMax);
    this.#keepsTo('uncommitted bytes', uncommittedBytes, limits.uncommittedBytesMax + batchBytesMax);
    this.#keepsTo('bytes ahead of a gap', windowBytes, limits.windowBytesMax);
    this.#keepsTo('cached bytes', cachedBytes, limits.cacheBytesMax + batchBytesMax);
  }

  #keepsTo(what: string, bytes: number, bytesMax: number): void {
    if (bytes > bytesMax)
      throw new Violation('bounds', `${this.#id} has ${bytes} ${what}, at most ${bytesMax} are allowed`);
  }
}

/** An entry carries its serial number, as a uint32. */
const bytesPerEntry = 4;

function isAnswer({ type }: Message): boolean {
  return type === MessageType.appendAck || type === MessageType.appendReject || type === MessageType.heartbeatAck;
}
