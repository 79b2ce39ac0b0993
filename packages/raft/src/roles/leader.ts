import { assert } from '../assert.ts';
import { type Batch, type BatchHeader, BatchKind, lastIndexOf, liesWithin } from '../batch.ts';
import {
  type Configuration,
  type ConfigurationTarget,
  faultOf,
  firstStep,
  isJoint,
  isSameTarget,
  membersOf,
  quorumOf,
  withoutOutgoing,
} from '../configuration.ts';
import type { Core } from '../core.ts';
import { CodedDispatch, type FragmentPlan } from '../dispatch/coded-dispatch.ts';
import { isOverdue } from '../dispatch/overdue.ts';
import { RelayDispatch } from '../dispatch/relay-dispatch.ts';
import type { RoutePlan } from '../dispatch/route-plan.ts';
import { hasForgottenVotes } from '../incident.ts';
import { Lease } from '../lease.ts';
import {
  type AppendAck,
  type AppendReject,
  type HeartbeatAck,
  type Message,
  MessageType,
  type Route,
  type WeakAck,
} from '../messages.ts';
import { type IndexRange, Progress } from '../progress.ts';
import { type PendingRead, ReadQueue } from '../read-queue.ts';
import type { FollowerStatus } from '../status.ts';
import { type Index, type NodeId, Role, type Term } from '../types.ts';
import { Handover } from './handover.ts';
import { Hibernation } from './hibernation.ts';
import type {
  Freshness,
  ProposeResult,
  ReconfigureRefusal,
  ReconfigureResult,
  RoleBehaviour,
  TransferResult,
  Transition,
} from './role.ts';
import { WeakAcceptance } from './weak-acceptance.ts';

/** A batch that a leader is about to append. */
interface OwnBatch {
  readonly kind: BatchKind;
  readonly count: number;
  readonly payloadBytes: number;
  readonly seal: (header: BatchHeader) => Uint8Array;
  readonly configuration?: Configuration;
}

export class Leader implements RoleBehaviour {
  readonly role: typeof Role.leader = Role.leader;
  /** The term that was won. Everything this leader says or appends is of this term. */
  readonly term: Term;
  readonly #core: Core;
  readonly #followers = new Map<NodeId, Progress>();
  readonly #dispatch: RelayDispatch;
  readonly #coded: CodedDispatch;
  /** Where the sessions of whoever joins begin: behind those of everybody who left, for it may be one of them. */
  #firstSession = 1;
  readonly #reads = new ReadQueue();
  /** First index of this leadership: nothing before it is committed by counting (Raft paper, section 5.4.2). */
  readonly #firstOwnIndex: Index;
  #round = 0;
  /** The newest round that a quorum has answered. */
  #confirmedRound = 0;
  /** The round that is to prove what followers' stamps are older than. */
  #provingRound = 0;
  #heartbeatTick: number;
  /** When to look after what nothing else sets off. Not with the rounds: while reads keep beginning them, none is ever due. */
  #dutiesTick: number;
  /** What this leader has appended and not yet committed. */
  #uncommitted: { readonly lastIndex: Index; readonly bytes: number }[] = [];
  #uncommittedBytes = 0;
  readonly #weak: WeakAcceptance;
  /** The commit index one round ago: who holds that much is caught up. */
  #caughtUpIndex: Index = 0;
  #commitIndexOfLastRound: Index = 0;
  readonly #lease = new Lease();
  /** Once a rival was sent to campaign, its requests may arrive at any time: no lease is safe any more. */
  #leaseIsSafe = true;
  readonly #handover: Handover;
  readonly #hibernation: Hibernation;
  #resigns = false;

  constructor(core: Core) {
    this.#core = core;
    this.term = core.term;
    this.#firstOwnIndex = core.log.lastIndex + 1;
    this.#weak = new WeakAcceptance(core, this.#firstOwnIndex);
    this.#heartbeatTick = core.nowTick + core.config.heartbeatTicks;
    this.#dutiesTick = this.#heartbeatTick;
    this.#coded = new CodedDispatch(core, this.#followers);
    this.#dispatch = new RelayDispatch(core, this.#followers, {
      feed: (follower) => this.#replicateTo(follower),
      send: (follower, prevIndex, batches, routes) => this.#sendAppend(follower, prevIndex, batches, routes),
    });
    this.#handover = new Handover(core);
    this.#hibernation = new Hibernation(core);
    this.#followMembers();
  }

  /** To whom leadership is being handed over. */
  get successor(): NodeId | undefined {
    return this.#handover.successor;
  }

  get hibernates(): boolean {
    return this.#hibernation.isAsleep;
  }

  /** Announces the leadership by its first entry, which also commits what earlier leaders left. */
  start(): void {
    this.#append({ kind: BatchKind.noop, count: 1, payloadBytes: 0, seal: this.#core.config.sealNoop });
  }

  tick(): Transition | undefined {
    const { nowTick } = this.#core;
    if (!this.#hearsQuorum()) return { role: Role.follower, leader: undefined };
    this.#handover.tick();
    const areDutiesDue = nowTick >= this.#dutiesTick;
    if (areDutiesDue) this.#dismissThoseWhoLeft();
    if (nowTick >= this.#heartbeatTick) this.#beginRound();
    if (!areDutiesDue) return undefined;
    this.#dutiesTick = nowTick + this.#core.config.heartbeatTicks;
    this.#dispatch.feedAll();
    this.#considerHandingOver();
    // With nobody within reach, nobody's answer decides it.
    this.#hibernateIfAllAgree();
    return undefined;
  }

  step(message: Message): Transition | undefined {
    if (message.type === MessageType.readIndexRequest) {
      this.#addRead({ from: message.from, requestId: message.requestId });
      return undefined;
    }
    if (message.type === MessageType.wake) this.wake();
    assert(message.type !== MessageType.append && message.type !== MessageType.heartbeat, 'one leader per term');
    const follower = this.#followers.get(message.from);
    if (follower === undefined) return undefined;
    switch (message.type) {
      case MessageType.appendAck:
        this.#onAppendAck(follower, message);
        break;
      case MessageType.weakAck:
        this.#onWeakAck(follower, message);
        break;
      case MessageType.appendReject:
        this.#onAppendReject(follower, message);
        break;
      case MessageType.heartbeatAck:
        this.#onHeartbeatAck(follower, message);
        break;
      default:
        // Votes that came after the election was won.
        break;
    }
    return this.#resignation();
  }

  durable(): Transition | undefined {
    this.#commitWhatAQuorumHolds();
    this.#acceptWhatAQuorumHasReceived();
    return this.#resignation();
  }

  hardStateSaved(): undefined {
    return undefined;
  }

  peerUp(peer: NodeId): void {
    const follower = this.#followers.get(peer);
    if (follower === undefined) return;
    follower.lostTick = Number.NEGATIVE_INFINITY;
    // Between two that agreed to be silent, nothing was on its way that could be lost.
    if (this.hibernates && follower.hibernates) return;
    this.wake();
    this.#restart(follower);
    this.#sendHeartbeat(follower);
    this.#dispatch.feed(follower);
  }

  peerDown(peer: NodeId): void {
    const follower = this.#followers.get(peer);
    if (follower === undefined) return;
    follower.lostTick = this.#core.nowTick;
    // Whoever comes back has to say anew what it holds: it may have come back without its disk.
    this.#restart(follower);
    if (this.hibernates) return;
    // What it was to pass on may have gone with it.
    for (const receiver of this.#dispatch.fedThrough(peer)) this.#sendAgain(receiver);
  }

  hearsLeader(): boolean {
    return true;
  }

  rivalRefused(): void {}

  propose(count: number, payloadBytes: number, seal: (header: BatchHeader) => Uint8Array): ProposeResult {
    assert(count >= 1, 'a proposal has entries');
    const full =
      this.#uncommittedBytes > 0 && this.#uncommittedBytes + payloadBytes > this.#core.config.uncommittedBytesMax;
    if (full) return { accepted: false, reason: 'full', leader: this.#core.id };
    if (this.#handover.isUnderWay) return { accepted: false, reason: 'transferring', leader: this.#core.id };
    const batch = this.#append({ kind: BatchKind.entries, count, payloadBytes, seal });
    return { accepted: true, term: this.term, firstIndex: batch.firstIndex, lastIndex: lastIndexOf(batch) };
  }

  readIndex(requestId: number): void {
    this.#addRead({ from: this.#core.id, requestId });
  }

  /** Batches that had to be read from disk for a follower. */
  logRead(to: NodeId, session: number, batches: readonly Batch[]): void {
    const follower = this.#followers.get(to);
    if (follower === undefined || follower.session !== session || !follower.reading) return;
    follower.reading = false;
    // Nothing at all: the read failed, and the next heartbeat tries again.
    if (batches.length === 0) return;
    // Meanwhile a late acknowledgement may have covered some of it.
    const needed = batches.filter((batch) => lastIndexOf(batch) >= follower.nextIndex);
    // Meanwhile the log may have been compacted, too; then the follower needs a snapshot.
    if (needed.length > 0 && needed[0]!.firstIndex > this.#core.log.base.index) this.#sendBatches(follower, needed);
    this.#dispatch.feed(follower);
  }

  snapshotOffered(to: NodeId, session: number, index: Index | undefined): void {
    const follower = this.#followers.get(to);
    if (follower === undefined || follower.session !== session || follower.state !== 'snapshot') return;
    if (index === undefined) follower.nextOfferTick = this.#core.nowTick + this.#core.config.heartbeatTicks;
    else if (index > follower.matchIndex) follower.snapshotIndex = Math.min(index, follower.snapshotIndex ?? index);
  }

  reconfigure(target: ConfigurationTarget): ReconfigureResult {
    const refused = (reason: ReconfigureRefusal, detail: string): ReconfigureResult => {
      return { accepted: false, reason, detail };
    };
    const { configuration, configurations, commitIndex } = this.#core;
    const fault = faultOf(target);
    if (fault !== undefined) return refused('invalid', fault);
    if (!this.#ownEntryIsCommitted()) return refused('notReady', 'the leader has committed nothing of its own yet');
    if (isJoint(configuration) || configurations.currentIndex > commitIndex) {
      return refused('changeInProgress', `the change at entry ${configurations.currentIndex} is not complete`);
    }
    if (this.#handover.isUnderWay) return refused('transferring', 'leadership is being handed over');
    if (isSameTarget(configuration, target)) return { accepted: true, index: 0 };
    const newVoters = target.voters.filter((node) => !configuration.voters.includes(node));
    const behind = newVoters.filter((node) => !this.#isCaughtUp(node));
    if (behind.length > 0) return refused('notCaughtUp', `not caught up as learners: ${behind.join(', ')}`);
    if (!quorumOf({ ...target, outgoing: [] }).isReachedBy((node) => this.#mayCount(node))) {
      return refused('quorumOutOfReach', 'of the voters asked for, no quorum is in contact');
    }
    return { accepted: true, index: this.#appendConfiguration(firstStep(configuration, target)) };
  }

  /** From now on, entries go this way; what is under way keeps its route. */
  useRoutes(plan: RoutePlan): void {
    this.#dispatch.use(plan);
  }

  /** Whichever comes first counts; nobody's session begins anew. */
  bypass(relay: NodeId): void {
    this.#bypass(relay, { prevIndex: 0, lastIndex: this.#core.log.lastIndex });
  }

  /** `undefined`: from now on, nothing travels in fragments. */
  useFragments(plan: FragmentPlan | undefined): void {
    this.#coded.use(plan);
  }

  transferTo(to: NodeId): TransferResult {
    const { id, configuration } = this.#core;
    if (this.#handover.isUnderWay) return { accepted: false, reason: 'transferring' };
    if (!configuration.voters.includes(to)) return { accepted: false, reason: 'notVoter' };
    if (to === id) return { accepted: true };
    if (!this.#mayCount(to)) return { accepted: false, reason: 'outOfReach' };
    this.wake();
    this.#handover.begin(to);
    this.#askToCampaign();
    return { accepted: true };
  }

  wake(): void {
    this.#hibernation.noteActivity();
    if (!this.hibernates) return;
    this.#hibernation.wake();
    for (const follower of this.#followers.values()) follower.hibernates = false;
    this.#beginRound();
  }

  leave(): void {
    this.#hibernation.wake();
    for (const read of this.#reads.drain()) this.#answerRead(read, undefined);
  }

  followerStatus(): FollowerStatus[] {
    return [...this.#followers.values()].map((follower) => ({
      id: follower.id,
      state: follower.state,
      matchIndex: follower.matchIndex,
      nextIndex: follower.nextIndex,
      inflightBytes: follower.inflightBytes,
      relay: follower.relay,
      takesFragments: follower.takesFragments,
      appliedIndex: follower.appliedIndex,
      snapshotIndex: follower.snapshotIndex,
      isCaughtUp: this.#isCaughtUp(follower.id),
    }));
  }

  /** Entries behind this index are needed by a follower that is getting on. */
  neededIndex(): Index {
    let needed = Number.POSITIVE_INFINITY;
    for (const follower of this.#followers.values()) {
      if (this.#isInContact(follower.id)) needed = Math.min(needed, follower.snapshotIndex ?? follower.matchIndex);
    }
    return needed;
  }

  get uncommittedBytes(): number {
    return this.#uncommittedBytes;
  }

  get weaklyAcceptedIndex(): Index {
    return this.#weak.index;
  }

  #append({ kind, count, payloadBytes, seal, configuration }: OwnBatch): Batch {
    const core = this.#core;
    assert(core.term === this.term, 'a leader appends only in the term it won');
    this.wake();
    const header = { kind, term: this.term, prevTerm: core.log.lastTerm, firstIndex: core.log.lastIndex + 1, count };
    const batch: Batch = { ...header, bytes: seal(header), ...(configuration && { configuration }) };
    this.#uncommitted.push({ lastIndex: lastIndexOf(batch), bytes: payloadBytes });
    this.#uncommittedBytes += payloadBytes;
    core.appendToLog(batch);
    if (configuration !== undefined) this.#followMembers();
    this.#coded.send(batch);
    this.#dispatch.feedAll();
    this.#acceptWhatAQuorumHasReceived();
    return batch;
  }

  // --- members -----------------------------------------------------------------------------------------------------

  #appendConfiguration(configuration: Configuration): Index {
    const seal = (header: BatchHeader): Uint8Array => this.#core.config.sealConfiguration(header, configuration);
    const batch = this.#append({ kind: BatchKind.configuration, count: 1, payloadBytes: 0, seal, configuration });
    return batch.firstIndex;
  }

  /** Who is new in the newest configuration is sent the log; who has left is sent it until it can know that. */
  #followMembers(): void {
    const { id, configuration, configurations, downPeers, log, nowTick } = this.#core;
    const members = membersOf(configuration);
    for (const member of members) {
      if (member === id) continue;
      const known = this.#followers.get(member);
      // Who was told that it does not belong to the group any more may come back with nothing of what it held.
      if (known?.leavesAtIndex !== undefined) this.#forget(known);
      else if (known !== undefined) continue;
      const follower = new Progress(member, this.#firstSession, log.lastIndex + 1, nowTick);
      if (downPeers.has(member)) follower.lostTick = nowTick;
      this.#followers.set(member, follower);
    }
    for (const follower of this.#followers.values()) {
      if (!members.includes(follower.id)) follower.leavesAtIndex ??= configurations.currentIndex;
    }
    // Promises were made under the rules of an earlier configuration.
    this.#lease.forfeit();
  }

  #dismissThoseWhoLeft(): void {
    const { commitIndex, nowTick, config } = this.#core;
    for (const follower of this.#followers.values()) {
      if (follower.leavesAtIndex === undefined) continue;
      if (commitIndex >= follower.leavesAtIndex) follower.dismissTick ??= nowTick + 2 * config.electionTicks;
      if (follower.dismissTick !== undefined && nowTick >= follower.dismissTick) this.#forget(follower);
    }
  }

  /** Answers that it gave so far must not speak for it if it joins again (drmingdrmer's rejoin bug). */
  #forget(follower: Progress): void {
    this.#firstSession = Math.max(this.#firstSession, follower.session + 1);
    this.#followers.delete(follower.id);
  }

  /** A committed configuration that is joint is left; one without this member ends the leadership. */
  #finishChange(): void {
    const core = this.#core;
    const { configuration, configurations } = core;
    if (configurations.currentIndex > core.commitIndex || !this.#ownEntryIsCommitted()) return;
    if (isJoint(configuration)) {
      this.#appendConfiguration(withoutOutgoing(configuration));
    } else if (!configuration.voters.includes(core.id)) {
      const successor = this.#bestSuccessor();
      if (successor !== undefined) this.#sendTimeoutNow(successor);
      this.#resigns = true;
      core.noteRemoval(core.commitIndex);
    }
  }

  #resignation(): Transition | undefined {
    return this.#resigns ? { role: Role.follower, leader: undefined } : undefined;
  }

  #isInContact(node: NodeId): boolean {
    const { nowTick, config, id } = this.#core;
    const lastContactTick = this.#followers.get(node)?.lastContactTick ?? Number.NEGATIVE_INFINITY;
    return node === id || nowTick - lastContactTick < config.electionTicks;
  }

  /** As far as is known, it can vote and hold what is committed from now on. */
  #mayCount(node: NodeId): boolean {
    const follower = this.#followers.get(node);
    if (follower === undefined) return node === this.#core.id;
    return this.#isInContact(node) && !this.#isGone(follower) && follower.incident === 0;
  }

  /** Its connection was lost, and it has not been heard of since; or not for long, for what was under way may come late. */
  #isGone({ id, lostTick, lastContactTick }: Progress): boolean {
    return lostTick > Number.NEGATIVE_INFINITY && (lastContactTick <= lostTick || !this.#isInContact(id));
  }

  #isCaughtUp(node: NodeId): boolean {
    const follower = this.#followers.get(node);
    if (follower === undefined) return node === this.#core.id;
    const isInStep = follower.state === 'replicate' && follower.incident === 0;
    return isInStep && this.#isInContact(node) && follower.matchIndex >= this.#caughtUpIndex && this.#caughtUpIndex > 0;
  }

  // --- handing over ------------------------------------------------------------------------------------------------

  /** To the member that should lead, or, if this one's disk is stuck, to any. */
  #considerHandingOver(): void {
    const { configuration, log, nowTick, config } = this.#core;
    if (this.#handover.isUnderWay) {
      this.#askToCampaign();
      return;
    }
    if (!this.#handover.mayBegin()) return;
    const stuckSinceTick = log.unconfirmedSinceTick;
    const isStuck = stuckSinceTick !== undefined && nowTick - stuckSinceTick >= config.electionTicks;
    if (isStuck) this.#handOverTo(this.#bestSuccessor());
    else if (this.#isToHandOver()) this.#handOverTo(configuration.preferredLeader);
  }

  /** Is another member to lead, and able to? */
  #isToHandOver(): boolean {
    const { id, configuration } = this.#core;
    const { preferredLeader } = configuration;
    return preferredLeader !== undefined && preferredLeader !== id && this.#isCaughtUp(preferredLeader);
  }

  #handOverTo(successor: NodeId | undefined): void {
    if (successor !== undefined) this.transferTo(successor);
  }

  /** The voter that holds most, if it is caught up. */
  #bestSuccessor(): NodeId | undefined {
    const { voters } = this.#core.configuration;
    const able = [...this.#followers.values()].filter(({ id }) => voters.includes(id) && this.#isCaughtUp(id));
    return able.sort((a, b) => b.matchIndex - a.matchIndex)[0]?.id;
  }

  /** As soon as the successor has everything, and again and again, for the message may be lost. */
  #askToCampaign(): void {
    const { successor } = this.#handover;
    const isComplete =
      successor !== undefined && this.#followers.get(successor)?.matchIndex === this.#core.log.lastIndex;
    if (isComplete) this.#sendTimeoutNow(successor);
  }

  #sendTimeoutNow(to: NodeId): void {
    this.#leaseIsSafe = false;
    this.#core.send({ type: MessageType.timeoutNow, from: this.#core.id, to, term: this.term });
  }

  // --- replication -------------------------------------------------------------------------------------------------

  /** Sends as much as the follower's state and the byte limit allow. */
  #replicateTo(follower: Progress): void {
    const { log, config } = this.#core;
    while (!follower.reading) {
      if (follower.nextIndex <= log.base.index) {
        this.#offerSnapshot(follower);
        return;
      }
      if (follower.state === 'probe' ? follower.probing : follower.inflightBytes >= config.inflightBytesMax) return;
      if (follower.nextIndex > log.lastIndex) {
        // A probe is sent even if there is nothing to carry: its answer shows where the follower stands.
        if (follower.state === 'probe') this.#sendAppend(follower, follower.nextIndex - 1, []);
        return;
      }
      const batches = log.cachedFrom(follower.nextIndex, config.appendBytesMax);
      if (batches === undefined) {
        this.#readFromDisk(follower);
        return;
      }
      this.#sendBatches(follower, batches);
    }
  }

  /** What comes next for it is compacted. The offer is repeated, for it may be lost. */
  #offerSnapshot(follower: Progress): void {
    const { nowTick, config } = this.#core;
    if (follower.state === 'snapshot' && nowTick < follower.nextOfferTick) return;
    follower.state = 'snapshot';
    follower.nextOfferTick = nowTick + config.electionTicks;
    this.#core.emit({ type: 'sendSnapshot', to: follower.id, term: this.term, session: follower.session });
  }

  #readFromDisk(follower: Progress): void {
    follower.reading = true;
    this.#core.emit({
      type: 'readLog',
      to: follower.id,
      term: this.term,
      session: follower.session,
      fromIndex: follower.nextIndex,
      bytesMax: this.#core.config.appendBytesMax,
    });
  }

  #sendBatches(follower: Progress, batches: readonly Batch[]): void {
    let bytes = 0;
    for (const batch of batches) bytes += batch.bytes.length;
    follower.sent(lastIndexOf(batches.at(-1)!), bytes, this.#core.nowTick);
    this.#sendAppend(follower, batches[0]!.firstIndex - 1, batches);
  }

  /** Also those below its receivers were to get it by way of them, and they would pass it on only when it came that way. */
  #bypass(relay: NodeId, range: IndexRange): void {
    for (const receiver of this.#followers.values()) {
      if (receiver.state !== 'replicate') continue;
      for (const run of receiver.takeOver(relay, range, this.#core.nowTick)) {
        this.#sendOnceMore(receiver, run);
        this.#bypass(receiver.id, run);
      }
    }
  }

  /** It counts as under way already. As far as it is in memory: what is not is missed at the next heartbeats. */
  #sendOnceMore(follower: Progress, { prevIndex, lastIndex }: IndexRange): void {
    const { log, config } = this.#core;
    for (let from = prevIndex; from < lastIndex; ) {
      const cached = from < log.base.index ? undefined : log.cachedFrom(from + 1, config.appendBytesMax);
      const batches = cached?.filter((batch) => liesWithin(batch, from, lastIndex)) ?? [];
      if (batches.length === 0) return;
      this.#sendAppend(follower, from, batches);
      from = lastIndexOf(batches.at(-1)!);
    }
  }

  #sendAppend(follower: Progress, prevIndex: Index, batches: readonly Batch[], routes: readonly Route[] = []): void {
    const core = this.#core;
    const prevTerm = core.log.termAt(prevIndex);
    assert(prevTerm !== undefined, 'a leader knows the term before what it sends');
    assert(batches.length === 0 || prevTerm === batches[0]!.prevTerm, 'batches know the term before them');
    follower.probing = follower.state === 'probe';
    core.send({
      type: MessageType.append,
      from: core.id,
      to: follower.id,
      term: this.term,
      leader: core.id,
      session: follower.session,
      prevIndex,
      prevTerm,
      commitIndex: core.commitIndex,
      batches,
      mayOvertake: follower.state === 'replicate' && (this.#dispatch.isInUse || this.#coded.isInUse),
      routes,
    });
  }

  /** What was on its way to it is lost, or taken to be. */
  #sendAgain(follower: Progress): void {
    this.#dispatch.lost(follower);
    this.#coded.lost(follower);
    this.#restart(follower);
    this.#dispatch.feed(follower);
  }

  /** Where nothing is proven yet, the end of the log is the best guess: one refusal tells more than the whole log sent again. */
  #restart(follower: Progress): void {
    follower.restart();
    if (follower.matchIndex === 0) follower.nextIndex = this.#core.log.lastIndex + 1;
  }

  #onAppendAck(follower: Progress, ack: AppendAck): void {
    follower.lastContactTick = this.#core.nowTick;
    if (ack.session !== follower.session || this.#reportsLoss(follower, ack.incident)) return;
    this.#credit(follower, ack.durableIndex, ack.durableTerm);
  }

  /** A strong accept counts only where this log holds the same (index, term): then everything before is equal too. */
  #credit(follower: Progress, durableIndex: Index, durableTerm: Term): void {
    if (this.#core.log.termAt(durableIndex) !== durableTerm) return;
    // Who waits for a snapshot has not got on before it holds what comes next.
    if (follower.state === 'snapshot' && durableIndex < this.#core.log.base.index) return;
    follower.acknowledged(durableIndex, this.#core.nowTick);
    this.#commitWhatAQuorumHolds();
    this.#acceptWhatAQuorumHasReceived();
    this.#dispatch.feed(follower);
    if (follower.id === this.#handover.successor) this.#askToCampaign();
  }

  /** Like a strong accept, it counts only where this log holds the same (index, term). It says nothing else: heartbeats show who is there. */
  #onWeakAck(follower: Progress, ack: WeakAck): void {
    if (ack.session !== follower.session || ack.incident > 0) return;
    if (this.#core.log.termAt(ack.receivedIndex) !== ack.receivedTerm) return;
    follower.receivedIndex = Math.max(follower.receivedIndex, ack.receivedIndex);
    this.#acceptWhatAQuorumHasReceived();
  }

  #onAppendReject(follower: Progress, reject: AppendReject): void {
    follower.lastContactTick = this.#core.nowTick;
    if (reject.session !== follower.session || reject.rejectedPrevIndex <= follower.matchIndex) return;
    follower.restart();
    const { log } = this.#core;
    const agreed =
      log.termAt(reject.hintIndex) === reject.hintTerm
        ? reject.hintIndex
        : log.lastIndexWithTermAtMost(reject.hintTerm, reject.hintIndex);
    follower.nextIndex = Math.max(Math.min(agreed, reject.rejectedPrevIndex - 1), follower.matchIndex) + 1;
    this.#dispatch.feed(follower);
  }

  #onHeartbeatAck(follower: Progress, ack: HeartbeatAck): void {
    follower.lastContactTick = this.#core.nowTick;
    follower.heardStamp = ack.stamp;
    // Who has forgotten whom it voted for may have helped to replace this leader.
    if (!hasForgottenVotes(ack.incident)) this.#confirmedBy(follower, ack.round);
    if (ack.session !== follower.session) return;
    follower.appliedIndex = ack.appliedIndex;
    follower.hibernates = ack.hibernates && this.#hibernation.isAskedInRound(ack.round);
    if (this.#reportsLoss(follower, ack.incident)) return;
    // Makes up for a lost acknowledgement. A probe ends only if its own answer is what was lost.
    if (follower.state === 'replicate' || ack.durableIndex >= follower.nextIndex - 1) {
      this.#credit(follower, ack.durableIndex, ack.durableTerm);
    }
    // Twice in a row at the same place, short of what was sent before: something was lost. A slow disk looks different: it has received.
    const sentIndex = follower.sentBeforeHeartbeat(ack.round);
    const isShort = sentIndex !== undefined && ack.receivedIndex < sentIndex;
    const standsStill = ack.receivedIndex === follower.lastReceivedIndex;
    follower.receivedUpTo(ack.receivedIndex, this.#core.nowTick);
    const missing = isShort && standsStill && isOverdue(this.#core, this.#followers, follower);
    if (missing && !follower.reading && follower.state !== 'snapshot') this.#sendAgain(follower);
    if (follower.hibernates) this.#hibernateIfAllAgree();
  }

  /** When `round` began, the follower had not turned to a later leader. */
  #confirmedBy(follower: Progress, round: number): void {
    follower.confirmedRound = Math.max(follower.confirmedRound, round);
    this.#lease.followed(follower.id, round);
    // Its loyalty counts if it knows that it promises it.
    if (follower.matchIndex >= this.#core.configurations.currentIndex) this.#lease.answered(follower.id, round);
    this.#serveConfirmedReads();
  }

  /**
   * Keeps up with the follower's incidents. If it tells of a new one, everything that it acknowledged before is void:
   * start over with it, in a session of its own, so that no earlier answer counts any more.
   */
  #reportsLoss(follower: Progress, incident: number): boolean {
    if (incident === 0) follower.incident = 0;
    if (incident === follower.incident) return false;
    follower.incidentReported(incident, this.#round);
    this.#restart(follower);
    this.#sendHeartbeat(follower);
    this.#dispatch.feed(follower);
    return true;
  }

  #commitWhatAQuorumHolds(): void {
    const core = this.#core;
    const held = core.quorum.highestReached((node) => this.#matchIndexOf(node));
    // Counting copies is proof only for entries of the own term; what came before is committed with them (figure 8).
    if (held < this.#firstOwnIndex || held <= core.commitIndex) return;
    assert(core.log.termAt(held) === this.term, 'what this leadership appended is of its term');
    core.commitTo(held);
    let settled = 0;
    while (settled < this.#uncommitted.length && this.#uncommitted[settled]!.lastIndex <= held) {
      this.#uncommittedBytes -= this.#uncommitted[settled]!.bytes;
      settled++;
    }
    this.#uncommitted.splice(0, settled);
    this.#finishChange();
    this.#beginRoundIfReadsWait();
  }

  #matchIndexOf(node: NodeId): Index {
    if (node === this.#core.id) return this.#core.log.durableIndex;
    const follower = this.#followers.get(node);
    return follower === undefined || follower.incident > 0 ? 0 : follower.matchIndex;
  }

  #acceptWhatAQuorumHasReceived(): void {
    this.#weak.update((node) => this.#receivedIndexOf(node), this.#uncommitted);
  }

  /** Durable or not. */
  #receivedIndexOf(node: NodeId): Index {
    if (node === this.#core.id) return this.#core.log.lastIndex;
    const follower = this.#followers.get(node);
    if (follower === undefined || follower.incident > 0) return 0;
    return Math.max(follower.matchIndex, follower.receivedIndex);
  }

  // --- heartbeats and reads ----------------------------------------------------------------------------------------

  #hearsQuorum(): boolean {
    return this.#core.quorum.isReachedBy((node) => this.#isInContact(node));
  }

  #beginRound(): void {
    const core = this.#core;
    this.#proveStamps();
    this.#round++;
    this.#heartbeatTick = core.nowTick + core.config.heartbeatTicks;
    this.#lease.roundBegins(this.#round, core.nowMs);
    this.#hibernation.roundBegins(this.#round, this.#isIdle());
    this.#caughtUpIndex = this.#commitIndexOfLastRound;
    this.#commitIndexOfLastRound = core.commitIndex;
    if (this.#ownEntryIsCommitted()) this.#reads.roundBegins(this.#round, core.commitIndex);
    for (const follower of this.#followers.values()) this.#sendHeartbeat(follower);
    this.#serveConfirmedReads();
  }

  /**
   * Before a round begins: dates what followers are told. A quorum that answers a round had not turned to a later leader when the
   * round began, so until then nobody but this leader and those before it had committed anything. This leader's commit index
   * covers all of that, from its first own entry on. And an answer that came before the round began was sent before that. So once
   * the round is confirmed, the commit index covers whatever was committed when that answer was sent: its sender, which
   * gets its stamp back, knows when that was. One round at a time is enough: the next takes over when it is confirmed.
   */
  #proveStamps(): void {
    if (this.#confirmedRound < this.#provingRound) return;
    this.#provingRound = this.#round + 1;
    for (const follower of this.#followers.values()) {
      follower.provenStamp = follower.waitingStamp;
      follower.waitingStamp = follower.heardStamp;
    }
  }

  #sendHeartbeat(follower: Progress): void {
    const core = this.#core;
    // With an own entry committed, the commit index covers whatever any earlier leader may have committed.
    const knowsAll = this.#ownEntryIsCommitted() && this.#confirmedRound >= follower.restoreRound;
    if (follower.incident > 0 && knowsAll) follower.restoreIndex ??= core.commitIndex;
    const { incident, restoreIndex, matchIndex } = follower;
    const { currentIndex } = core.configurations;
    const known = matchIndex < currentIndex ? Math.max(core.commitIndex, currentIndex) : core.commitIndex;
    follower.heartbeatSent(this.#round);
    core.send({
      type: MessageType.heartbeat,
      from: core.id,
      to: follower.id,
      term: this.term,
      session: follower.session,
      commitIndex: Math.min(core.commitIndex, follower.matchIndex),
      round: this.#round,
      restore: incident > 0 && restoreIndex !== undefined ? { incident, index: restoreIndex } : undefined,
      hibernates: this.#hibernation.isAskedInRound(this.#round),
      leaderCommitIndex: this.#ownEntryIsCommitted() ? known : undefined,
      provenStamp: follower.provenStamp,
    });
  }

  // --- hibernation -------------------------------------------------------------------------------------------------

  /** Has everybody within reach everything, and is nothing under way? */
  #isIdle(): boolean {
    const { log, commitIndex } = this.#core;
    const isQuiet = commitIndex === log.lastIndex && log.durableIndex === log.lastIndex && this.#reads.isEmpty;
    if (!isQuiet || this.#handover.isUnderWay || this.#isToHandOver()) return false;
    return [...this.#followers.values()].every((follower) => {
      const hasAll = follower.state === 'replicate' && follower.matchIndex === log.lastIndex && follower.incident === 0;
      return this.#isGone(follower) || hasAll;
    });
  }

  #hibernateIfAllAgree(): void {
    const { id, quorum } = this.#core;
    const agree = (node: NodeId): boolean => node === id || this.#followers.get(node)?.hibernates === true;
    const allAgree = [...this.#followers.values()].every((it) => this.#isGone(it) || it.hibernates);
    const isAsked = this.#hibernation.isAskedInRound(this.#round);
    if (isAsked && allAgree && quorum.isReachedBy(agree) && this.#isIdle()) this.#hibernation.fallAsleep();
  }

  #addRead(read: PendingRead): void {
    this.wake();
    if (this.#leaseHolds()) {
      this.#answerRead(read, this.#core.commitIndex);
      return;
    }
    this.#reads.add(read);
    this.#beginRoundIfReadsWait();
  }

  /** Since when a quorum is known to have followed: for as long, nobody else has led. */
  freshness(): Freshness | undefined {
    const { quorum, id, nowMs, commitIndex, freshness } = this.#core;
    if (!this.#ownEntryIsCommitted()) return freshness;
    return { commitIndex, asOfMs: this.#lease.loyalSinceMs(quorum, id, nowMs) };
  }

  #leaseHolds(): boolean {
    const { configuration, configurations, commitIndex, quorum, id, nowMs, config } = this.#core;
    const isAllowed = configuration.leases && configurations.currentIndex <= commitIndex && config.leaseMs > 0;
    const isSafe = isAllowed && this.#leaseIsSafe && this.#ownEntryIsCommitted();
    return isSafe && this.#lease.holds(quorum, id, nowMs, config.leaseMs);
  }

  #beginRoundIfReadsWait(): void {
    if (this.#ownEntryIsCommitted() && this.#reads.wantsRound()) this.#beginRound();
  }

  /** Before its first own entry is committed, a leader does not know what is (Raft paper, section 8). */
  #ownEntryIsCommitted(): boolean {
    return this.#core.commitIndex >= this.#firstOwnIndex;
  }

  #serveConfirmedReads(): void {
    const confirmed = this.#core.quorum.highestReached((node) =>
      node === this.#core.id ? this.#round : (this.#followers.get(node)?.confirmedRound ?? 0),
    );
    this.#confirmedRound = Math.max(this.#confirmedRound, confirmed);
    this.#reads.confirmed(confirmed, (read, readIndex) => this.#answerRead(read, readIndex));
    this.#beginRoundIfReadsWait();
  }

  #answerRead(read: PendingRead, readIndex: Index | undefined): void {
    const core = this.#core;
    if (read.from === core.id) {
      core.emit({ type: 'readReady', requestId: read.requestId, readIndex });
    } else {
      core.send({
        type: MessageType.readIndexResponse,
        from: core.id,
        to: read.from,
        term: this.term,
        requestId: read.requestId,
        readIndex,
      });
    }
  }
}
