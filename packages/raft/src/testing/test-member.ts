// A member whose disk is an array. What it sends waits in its outbox; what its disk is asked to do is done at once, unless
// a test sets `slowDisk` or `slowReads` and decides itself when to call `save`, `flush` or `answerLogRead`.

import { type Batch, lastIndexOf } from '../batch.ts';
import type { RaftConfig, RecoveredState } from '../config.ts';
import { type Configuration, type ConfigurationTarget, configurationOf } from '../configuration.ts';
import type {
  AppendEffect,
  Effect,
  InstallSnapshotEffect,
  ReadLogEffect,
  ReadReadyEffect,
  SaveHardStateEffect,
  SendSnapshotEffect,
} from '../effects.ts';
import { type Message, MessageType, type SnapshotPosition } from '../messages.ts';
import { Raft } from '../raft.ts';
import type { ProposeResult, ReconfigureResult, TransferResult } from '../roles/role.ts';
import { type LogPosition, logStart } from '../term-runs.ts';
import { type HardState, type Index, initialHardState, type NodeId, type Role, type Term } from '../types.ts';
import { appendsOf } from './fragments.ts';

export const electionTicks = 10;
export const heartbeatTicks = 2;

export interface TestMemberOptions extends Partial<RaftConfig> {
  /** Of the configuration before the first entry. */
  readonly voters?: readonly NodeId[];
  /** In place of `voters`. */
  readonly configuration?: Configuration;
  /** What its disk says that it holds, the first time, in place of what it does hold. */
  readonly recovered?: RecoveredState;
}

export class TestMember {
  readonly id: NodeId;
  readonly #config: RaftConfig;
  /** In force where the log begins. */
  #firstConfiguration: readonly [Index, Configuration];
  #base: LogPosition = logStart;
  raft: Raft;
  slowDisk = false;
  slowReads = false;
  hardState: HardState;
  readonly durable: Batch[];
  readonly outbox: Message[] = [];
  readonly committed: Index[] = [];
  readonly reads: Omit<ReadReadyEffect, 'type'>[] = [];
  readonly logReads: ReadLogEffect[] = [];
  readonly snapshotRequests: SendSnapshotEffect[] = [];
  /** Every configuration that counted, in order. */
  readonly configurations: Configuration[] = [];
  readonly events: Effect[] = [];
  #saves: SaveHardStateEffect[] = [];
  #appends: (AppendEffect | InstallSnapshotEffect)[] = [];

  /** `log` and `hardState` are what its disk holds from an earlier life. */
  constructor(options: TestMemberOptions = {}, log: readonly Batch[] = [], hardState: Partial<HardState> = {}) {
    const { voters = [1, 2, 3], configuration = configurationOf(voters), recovered, ...config } = options;
    this.#firstConfiguration = [0, configuration];
    this.#config = {
      id: 1,
      electionTicks,
      heartbeatTicks,
      leaseMs: 0,
      hibernateAfterTicks: 0,
      seed: config.id ?? 1,
      lifeId: 0,
      appendBytesMax: 1024,
      inflightBytesMax: 1 << 20,
      windowEntriesMax: 1024,
      windowBytesMax: 1 << 20,
      uncommittedBytesMax: 1 << 20,
      weakBytesMax: 0,
      cacheBytesMax: 1 << 20,
      sealNoop: () => new Uint8Array(1),
      sealConfiguration: () => new Uint8Array(2),
      ...config,
    };
    this.id = this.#config.id;
    this.durable = [...log];
    this.hardState = { ...initialHardState, term: log.at(-1)?.term ?? 0, ...hardState };
    this.raft = new Raft(this.#config, recovered ?? this.#recovered());
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

  /** Changes what is named, and keeps the rest of the newest configuration. */
  reconfigure(change: Partial<ConfigurationTarget>): ReconfigureResult | undefined {
    const { voters, learners, preferredLeader, leases } = this.raft.configuration;
    let result: ReconfigureResult | undefined;
    this.input((raft) => {
      result = raft.reconfigure({ voters, learners, preferredLeader, leases, ...change });
    });
    return result;
  }

  transfer(to: NodeId): TransferResult | undefined {
    let result: TransferResult | undefined;
    this.input((raft) => {
      result = raft.transferLeadership(to);
    });
    return result;
  }

  wake(): void {
    this.input((raft) => raft.wake());
  }

  /** Its clock shows this time. */
  observeTime(nowMs: number): void {
    this.raft.observeTime(nowMs);
  }

  /** Every event of one type, in order. */
  eventsOf<T extends Effect['type']>(type: T): Extract<Effect, { readonly type: T }>[] {
    return this.events.filter((event): event is Extract<Effect, { readonly type: T }> => event.type === type);
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
    for (const effect of flushed) {
      if (effect.type === 'append') supersede(this.durable, effect.batch);
      else this.#beginLogBehind(effect.snapshot);
    }
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

  /** Everything applied becomes a snapshot, and the log is cut off behind it. */
  compact(index: Index = this.raft.status().compactableIndex): void {
    const term = this.raft.termAt(index)!;
    this.#firstConfiguration = [index, this.raft.configurationAt(index)];
    this.#base = { index, term };
    while (this.durable.length > 0 && lastIndexOf(this.durable[0]!) <= index) this.durable.shift();
    this.input((raft) => raft.compact(index));
  }

  /** Where its log begins is where its snapshot ends. */
  get snapshot(): SnapshotPosition {
    return { ...this.#base, configuration: this.#firstConfiguration[1] };
  }

  /** Answers the oldest request for a snapshot: offers it, and returns the message that the follower gets with the data. */
  offerSnapshot(): Message {
    const { to, term, session } = this.snapshotRequests.shift()!;
    this.input((raft) => raft.snapshotOffered(to, term, session, this.#base.index));
    return { type: MessageType.installSnapshot, from: this.id, to, term, session, snapshot: this.snapshot };
  }

  #beginLogBehind({ index, term, configuration }: SnapshotPosition): void {
    this.durable.length = 0;
    this.#base = { index, term };
    this.#firstConfiguration = [index, configuration];
    this.input((raft) => raft.applied(index));
  }

  #recovered(): RecoveredState {
    const newest = this.durable.at(-1);
    const base = this.#base;
    return {
      hardState: this.hardState,
      base,
      lastIndex: newest === undefined ? base.index : lastIndexOf(newest),
      termRuns: this.durable
        .filter((batch, i) => batch.term !== this.durable[i - 1]?.term)
        .map(({ firstIndex, term }) => [firstIndex, term] as const),
      configurations: [
        this.#firstConfiguration,
        ...this.durable.flatMap(({ firstIndex, configuration }) =>
          configuration === undefined ? [] : ([[firstIndex, configuration]] as const),
        ),
      ],
      appliedIndex: base.index,
    };
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.outbox.push(effect.message);
        break;
      case 'sendFragments':
        this.events.push(effect);
        this.outbox.push(...appendsOf(effect, this.id));
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
      case 'sendSnapshot':
        this.snapshotRequests.push(effect);
        break;
      case 'installSnapshot':
        this.#appends.push(effect);
        break;
      case 'configuration':
        this.configurations.push(effect.configuration);
        break;
      case 'role':
      case 'removed':
      case 'weaklyAccepted':
      case 'transferFailed':
      case 'hibernation':
        this.events.push(effect);
        break;
    }
  }
}

function supersede(log: Batch[], batch: Batch): void {
  while (log.length > 0 && log.at(-1)!.firstIndex >= batch.firstIndex) log.pop();
  log.push(batch);
}
