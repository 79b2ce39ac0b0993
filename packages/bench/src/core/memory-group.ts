// Members of the pure core in one process. What one sends, the other takes in; an append, a term or a vote is durable the
// moment it is asked for. No disk, no network and no clock: only the core takes time.

import {
  type Batch,
  configurationOf,
  initialHardState,
  lastIndexOf,
  logStart,
  type Message,
  type NodeId,
  Raft,
  Role,
} from '@balsa/raft';
import { defaultLimits } from '@balsa/replica';

/** Time passes only while a leader is elected. */
const electionTicks = 10;
const heartbeatTicks = 2;
const electionTicksMax = 10 * electionTicks;

export interface MemoryGroupOptions {
  readonly members: number;
  /** Of recent batches that each member keeps in memory; more than two batches, for a follower applies one when it hears of the next. */
  readonly cacheBytesMax: number;
  /** Serialises a batch of that many entries. */
  readonly seal: (count: number) => Uint8Array;
  /** A member applies a committed batch of entries. */
  readonly apply: (member: NodeId, batch: Batch) => void;
}

export class MemoryGroup {
  readonly #options: MemoryGroupOptions;
  readonly #members: readonly Raft[];
  readonly #appliedIndexes: number[];
  readonly leaderId: NodeId = 1;
  #wire: Message[] = [];

  constructor(options: MemoryGroupOptions) {
    const ids = Array.from({ length: options.members }, (_, i) => i + 1);
    this.#options = options;
    this.#members = ids.map((id) => openMember(id, ids, options.cacheBytesMax));
    this.#appliedIndexes = ids.map(() => 0);
    this.#elect();
  }

  /** Proposes a batch and lets messages flow until nobody has anything more to say. */
  propose(count: number): void {
    const record = this.#options.seal(count);
    const result = this.#member(this.leaderId).propose(count, record.length, () => record);
    if (!result.accepted) throw new Error(`the leader refused a batch of ${count} entries: ${result.reason}`);
    this.#carryOut(this.leaderId);
    this.#settle();
  }

  #elect(): void {
    const candidate = this.#member(this.leaderId);
    for (let tick = 0; candidate.role !== Role.leader && tick < electionTicksMax; tick++) {
      candidate.tick();
      this.#carryOut(this.leaderId);
      this.#settle();
    }
    if (candidate.role !== Role.leader) throw new Error(`member ${this.leaderId} was not elected`);
  }

  #settle(): void {
    while (this.#wire.length > 0) {
      const messages = this.#wire;
      this.#wire = [];
      for (const message of messages) {
        this.#member(message.to).step(message);
        this.#carryOut(message.to);
      }
    }
  }

  #carryOut(id: NodeId): void {
    const member = this.#member(id);
    for (let effects = member.takeEffects(); effects.length > 0; effects = member.takeEffects()) {
      for (const effect of effects) {
        if (effect.type === 'send') this.#wire.push(effect.message);
        else if (effect.type === 'append') member.appended(effect.sequence);
        else if (effect.type === 'saveHardState') member.hardStateSaved(effect.sequence);
        else if (effect.type === 'commit') this.#apply(id, effect.index);
      }
    }
  }

  #apply(id: NodeId, commitIndex: number): void {
    const member = this.#member(id);
    let appliedIndex = this.#appliedIndexes[id - 1]!;
    while (appliedIndex < commitIndex) {
      const batches = member.cachedBatches(appliedIndex + 1, Number.MAX_SAFE_INTEGER);
      if (batches === undefined) throw new Error(`entry ${appliedIndex + 1} is no longer in memory`);
      for (const batch of batches) {
        if (lastIndexOf(batch) > commitIndex) break;
        appliedIndex = lastIndexOf(batch);
        if (batch.bytes.length > 0) this.#options.apply(id, batch);
      }
    }
    this.#appliedIndexes[id - 1] = appliedIndex;
    member.applied(appliedIndex);
  }

  #member(id: NodeId): Raft {
    return this.#members[id - 1]!;
  }
}

function openMember(id: NodeId, voters: readonly NodeId[], cacheBytesMax: number): Raft {
  const { appendBytesMax, inflightBytesMax, windowEntriesMax, windowBytesMax, uncommittedBytesMax } = defaultLimits;
  return new Raft(
    {
      id,
      electionTicks,
      heartbeatTicks,
      leaseMs: 0,
      hibernateAfterTicks: 0,
      seed: id,
      lifeId: 0,
      appendBytesMax,
      inflightBytesMax,
      windowEntriesMax,
      windowBytesMax,
      uncommittedBytesMax,
      weakBytesMax: 0,
      cacheBytesMax,
      sealNoop: () => new Uint8Array(),
      sealConfiguration: () => new Uint8Array(),
    },
    {
      hardState: initialHardState,
      base: logStart,
      lastIndex: 0,
      termRuns: [],
      configurations: [[0, configurationOf(voters)]],
      appliedIndex: 0,
    },
  );
}
