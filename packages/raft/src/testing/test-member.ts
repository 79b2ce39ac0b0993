// A member whose disk is an array. What it sends waits in its outbox; what its disk is asked to do is done at once, unless
// a test sets `slowDisk` or `slowReads` and decides itself when to call `save`, `flush` or `answerLogRead`.

import { type Batch, lastIndexOf } from '../batch.ts';
import type { RaftConfig, RecoveredState } from '../config.ts';
import type { AppendEffect, Effect, ReadLogEffect, ReadReadyEffect, SaveHardStateEffect } from '../effects.ts';
import type { Message } from '../messages.ts';
import { Raft } from '../raft.ts';
import type { ProposeResult } from '../roles/role.ts';
import { type HardState, type Index, initialHardState, type NodeId, type Role, type Term } from '../types.ts';

export const electionTicks = 10;
export const heartbeatTicks = 2;

export class TestMember {
  readonly id: NodeId;
  readonly #config: RaftConfig;
  raft: Raft;
  slowDisk = false;
  slowReads = false;
  hardState: HardState;
  readonly durable: Batch[];
  readonly outbox: Message[] = [];
  readonly committed: Index[] = [];
  readonly reads: Omit<ReadReadyEffect, 'type'>[] = [];
  readonly logReads: ReadLogEffect[] = [];
  #saves: SaveHardStateEffect[] = [];
  #appends: AppendEffect[] = [];

  /** `log` and `hardState` are what its disk holds from an earlier life. */
  constructor(config: Partial<RaftConfig> = {}, log: readonly Batch[] = [], hardState: Partial<HardState> = {}) {
    this.#config = {
      id: 1,
      voters: [1, 2, 3],
      electionTicks,
      heartbeatTicks,
      seed: config.id ?? 1,
      appendBytesMax: 1024,
      inflightBytesMax: 1 << 20,
      uncommittedBytesMax: 1 << 20,
      cacheBytesMax: 1 << 20,
      sealNoop: () => new Uint8Array(1),
      ...config,
    };
    this.id = this.#config.id;
    this.durable = [...log];
    this.hardState = { ...initialHardState, term: log.at(-1)?.term ?? 0, ...hardState };
    this.raft = new Raft(this.#config, this.#recovered());
    this.input(() => {});
  }

  get role(): Role {
    return this.raft.role;
  }

  get term(): Term {
    return this.raft.term;
  }

  /** The terms of its durable entries, one per index. */
  get terms(): Term[] {
    return this.durable.flatMap(({ count, term }) => Array.from({ length: count }, () => term));
  }

  input(feed: (raft: Raft) => void): void {
    feed(this.raft);
    for (let effects = this.raft.takeEffects(); effects.length > 0; effects = this.raft.takeEffects()) {
      for (const effect of effects) this.#carryOut(effect);
      if (!this.slowDisk) {
        this.save();
        this.flush();
      }
      while (!this.slowReads && this.logReads.length > 0) this.answerLogRead();
    }
  }

  step(...messages: readonly Message[]): void {
    for (const message of messages) this.input((raft) => raft.step(message));
  }

  tick(times = 1): void {
    for (let i = 0; i < times; i++) this.input((raft) => raft.tick());
  }

  /** Ticks until it asks for votes. */
  campaign(): void {
    for (let i = 0; i < 2 * electionTicks && this.role === 'follower'; i++) this.tick();
  }

  propose(byteLength = 4, count = 1): ProposeResult {
    let result: ProposeResult = { accepted: false, reason: 'notLeader', leader: undefined };
    this.input((raft) => {
      result = raft.propose(count, byteLength, () => new Uint8Array(byteLength));
    });
    return result;
  }

  read(requestId: number): void {
    this.input((raft) => raft.readIndex(requestId));
  }

  /** Term and vote reach the disk. */
  save(): void {
    for (const { sequence, hardState } of this.#saves.splice(0)) {
      this.hardState = hardState;
      this.input((raft) => raft.hardStateSaved(sequence));
    }
  }

  /** Appends reach the disk: all, or the first few. */
  flush(count: number = this.#appends.length): void {
    const flushed = this.#appends.splice(0, count);
    for (const { batch } of flushed) supersede(this.durable, batch);
    const newest = flushed.at(-1);
    if (newest !== undefined) this.input((raft) => raft.appended(newest.sequence));
  }

  /** Answers the oldest read from the log. */
  answerLogRead(): void {
    const asked = this.logReads.shift()!;
    const batches = this.durable.filter((batch) => lastIndexOf(batch) >= asked.fromIndex);
    this.input((raft) => raft.logRead(asked.to, asked.term, asked.session, batches));
  }

  /** A crash and a new start: what the disk did not hold is forgotten. */
  restart(): void {
    this.#saves = [];
    this.#appends = [];
    this.outbox.length = 0;
    this.raft = new Raft(this.#config, this.#recovered());
    this.input(() => {});
  }

  /** What it has sent since the last call. */
  sent(): Message[] {
    return this.outbox.splice(0);
  }

  #recovered(): RecoveredState {
    const newest = this.durable.at(-1);
    const termRuns = this.durable
      .filter((batch, i) => batch.term !== this.durable[i - 1]?.term)
      .map(({ firstIndex, term }) => [firstIndex, term] as const);
    return { hardState: this.hardState, lastIndex: newest === undefined ? 0 : lastIndexOf(newest), termRuns };
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.outbox.push(effect.message);
        break;
      case 'saveHardState':
        this.#saves.push(effect);
        break;
      case 'append':
        this.#appends.push(effect);
        break;
      case 'commit':
        this.committed.push(effect.index);
        this.raft.applied(effect.index);
        break;
      case 'readReady':
        this.reads.push({ requestId: effect.requestId, readIndex: effect.readIndex });
        break;
      case 'readLog':
        this.logReads.push(effect);
        break;
      case 'role':
        break;
    }
  }
}

function supersede(log: Batch[], batch: Batch): void {
  while (log.length > 0 && log.at(-1)!.firstIndex >= batch.firstIndex) log.pop();
  log.push(batch);
}
