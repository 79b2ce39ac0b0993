// What a member keeps across role changes: log, configuration, term and vote, commit index, clock, and the effects of the
// input at hand. Roles act on it; what belongs to one role only lives in that role's object and ends with it.

import { assert } from './assert.ts';
import { type Batch, BatchKind, lastIndexOf } from './batch.ts';
import type { RaftConfig, RecoveredState } from './config.ts';
import { type Configuration, isMember, isVoter, quorumOf } from './configuration.ts';
import { ConfigurationHistory } from './configuration-history.ts';
import type { Effect } from './effects.ts';
import { hasForgottenVotes } from './incident.ts';
import { lineageOf } from './lineage.ts';
import {
  type Message,
  MessageType,
  type PreVoteResponse,
  type SnapshotPosition,
  type VoteRequest,
} from './messages.ts';
import type { Quorum } from './quorum.ts';
import { RaftLog } from './raft-log.ts';
import { SeededRandom } from './random.ts';
import type { Freshness } from './roles/role.ts';
import { Stamps } from './stamps.ts';
import type { HardState, Index, NodeId, Term } from './types.ts';

/** Messages that wait for a hard state to become durable. More than a slow disk can ever need; the network may lose messages anyway. */
const heldMessagesMax = 4096;

interface HeldMessage {
  readonly afterSave: number;
  readonly message: Message;
}

export class Core {
  readonly config: RaftConfig;
  readonly id: NodeId;
  readonly log: RaftLog;
  readonly configurations: ConfigurationHistory;
  readonly random: SeededRandom;
  readonly stamps: Stamps;
  /** Ticks since the start, but for those that were slept through. */
  nowTick = 0;
  /**
   * The host's monotonic clock, as it was last told. Leases depend on it, and how far reads may lag: before the first time, no lease
   * holds, and nothing is known to be fresh.
   */
  nowMs: number = Number.NEGATIVE_INFINITY;
  /** When a leader was last heard of, in ticks. A member that starts may have heard of one just before. */
  lastContactTick = 0;
  commitIndex: Index;
  appliedIndex: Index;
  leader: NodeId | undefined;
  /** What leaders have proven to this member while it followed them. That stays true, whoever leads later; it only grows old. */
  freshness: Freshness | undefined;
  /** Nodes of which the host has said last that the connection is broken. */
  readonly downPeers: Set<NodeId> = new Set();

  #quorum: Quorum;
  #hardState: HardState;
  #requestedSave = 0;
  #completedSave = 0;
  #held: HeldMessage[] = [];
  #effects: Effect[] = [];
  /** Belongs to the group, or did so earlier in this life and has not been told yet that it does not any more. */
  #wasMember: boolean;
  /** As of where it was told last that it does not belong to the group. What it has missed may have let it in and out again. */
  #removedIndex: Index = Number.POSITIVE_INFINITY;

  constructor(config: RaftConfig, recovered: RecoveredState) {
    assert(
      config.heartbeatTicks >= 1 && config.electionTicks > config.heartbeatTicks,
      'heartbeats are more frequent than elections',
    );
    const { termRuns, lastIndex, base, hardState, configurations, appliedIndex } = recovered;
    assert(
      appliedIndex >= base.index && appliedIndex <= lastIndex,
      'the log holds what follows on the state machine, without a gap',
    );
    this.config = config;
    this.id = config.id;
    this.log = new RaftLog(termRuns, lastIndex, base, config.cacheBytesMax);
    this.configurations = new ConfigurationHistory(configurations, appliedIndex);
    this.#quorum = quorumOf(this.configuration);
    // Whoever was removed before it was started may not have been told.
    this.#wasMember = configurations.some(([, configuration]) => isMember(this.id, configuration));
    this.random = new SeededRandom(config.seed);
    this.stamps = new Stamps(config.lifeId);
    this.commitIndex = appliedIndex;
    this.appliedIndex = appliedIndex;
    // The term is durable before any entry of it is acknowledged, but an entry can reach the disk before the term does.
    const knowsLastTerm = hardState.term >= this.log.lastTerm;
    this.#hardState = knowsLastTerm ? hardState : { ...hardState, term: this.log.lastTerm, votedFor: undefined };
    // Nothing that is committed in a new lineage was committed by counting what was lost before it (restoring.md).
    if (lineageOf(this.log.lastTerm) > lineageOf(hardState.term)) this.#hardState = { ...this.#hardState, incident: 0 };
  }

  get term(): Term {
    return this.#hardState.term;
  }

  /**
   * Whoever votes for a member of a new lineage has come to it without the entry that began it. Until that arrives, the members that he
   * knows are those from before, and would be drawn in by his election; perhaps as a majority, which would replace the entry.
   */
  get knowsLineage(): boolean {
    return lineageOf(this.log.lastTerm) === lineageOf(this.term);
  }

  get votedFor(): NodeId | undefined {
    return this.#hardState.votedFor;
  }

  /** See `HardState.incident`: unless it is 0, this member must not vote, campaign or count. */
  get incident(): number {
    return this.#hardState.incident;
  }

  get configuration(): Configuration {
    return this.configurations.current;
  }

  /**
   * May a leader count on this member's loyalty, so that it can read by lease? Every configuration matters that may be in
   * force: the newest may be what a leader left that was replaced.
   */
  get promisesLoyalty(): boolean {
    return this.configurations.since(this.commitIndex).some(({ leases }) => leases);
  }

  /** Of the newest configuration. */
  get quorum(): Quorum {
    return this.#quorum;
  }

  /**
   * May this member be elected? Also one that has left, as long as it does not know that this is committed: perhaps only those
   * who left have the entry that says so, and nobody else can be elected without their votes (section 4.2.2).
   */
  get isVoter(): boolean {
    return this.configurations.since(this.commitIndex).some((configuration) => isVoter(this.id, configuration));
  }

  /** The other voters. */
  peers(): NodeId[] {
    return this.quorum.voters().filter((node) => node !== this.id);
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /**
   * Sends, unless term and vote are not durable yet: no message may speak for a term or a vote that a crash could undo.
   * Pre-vote messages promise nothing and go at once.
   */
  send(message: Message): void {
    const promisesNothing = message.type === MessageType.preVoteRequest || message.type === MessageType.preVoteResponse;
    if (promisesNothing || this.#completedSave === this.#requestedSave) {
      this.emit({ type: 'send', message });
    } else if (this.#held.length < heldMessagesMax) {
      this.#held.push({ afterSave: this.#requestedSave, message });
    }
  }

  askForPreVote(to: NodeId): void {
    this.send({ type: MessageType.preVoteRequest, campaignTerm: this.term + 1, ...this.#candidacy(to) });
  }

  askForVote(to: NodeId, transfer: boolean): void {
    this.send({ type: MessageType.voteRequest, transfer, ...this.#candidacy(to) });
  }

  #candidacy(to: NodeId): Pick<VoteRequest, 'from' | 'to' | 'term' | 'lastIndex' | 'lastTerm'> {
    const { lastIndex, lastTerm } = this.log;
    return { from: this.id, to, term: this.term, lastIndex, lastTerm };
  }

  /** Returns the sequence under which the disk will confirm it. */
  setVote(term: Term, votedFor: NodeId | undefined): number {
    assert(term >= this.term, 'terms never fall');
    assert(term > this.term || this.votedFor === undefined || this.votedFor === votedFor, 'one vote per term');
    assert(votedFor === undefined || this.incident === 0, 'a member that lost entries does not vote');
    return this.#saveHardState({ term, votedFor, incident: this.incident });
  }

  /** What was lost is made up for. If the save is lost in a crash, it is merely made up for again. */
  closeIncident(): void {
    // Perhaps this member has helped another to lead in this term, or tried to, and has forgotten it: its vote goes to who won.
    const votedFor = hasForgottenVotes(this.incident) ? this.leader : this.votedFor;
    this.#saveHardState({ term: this.term, votedFor, incident: 0 });
  }

  #saveHardState(hardState: HardState): number {
    this.#hardState = hardState;
    const sequence = ++this.#requestedSave;
    this.emit({ type: 'saveHardState', sequence, hardState });
    return sequence;
  }

  hardStateSaved(sequence: number): void {
    assert(sequence <= this.#requestedSave, 'only what was asked for is saved');
    this.#completedSave = Math.max(this.#completedSave, sequence);
    const stillHeld: HeldMessage[] = [];
    for (const held of this.#held) {
      if (held.afterSave <= this.#completedSave) this.emit({ type: 'send', message: held.message });
      else stillHeld.push(held);
    }
    this.#held = stillHeld;
  }

  appendToLog(batch: Batch): void {
    if (batch.firstIndex <= this.log.lastIndex) {
      assert(batch.firstIndex > this.commitIndex, 'a committed entry is never truncated');
      this.log.truncateFrom(batch.firstIndex);
      if (this.configurations.truncateFrom(batch.firstIndex)) this.#configurationChanged();
    }
    const sequence = this.log.append(batch, this.nowTick);
    assert(this.log.lastIndex === lastIndexOf(batch), 'the log ends with what was appended last');
    this.emit({ type: 'append', sequence, batch });
    if (batch.kind === BatchKind.configuration) {
      assert(batch.configuration !== undefined && batch.count === 1, 'a configuration is one entry');
      this.configurations.append(batch.firstIndex, batch.configuration);
      this.#configurationChanged();
    }
  }

  /** Takes a snapshot in place of the log, which disagrees with it or ends before it. */
  installSnapshot(snapshot: SnapshotPosition): void {
    assert(snapshot.index > this.commitIndex, 'a snapshot never takes back what is committed');
    const sequence = this.log.resetTo({ index: snapshot.index, term: snapshot.term }, this.nowTick);
    this.configurations.resetTo(snapshot.index, snapshot.configuration);
    this.emit({ type: 'installSnapshot', sequence, snapshot });
    this.#configurationChanged();
    this.commitIndex = snapshot.index;
  }

  appliedTo(index: Index): void {
    assert(index >= this.appliedIndex && index <= this.commitIndex, 'only what is committed is applied, in order');
    this.appliedIndex = index;
  }

  /** Entries up to `index` are in a durable snapshot, and nobody needs them as entries. */
  compactTo(index: Index): void {
    assert(index <= this.appliedIndex, 'only what is applied is compacted');
    if (index <= this.log.base.index) return;
    this.log.compactTo(index);
    this.configurations.compactTo(index);
  }

  /** Moves the commit index forward; never back. */
  commitTo(index: Index): void {
    assert(index <= this.log.lastIndex, 'only what is in the log is committed');
    if (index <= this.commitIndex) return;
    this.commitIndex = index;
    this.emit({ type: 'commit', index });
  }

  #configurationChanged(): void {
    this.#quorum = quorumOf(this.configuration);
    this.#wasMember ||= isMember(this.id, this.configuration);
    this.emit({
      type: 'configuration',
      index: this.configurations.currentIndex,
      configuration: this.configuration,
    });
  }

  /**
   * With everything committed that a leader goes by, this member knows whether it still belongs to the group. One that never
   * did, a newcomer, is still being told.
   */
  noteRemoval(leaderIndex: Index): void {
    const { current, currentIndex } = this.configurations;
    const knowsAll = this.commitIndex >= Math.max(leaderIndex, currentIndex);
    if (knowsAll && !isMember(this.id, current)) this.#isRemoved(currentIndex, this.commitIndex);
  }

  /**
   * Another member knows that the configuration committed at `removedAt` is without this one, and still in force at
   * `commitIndex`. That counts, unless this member knows it too, and of a later one with it. Where this log says otherwise, it
   * is short or wrong.
   */
  toldOfRemoval({ removedAt, commitIndex = removedAt }: Pick<PreVoteResponse, 'removedAt' | 'commitIndex'>): void {
    if (removedAt === undefined || commitIndex === undefined) return;
    const [inForce, ...later] = this.configurations
      .since(commitIndex)
      .map((configuration) => isMember(this.id, configuration));
    const counts = inForce ? commitIndex > this.commitIndex : !later.includes(true);
    if (counts) this.#isRemoved(removedAt, commitIndex);
  }

  /** As of the configuration at `removedAt`; nothing up to `index` says otherwise. */
  #isRemoved(removedAt: Index, index: Index): void {
    if (!this.#wasMember && removedAt <= this.#removedIndex) return;
    this.#wasMember = false;
    this.#removedIndex = index;
    this.emit({ type: 'removed', index });
  }
}
