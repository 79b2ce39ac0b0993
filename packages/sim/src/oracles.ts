// What must hold after every step, whatever the faults (Raft paper, figure 3, and what Balsa promises on top of it).

import {
  type Batch,
  type Configuration,
  type HardState,
  lastIndexOf,
  leaderOf,
  type Message,
  MessageType,
  type NodeId,
  type Term,
} from '@balsa/raft';
import { isQuorum } from './majorities.ts';

/** A property of the protocol was seen broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly oracle: string;

  constructor(oracle: string, message: string) {
    super(`${oracle}: ${message}`);
    this.oracle = oracle;
  }
}

/** What an oracle may look at; it is not told how the member works. */
export interface ObservedMember {
  readonly id: NodeId;
  /** The term and vote that a crash could not take away. */
  readonly durableHardState: HardState;
  /** What a crash could not take away, from the first batch on: what only a snapshot holds any more as well. */
  readonly durable: readonly Batch[];
  /** The log as the member sees it, from the first batch on. */
  readonly visible: readonly Batch[];
  /** Who belongs to the group, as the newest entry of its log has it that says so. */
  readonly configuration: Configuration;
  /** Its disk was lost, and nobody has said so: it may have held anything. Absent: no. */
  readonly hasForgotten?: boolean;
  /** The term in which it leads just now. */
  readonly ledTerm: Term | undefined;
}

export class Oracles {
  readonly #leaderOfTerm = new Map<Term, NodeId>();
  #newestTerm: Term = 0;
  /** Every batch that any member has committed, in order: the one history that all must share. */
  readonly #committed: Batch[] = [];
  /** The term in which each of them was committed first. Never falls along the history. */
  readonly #committedInTerm: Term[] = [];
  #committedIndex = 0;
  /** What a forced recovery has kept, committed or not, and the entry by which it was done. */
  #kept: readonly Batch[] = [];
  /** What had been committed before that, and is not among it. */
  #lost: readonly Batch[] = [];
  /** The group was forced to go on without those who still go by this history. */
  #isClosed = false;

  get elections(): number {
    return this.#leaderOfTerm.size;
  }

  /** The newest in which somebody was elected. */
  get newestTerm(): Term {
    return this.#newestTerm;
  }

  /** Was this member elected in this term, or in a later one? */
  hasLedSince(member: NodeId, term: Term): boolean {
    return [...this.#leaderOfTerm].some(([led, leader]) => leader === member && led >= term);
  }

  get committedIndex(): number {
    return this.#committedIndex;
  }

  get committed(): readonly Batch[] {
    return this.#committed;
  }

  /** Is this, from the first batch on, among what a forced recovery has kept? */
  keeps(batches: readonly Batch[]): boolean {
    return batches.every((batch, position) => isSameBatch(this.#kept[position], batch));
  }

  /**
   * The group is forced to go on with this log and no other (docs/recovery.md). Nothing may be committed in this history any more; the
   * returned one has of it what was kept.
   */
  forcedOn(kept: readonly Batch[]): Oracles {
    const next = new Oracles();
    const lost = this.#committed.findIndex((batch, position) => !isSameBatch(kept[position], batch));
    const survive = lost < 0 ? this.#committed.length : lost;
    next.#committed.push(...this.#committed.slice(0, survive));
    next.#committedInTerm.push(...this.#committedInTerm.slice(0, survive));
    const last = next.#committed.at(-1);
    next.#committedIndex = last === undefined ? 0 : lastIndexOf(last);
    next.#kept = kept;
    next.#lost = [...this.#lost, ...this.#committed.slice(survive)];
    this.#isClosed = true;
    return next;
  }

  /** No member says anything that a crash could make it forget: its term, or whom it voted for. */
  messageSent(member: ObservedMember, message: Message): void {
    if (message.type === MessageType.preVoteRequest || message.type === MessageType.preVoteResponse) return;
    const { term, votedFor } = member.durableHardState;
    // A term is also known from the entries that were appended in it.
    if (Math.max(term, member.durable.at(-1)?.term ?? 0) < message.term) {
      throw new Violation('durable promises', `${member.id} speaks in term ${message.term}, its disk knows ${term}`);
    }
    const leader = leaderOf(message);
    if (leader !== undefined) this.#noteLeader(leader, message.term);
    const grants = message.type === MessageType.voteResponse && message.granted;
    if (grants && term <= message.term && votedFor !== message.to) {
      throw new Violation('durable promises', `${member.id} votes for ${message.to}, its disk says ${votedFor}`);
    }
  }

  /** Whoever leads, and whoever speaks in his name: one that dies with its first words on the wire has led, too. */
  #noteLeader(leader: NodeId, term: Term): void {
    const other = this.#leaderOfTerm.get(term);
    if (other !== undefined && other !== leader) {
      throw new Violation('election safety', `${other} and ${leader} both lead term ${term}`);
    }
    this.#leaderOfTerm.set(term, leader);
  }

  /** What a follower says it holds is what the leader to whom it says so holds at that place. */
  acknowledged(message: Message, everyone: readonly ObservedMember[]): void {
    if (message.type !== MessageType.appendAck && message.type !== MessageType.heartbeatAck) return;
    const { from, to, term, durableIndex, durableTerm } = message;
    const leader = everyone.find((member) => member.id === to && member.ledTerm === term);
    if (leader === undefined || durableIndex === 0) return;
    const batch = leader.visible.findLast(({ firstIndex }) => firstIndex <= durableIndex);
    if (batch !== undefined && durableIndex <= lastIndexOf(batch) && batch.term === durableTerm) return;
    // Who comes back with a snapshot of it cannot give it up: it must not count, and the group ends there (docs/recovery.md).
    const isLost = this.#lost.some((it) => it.term === durableTerm && durableIndex <= lastIndexOf(it));
    if (isLost) return;
    throw new Violation(
      'acknowledgements',
      `${from} acknowledges entry ${durableIndex} of term ${durableTerm} to ${to}, which leads term ${term} without it`,
    );
  }

  /** Election Safety, and Leader Completeness: a new leader holds everything that was committed in earlier terms. */
  leaderElected(member: ObservedMember, term: Term): void {
    this.#noteLeader(member.id, term);
    const { durableHardState } = member;
    if (durableHardState.term !== term || durableHardState.votedFor !== member.id) {
      throw new Violation(
        'durable promises',
        `${member.id} leads term ${term} by a vote of its own that is not on its disk`,
      );
    }
    if (this.#isClosed) throw new Violation('lineages', `${member.id} leads term ${term}, and the group has moved on`);
    this.#newestTerm = Math.max(this.#newestTerm, term);
    const missing = this.#kept.find((batch, position) => !isSameBatch(member.visible[position], batch));
    if (missing !== undefined) {
      throw new Violation(
        'forced recovery',
        `${member.id} leads term ${term} without ${describe(missing)}, which was kept`,
      );
    }
    for (let i = 0; i < this.#committed.length && this.#committedInTerm[i]! < term; i++) {
      if (!isSameBatch(member.visible[i], this.#committed[i]!)) {
        throw new Violation(
          'leader completeness',
          `${member.id} leads term ${term} without ${describe(this.#committed[i]!)}`,
        );
      }
    }
  }

  /** State-Machine Safety, and durability: what is committed is on the disks of a quorum. True for whoever commits it first. */
  batchCommitted(
    member: ObservedMember,
    term: Term,
    position: number,
    batch: Batch,
    everyone: readonly ObservedMember[],
  ): boolean {
    const known = this.#committed[position];
    if (known !== undefined) {
      if (!isSameBatch(batch, known)) {
        throw new Violation(
          'state-machine safety',
          `${member.id} commits ${describe(batch)} where ${describe(known)} is committed`,
        );
      }
      return false;
    }
    if (this.#isClosed) {
      throw new Violation('lineages', `${member.id} commits ${describe(batch)}, and the group has moved on`);
    }
    const kept = this.#kept[position];
    if (kept !== undefined && !isSameBatch(batch, kept)) {
      throw new Violation(
        'forced recovery',
        `${member.id} commits ${describe(batch)} where ${describe(kept)} was kept`,
      );
    }
    if (position !== this.#committed.length) {
      throw new Violation('state-machine safety', `${member.id} commits ${describe(batch)} behind a gap`);
    }
    const holders = everyone
      // Who has lost entries may have held it, and have said so, before: restoring.md tells why that is safe.
      .filter(
        (other) =>
          other.hasForgotten || other.durableHardState.incident > 0 || isSameBatch(other.durable[position], batch),
      )
      .map(({ id }) => id);
    // Whoever commits first is the leader, and counts the members of its newest configuration.
    if (!isQuorum(member.configuration, (node) => holders.includes(node))) {
      throw new Violation(
        'durability',
        `${describe(batch)} is committed, but only on the disks of [${holders.join(', ')}]`,
      );
    }
    this.#committed.push(batch);
    this.#committedInTerm.push(Math.max(term, this.#committedInTerm.at(-1) ?? 0));
    this.#committedIndex = lastIndexOf(batch);
    return true;
  }

  /** What a snapshot stands for is what was committed. */
  snapshotMatches(member: ObservedMember, batches: readonly Batch[]): void {
    for (const [position, batch] of batches.entries()) {
      const known = this.#committed[position];
      if (known !== undefined && isSameBatch(known, batch)) continue;
      throw new Violation('snapshots', `${member.id} has a snapshot with ${describe(batch)}, which was not committed`);
    }
  }

  /** Log Matching: where two logs have an entry of the same index and term, they are the same up to there. */
  logsMatch(everyone: readonly ObservedMember[]): void {
    for (const a of everyone) {
      for (const b of everyone) {
        if (a.id < b.id) this.#pairMatches(a, b);
      }
    }
  }

  #pairMatches(a: ObservedMember, b: ObservedMember): void {
    let agreed = false;
    for (let i = Math.min(a.visible.length, b.visible.length) - 1; i >= 0; i--) {
      const left = a.visible[i]!;
      const right = b.visible[i]!;
      if (isSameBatch(left, right)) agreed = true;
      else if (agreed || (left.term === right.term && left.firstIndex === right.firstIndex)) {
        throw new Violation(
          'log matching',
          `${a.id} has ${describe(left)}, ${b.id} has ${describe(right)}, and later entries agree`,
        );
      }
    }
  }
}

export function isSameBatch(a: Batch | undefined, b: Batch): boolean {
  if (a === b) return true;
  return (
    a !== undefined &&
    a.term === b.term &&
    a.firstIndex === b.firstIndex &&
    a.count === b.count &&
    hasSameBytes(a.bytes, b.bytes) &&
    textOf(a.configuration) === textOf(b.configuration)
  );
}

/** One that was read from a disk or a message may have its fields in another order. */
function textOf(configuration: Configuration | undefined): string | undefined {
  if (configuration === undefined) return undefined;
  const { voters, outgoing, learners, preferredLeader, leases } = configuration;
  return JSON.stringify([voters, outgoing, learners, preferredLeader, leases]);
}

function hasSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function describe(batch: Batch): string {
  return `[${batch.firstIndex}..${lastIndexOf(batch)}] of term ${batch.term}`;
}
