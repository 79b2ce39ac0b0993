// One member of one Raft group, as a pure state machine: inputs go in one at a time, effects come out in order.
// It does no I/O, reads no clock and draws no randomness but from its seed: the same inputs give the same effects.
//
// This file decides what concerns every role alike (terms, votes, changes of role); the roles do the rest.

import { assert } from './assert.ts';
import type { Batch, BatchHeader } from './batch.ts';
import type { RaftConfig, RecoveredState } from './config.ts';
import { type Configuration, type ConfigurationTarget, isMember } from './configuration.ts';
import { Core } from './core.ts';
import type { FragmentPlan } from './dispatch/coded-dispatch.ts';
import { planFault, type RoutePlan } from './dispatch/route-plan.ts';
import type { Effect } from './effects.ts';
import { lineageOf } from './lineage.ts';
import {
  type LeaderMessage,
  leaderOf,
  type Message,
  MessageType,
  type PreVoteRequest,
  type VoteRequest,
} from './messages.ts';
import { Candidate } from './roles/candidate.ts';
import { Follower } from './roles/follower.ts';
import { Leader } from './roles/leader.ts';
import type {
  Freshness,
  ProposeResult,
  ReconfigureResult,
  RoleBehaviour,
  TransferResult,
  Transition,
} from './roles/role.ts';
import type { RaftStatus } from './status.ts';
import { type Index, type NodeId, Role, type Term } from './types.ts';

export class Raft {
  readonly #core: Core;
  #role: RoleBehaviour;

  constructor(config: RaftConfig, recovered: RecoveredState) {
    this.#core = new Core(config, recovered);
    const follower = new Follower(this.#core);
    this.#role = follower;
    if (!this.#core.promisesLoyalty) follower.campaignSoon();
    // Alone in its group, there is nobody to wait for.
    const isAlone = this.#core.isVoter && this.#core.peers().length === 0;
    if (isAlone && this.#core.incident === 0) this.#become({ role: Role.preCandidate });
  }

  // --- inputs ------------------------------------------------------------------------------------------------------

  /** Time has moved on by one tick. */
  tick(): void {
    // Nobody's time passes in a silent group: whoever was heard of before the silence is taken to be there after it.
    if (this.#role.hibernates) return;
    this.#core.nowTick++;
    this.#become(this.#role.tick());
  }

  /**
   * The host's monotonic clock, in milliseconds. Leases and freshness are measured by it, for ticks stand still while a process
   * does: tell it before every input that may serve a read.
   */
  observeTime(nowMs: number): void {
    assert(nowMs >= this.#core.nowMs, 'a monotonic clock does not go back');
    this.#core.nowMs = nowMs;
  }

  /**
   * A message has arrived. It may be late, repeated, of any term, and from somebody who is not, or not yet, known to belong to
   * the group. An `installSnapshot` is handed in once its data is durable here.
   */
  step(message: Message): void {
    if (message.to !== this.#core.id) return;
    // Its own, back by way of a relay that was told nonsense.
    if (message.type === MessageType.append && message.leader === this.#core.id) return;
    if (message.type === MessageType.preVoteRequest) this.#onPreVoteRequest(message);
    else if (this.#isOfEarlierLineage(message)) this.#onEarlierLineage(message);
    else if (message.type === MessageType.voteRequest) this.#onVoteRequest(message);
    else if (message.term < this.#core.term) this.#onOlderTerm(message);
    else this.#onCurrentOrNewerTerm(message);
  }

  /**
   * Appends `count` entries as one batch, if this member leads. `seal` gets the header with the term and the indexes
   * that the batch was given and returns the record; it is called only if the proposal is accepted.
   */
  propose(count: number, payloadBytes: number, seal: (header: BatchHeader) => Uint8Array): ProposeResult {
    return this.#role.propose(count, payloadBytes, seal);
  }

  /** Asks for a linearizable read; the answer is a `readReady` effect, or none at all if a message is lost. Ids are not reused. */
  readIndex(requestId: number): void {
    this.#role.readIndex(requestId);
  }

  /**
   * How up to date a local read would be: it sees everything that anybody had committed at `asOfMs` once `commitIndex` is
   * applied. That is proven, whatever the network does, and whether or not the leader knows that it was replaced meanwhile.
   */
  freshness(): Freshness | undefined {
    return this.#role.freshness();
  }

  /** Every append and installSnapshot effect up to `sequence` is durable. */
  appended(sequence: number): void {
    this.#core.log.confirm(sequence);
    this.#become(this.#role.durable());
  }

  /** Every saveHardState effect up to `sequence` is durable. */
  hardStateSaved(sequence: number): void {
    this.#core.hardStateSaved(sequence);
    this.#become(this.#role.hardStateSaved(sequence));
  }

  /** The state machine has applied everything up to `index`. */
  applied(index: Index): void {
    this.#core.appliedTo(index);
  }

  /** Answers a `readLog` effect. Empty: the read failed, and is tried again later. */
  logRead(to: NodeId, term: Term, session: number, batches: readonly Batch[]): void {
    if (this.#role instanceof Leader && this.#role.term === term) this.#role.logRead(to, session, batches);
  }

  /**
   * Answers a `sendSnapshot` effect: the follower was offered the snapshot that ends with `index`, and the entries behind it will
   * be kept for it. `undefined`: there was none, or it could not be sent; tried again later.
   */
  snapshotOffered(to: NodeId, term: Term, session: number, index: Index | undefined): void {
    if (this.#role instanceof Leader && this.#role.term === term) this.#role.snapshotOffered(to, session, index);
  }

  /**
   * Entries up to `index`, the end of a batch, are in a durable snapshot and are not kept any longer. Above
   * `status().compactableIndex` somebody will need that snapshot.
   */
  compact(index: Index): void {
    this.#core.compactTo(index);
  }

  /**
   * Leads the group to another configuration, in as many steps as are needed, if this member leads. Accepted, it is on its way;
   * whether it comes through is seen in the configurations that are committed: a leader that fails may take it with it.
   */
  reconfigure(target: ConfigurationTarget): ReconfigureResult {
    if (this.#role instanceof Leader) return this.#role.reconfigure(target);
    return { accepted: false, reason: 'notLeader', detail: 'only the leader can change the members' };
  }

  /**
   * Hands leadership over to a voter that is within reach and could lead, as soon as it has everything. Until then proposals are refused. Fails by the
   * `transferFailed` effect; if it works, this member follows.
   */
  transferLeadership(to: NodeId): TransferResult {
    if (this.#role instanceof Leader) return this.#role.transferTo(to);
    return { accepted: false, reason: 'notLeader' };
  }

  /**
   * From now on, followers are fed along this plan, if this member leads; until then, and whoever is not in step, by the leader itself.
   * A new leader begins without a plan.
   */
  useRoutes(plan: RoutePlan): void {
    const fault = planFault(plan);
    assert(fault === undefined, fault ?? '');
    if (this.#role instanceof Leader) this.#role.useRoutes(plan);
  }

  /**
   * This follower is slow to pass on: what is under way through it is sent by the leader, too, if this member leads. From now on, the plan
   * should do without it.
   */
  bypass(relay: NodeId): void {
    if (this.#role instanceof Leader) this.#role.bypass(relay);
  }

  /**
   * From now on, large batches travel in fragments, if this member leads and enough followers are in step; all others as `useRoutes` says.
   * `undefined`, and of a new leader: none do.
   */
  useFragments(plan: FragmentPlan | undefined): void {
    if (this.#role instanceof Leader) this.#role.useFragments(plan);
  }

  /** Somebody is about to use the group: it must not hibernate any longer. */
  wake(): void {
    this.#role.wake();
  }

  /** A connection to this peer was made. A hint, never needed for safety or progress: it saves waiting. */
  peerUp(peer: NodeId): void {
    this.#core.downPeers.delete(peer);
    this.#role.peerUp(peer);
  }

  /** The connection to this peer was lost, or there is none when the member starts. A hint, like `peerUp`. */
  peerDown(peer: NodeId): void {
    this.#core.downPeers.add(peer);
    this.#role.peerDown(peer);
  }

  // --- outputs -----------------------------------------------------------------------------------------------------

  /** The effects of the inputs since the last call, in the order in which they are to be carried out. */
  takeEffects(): Effect[] {
    return this.#core.takeEffects();
  }

  /** Newest batches from memory, starting with the one that holds `fromIndex`; `undefined`: ask the log store. */
  cachedBatches(fromIndex: Index, bytesMax: number): Batch[] | undefined {
    return this.#core.log.cachedFrom(fromIndex, bytesMax);
  }

  /** The term of the entry at `index`; `undefined` if there is no such entry. */
  termAt(index: Index): Term | undefined {
    return this.#core.log.termAt(index);
  }

  get role(): Role {
    return this.#role.role;
  }

  get term(): Term {
    return this.#core.term;
  }

  get leader(): NodeId | undefined {
    return this.#core.leader;
  }

  get commitIndex(): Index {
    return this.#core.commitIndex;
  }

  /** The group is silent: it needs no ticks until it is woken. */
  get hibernates(): boolean {
    return this.#role.hibernates;
  }

  get configuration(): Configuration {
    return this.#core.configuration;
  }

  /** The configuration in force at `index`, which must not be below the log's base. */
  configurationAt(index: Index): Configuration {
    return this.#core.configurations.at(index).configuration;
  }

  status(): RaftStatus {
    const { id, term, votedFor, leader, log, commitIndex, appliedIndex } = this.#core;
    const leading = this.#role instanceof Leader ? this.#role : undefined;
    return {
      id,
      role: this.#role.role,
      term,
      votedFor,
      leader,
      lastIndex: log.lastIndex,
      lastTerm: log.lastTerm,
      durableIndex: log.durableIndex,
      commitIndex,
      commitTerm: log.termAt(commitIndex) ?? 0,
      appliedIndex,
      baseIndex: log.base.index,
      configuration: this.#core.configuration,
      configurationIndex: this.#core.configurations.currentIndex,
      compactableIndex: Math.min(appliedIndex, log.durableIndex, leading?.neededIndex() ?? Number.POSITIVE_INFINITY),
      hibernates: this.#role.hibernates,
      transferringTo: leading?.successor,
      uncommittedBytes: leading?.uncommittedBytes ?? 0,
      weaklyAcceptedIndex: leading?.weaklyAcceptedIndex ?? 0,
      cachedBytes: log.cachedBytes,
      windowBytes: this.#role instanceof Follower ? this.#role.windowBytes : 0,
      followers: leading?.followerStatus() ?? [],
    };
  }

  // --- terms and votes ---------------------------------------------------------------------------------------------

  /** From a member that does not know that the group was forced to go on: it may be one that was left behind. */
  #isOfEarlierLineage({ term }: Message): boolean {
    return lineageOf(term) < lineageOf(this.#core.term);
  }

  /** Counts for nothing; only who is asked whether it would vote answers from where it still is. */
  #onEarlierLineage(message: Message): void {
    if (message.type === MessageType.preVoteResponse) this.#become(this.#role.step(message));
  }

  #onPreVoteRequest(request: PreVoteRequest): void {
    const { id, log, incident, commitIndex } = this.#core;
    // Its log parts from what is committed here, and whatever it goes on with, or has committed in an earlier lineage, says nothing of who
    // belongs to the group.
    const isOverruled = request.lastTerm < (log.termAt(commitIndex) ?? 0);
    // No answer may draw a member that was left behind into this lineage.
    const isLeftBehind = this.#isOfEarlierLineage(request);
    const term = isLeftBehind ? request.term : this.#core.term;
    const removedAt = this.#removalOf(request.from);
    // Who belongs to the group no more wants nothing of it. A silent member knows all that its leader knows, so it knows who does.
    if (removedAt === undefined) this.#role.wake();
    const better = log.isUpToDate(request.lastIndex, request.lastTerm);
    // Two pre-candidates with equal logs would split the vote: one yields.
    const yields =
      this.#role.role === Role.preCandidate &&
      this.#goesBefore(id, request.from) &&
      request.lastIndex === log.lastIndex &&
      request.lastTerm === log.lastTerm;
    const mayVote = incident === 0 && !this.#role.hearsLeader();
    const granted = request.campaignTerm > this.#core.term && better && !yields && mayVote;
    this.#core.send({
      type: MessageType.preVoteResponse,
      from: id,
      to: request.from,
      term,
      campaignTerm: request.campaignTerm,
      granted,
      removedAt,
      commitIndex: isOverruled ? Math.max(commitIndex, request.lastIndex + 1) : commitIndex,
    });
    if (!granted) this.#role.rivalRefused(request.from);
  }

  /** Of two candidates that are equally good: the preferred leader, or else the one with the higher id. */
  #goesBefore(a: NodeId, b: NodeId): boolean {
    const { preferredLeader } = this.#core.configuration;
    if (preferredLeader === a || preferredLeader === b) return preferredLeader === a;
    return a > b;
  }

  /** Index of the committed configuration without this node; `undefined` if it may still belong, or come to belong, to the group. */
  #removalOf(node: NodeId): Index | undefined {
    const { configurations, configuration, commitIndex } = this.#core;
    const committed = configurations.at(commitIndex);
    const isOutside = !isMember(node, committed.configuration) && !isMember(node, configuration);
    return isOutside && committed.configuration.voters.length > 0 ? committed.index : undefined;
  }

  #onVoteRequest(request: VoteRequest): void {
    const core = this.#core;
    this.#role.wake();
    // Whoever hears from a live leader must not help to depose it, not even by adopting a higher term; unless it wants to go.
    const isLoyal = !request.transfer && this.#role.hearsLeader();
    if (isLoyal && request.term > core.term) return;
    // The own term may be newer than that leader's, without a vote in it yet.
    const breaksLoyalty = isLoyal && core.votedFor === undefined;
    const mayVote = core.leader === undefined && !breaksLoyalty && (core.votedFor ?? request.from) === request.from;
    const free = request.term > core.term || (request.term === core.term && mayVote);
    const granted = free && core.incident === 0 && core.log.isUpToDate(request.lastIndex, request.lastTerm);
    if (granted) this.#grantVote(request);
    else if (request.term > core.term) this.#followInTerm(request.term, undefined, undefined);
    core.send({ type: MessageType.voteResponse, from: core.id, to: request.from, term: core.term, granted });
  }

  #grantVote(request: VoteRequest): void {
    if (request.term > this.#core.term) {
      this.#followInTerm(request.term, request.from, undefined);
    } else {
      if (this.#core.votedFor === undefined) this.#core.setVote(request.term, request.from);
      if (this.#role.role === Role.preCandidate) this.#become({ role: Role.follower, leader: undefined });
    }
    if (this.#role instanceof Follower) this.#role.postponeElection();
  }

  /** Tells a leader of an earlier term that its time is over; drops the rest, but for the data of a snapshot, which took its time. */
  #onOlderTerm(message: Message): void {
    const { id, term, appliedIndex } = this.#core;
    if (isOfLeader(message)) {
      this.#core.send({
        type: MessageType.heartbeatAck,
        from: id,
        to: leaderOf(message),
        term,
        session: message.session,
        round: 0,
        receivedIndex: 0,
        durableIndex: 0,
        durableTerm: 0,
        incident: this.#core.incident,
        appliedIndex,
        hibernates: false,
        stamp: undefined,
      });
      if (message.type === MessageType.installSnapshot && this.#role instanceof Follower) {
        this.#role.takeSnapshot(message.snapshot);
      }
    } else if (message.type === MessageType.preVoteResponse) {
      // The voter's term may be lower: the campaign's term is in the answer.
      this.#become(this.#role.step(message));
    }
  }

  #onCurrentOrNewerTerm(message: Message): void {
    const leader = leaderOf(message);
    if (message.term > this.#core.term) this.#followInTerm(message.term, undefined, leader);
    const transition = this.#role.step(message);
    this.#become(transition);
    // A candidate that learns of the winner becomes its follower, and as such takes the message in.
    if (leader !== undefined && transition?.role === Role.follower) this.#become(this.#role.step(message));
  }

  #followInTerm(term: Term, votedFor: NodeId | undefined, leader: NodeId | undefined): void {
    this.#core.setVote(term, votedFor);
    this.#become({ role: Role.follower, leader });
  }

  #become(first: Transition | undefined): void {
    for (let transition = first; transition !== undefined; ) transition = this.#enter(transition);
  }

  /** Ends the current role, begins the next, and returns the transition to which that may lead at once. */
  #enter(transition: Transition): Transition | undefined {
    const core = this.#core;
    this.#role.leave();
    switch (transition.role) {
      case Role.follower: {
        core.leader = transition.leader;
        this.#role = new Follower(core);
        this.#announceRole();
        return undefined;
      }
      case Role.leader: {
        core.leader = core.id;
        const leader = new Leader(core);
        this.#role = leader;
        this.#announceRole();
        leader.start();
        return undefined;
      }
      default: {
        core.leader = undefined;
        const transfer = transition.role === Role.candidate && transition.transfer;
        const candidate = new Candidate(core, transition.role, transfer);
        this.#role = candidate;
        this.#announceRole();
        return candidate.start();
      }
    }
  }

  #announceRole(): void {
    const { term, leader } = this.#core;
    this.#core.emit({ type: 'role', role: this.#role.role, term, leader });
  }
}

function isOfLeader(message: Message): message is LeaderMessage {
  return leaderOf(message) !== undefined;
}
