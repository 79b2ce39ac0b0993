import { assert } from '../assert.ts';
import { type Batch, type BatchHeader, lastIndexOf } from '../batch.ts';
import type { Core } from '../core.ts';
import { forward } from '../dispatch/forwarding.ts';
import { type Append, type Heartbeat, type Message, MessageType, type SnapshotPosition } from '../messages.ts';
import { type Index, type NodeId, Role } from '../types.ts';
import { Window } from '../window.ts';
import type { Freshness, ProposeResult, RoleBehaviour, Transition } from './role.ts';

/** Election timeouts after which a member asks again of which somebody says that it does not belong to the group. */
const pauseTimeoutsOutside = 20;

export class Follower implements RoleBehaviour {
  readonly role: typeof Role.follower = Role.follower;
  readonly #core: Core;
  #electionTick: number;
  /** The log is proven to agree with this leader's up to here. Counted anew under every leader and after every restart. */
  #provenIndex: Index = 0;
  /** The leader's current attempt, repeated in every answer. */
  #session = 0;
  #acknowledgedIndex: Index = 0;
  /** What came ahead of a gap. */
  readonly #window: Window;
  /** The leader has fallen silent, by agreement: nothing is to be done until somebody wants the group. */
  #hibernates = false;
  /** The connection to the leader broke, and it has not been heard of since. */
  #hasLostLeader = false;
  /** Somebody says that this member does not belong to the group, and no leader has said otherwise since. */
  #isOutside = false;

  constructor(core: Core) {
    this.#core = core;
    this.#window = new Window(core.config.windowEntriesMax, core.config.windowBytesMax);
    // A member that just started or stepped down follows nobody, and may help to elect a leader at once; unless one that it
    // followed before counts on it.
    if (core.leader !== undefined) core.lastContactTick = core.nowTick;
    else if (!core.promisesLoyalty) core.lastContactTick = Number.NEGATIVE_INFINITY;
    this.#electionTick = core.nowTick + this.#randomElectionTicks();
  }

  get windowBytes(): number {
    return this.#window.bytes;
  }

  get hibernates(): boolean {
    return this.#hibernates;
  }

  tick(): Transition | undefined {
    if (this.#core.nowTick < this.#electionTick) return undefined;
    if (this.#mayLead()) return { role: Role.preCandidate };
    this.#askForNews();
    return undefined;
  }

  step(message: Message): Transition | undefined {
    switch (message.type) {
      case MessageType.append:
        this.#setHibernates(false);
        // Through a relay, no leader shows that it lives; nor does a relay say which session is the newest, for it may have mixed them up.
        if (message.from === message.leader) this.#heardFrom(message.leader, message.session);
        else this.#follow(message.leader);
        forward(this.#core, message, this.#matchedIndex);
        this.#onAppend(message);
        break;
      case MessageType.heartbeat:
        this.#heardFrom(message.from, message.session);
        this.#onHeartbeat(message);
        if (message.leaderCommitIndex !== undefined) {
          this.#noteFreshness(message.leaderCommitIndex, message.provenStamp);
          this.#core.noteRemoval(message.leaderCommitIndex);
        }
        break;
      case MessageType.installSnapshot:
        this.#setHibernates(false);
        this.#heardFrom(message.from, message.session);
        this.takeSnapshot(message.snapshot);
        break;
      case MessageType.timeoutNow:
        return this.#mayLead() ? { role: Role.candidate, transfer: true } : undefined;
      case MessageType.preVoteResponse:
        this.#isOutside ||= message.removedAt !== undefined;
        this.#core.toldOfRemoval(message);
        break;
      case MessageType.readIndexResponse:
        this.#core.emit({ type: 'readReady', requestId: message.requestId, readIndex: message.readIndex });
        break;
      default:
        // Answers to an earlier candidacy or leadership.
        break;
    }
    return undefined;
  }

  durable(): undefined {
    if (this.#core.leader !== undefined && this.#strongIndex() > this.#acknowledgedIndex) this.#acknowledge();
  }

  hardStateSaved(): undefined {
    return undefined;
  }

  peerUp(peer: NodeId): void {
    if (peer === this.#core.leader) this.#hasLostLeader = false;
  }

  /** The leader's connection broke: it is probably dead. */
  peerDown(peer: NodeId): void {
    if (peer !== this.#core.leader) return;
    this.#hasLostLeader = true;
    // A leader that reads by lease counts on everybody's loyalty for as long as the lease lasts.
    if (this.#core.promisesLoyalty) return;
    this.#core.lastContactTick = Number.NEGATIVE_INFINITY;
    this.campaignSoon();
  }

  /** There is reason to think that nobody leads: do not wait out the timeout. Pre-vote shields a leader that lives after all. */
  campaignSoon(): void {
    const { nowTick, random, config, configuration, id } = this.#core;
    const soon = nowTick + random.integerBetween(1, config.heartbeatTicks + 1);
    // Whoever should lead goes first.
    const isPreferred = configuration.preferredLeader === undefined || configuration.preferredLeader === id;
    this.#electionTick = Math.min(this.#electionTick, isPreferred ? soon : soon + config.heartbeatTicks);
  }

  hearsLeader(): boolean {
    return this.#core.nowTick - this.#core.lastContactTick < this.#core.config.electionTicks;
  }

  rivalRefused(): void {}

  /** Not now: a vote was granted, and the candidate needs time to win; or others were asked, and need time to answer. */
  postponeElection(): void {
    this.#electionTick = this.#core.nowTick + this.#randomElectionTicks();
  }

  propose(_count: number, _payloadBytes: number, _seal: (header: BatchHeader) => Uint8Array): ProposeResult {
    return { accepted: false, reason: 'notLeader', leader: this.#core.leader };
  }

  freshness(): Freshness | undefined {
    return this.#core.freshness;
  }

  /** If the leader's connection is gone, nobody will answer: a new one is needed. Otherwise the leader is asked to show itself. */
  wake(): void {
    if (!this.#hibernates) return;
    this.#setHibernates(false);
    const { leader, id, term, nowTick, promisesLoyalty } = this.#core;
    this.#electionTick = nowTick + this.#randomElectionTicks();
    assert(leader !== undefined, 'only by agreement with a leader is a group silent');
    if (this.#hasLostLeader && !promisesLoyalty) this.campaignSoon();
    else this.#core.send({ type: MessageType.wake, from: id, to: leader, term });
  }

  readIndex(requestId: number): void {
    this.wake();
    const { leader, id, term } = this.#core;
    if (leader === undefined) this.#core.emit({ type: 'readReady', requestId, readIndex: undefined });
    else this.#core.send({ type: MessageType.readIndexRequest, from: id, to: leader, term, requestId });
  }

  leave(): void {
    this.#setHibernates(false);
  }

  #heardFrom(leader: NodeId, session: number): void {
    this.#follow(leader);
    this.#session = Math.max(this.#session, session);
    this.#noteContact();
  }

  #follow(leader: NodeId): void {
    const core = this.#core;
    assert(core.leader === undefined || core.leader === leader, 'one leader per term');
    if (core.leader === undefined) {
      core.leader = leader;
      core.emit({ type: 'role', role: this.role, term: core.term, leader });
    }
  }

  #noteContact(): void {
    const core = this.#core;
    this.#hasLostLeader = false;
    this.#isOutside = false;
    core.lastContactTick = core.nowTick;
    this.#electionTick = core.nowTick + this.#randomElectionTicks();
  }

  #onAppend(message: Append): void {
    const core = this.#core;
    // A message of an earlier attempt carries nothing wrong, but its answer would speak for the newer one.
    if (message.session < this.#session) return;
    // What is committed agrees with every later leader (Leader Completeness), so it needs no comparison.
    const matches = message.prevIndex <= core.commitIndex || core.log.termAt(message.prevIndex) === message.prevTerm;
    if (!matches) {
      if (!message.mayOvertake || !this.#hold(message)) this.#reject(message);
      return;
    }
    // An order to a relay, and no probe: nobody waits for an answer.
    if (message.batches.length === 0 && message.routes.length > 0) return;
    if (!continues(message)) return;
    for (const batch of message.batches) {
      if (!core.log.holds(batch)) core.appendToLog(batch);
    }
    const newest = message.batches.at(-1);
    const matchedIndex = newest === undefined ? message.prevIndex : lastIndexOf(newest);
    this.#provenIndex = Math.max(this.#provenIndex, matchedIndex);
    this.#closeGap();
    core.commitTo(Math.min(message.commitIndex, this.#matchedIndex));
    // What is not durable yet is acknowledged by the flush that makes it so, once for all that it covers.
    if (this.#strongIndex() === this.#matchedIndex) this.#acknowledge();
    else if (message.batches.length > 0 && core.config.weakBytesMax > 0) this.#acknowledgeWeakly();
  }

  /** Keeps what came ahead of a gap; false: there is no room for it, or no window. */
  #hold(message: Append): boolean {
    // Nonsense is dropped, not refused: see `#onAppend`.
    if (!continues(message)) return true;
    return message.batches.every((batch) => this.#window.hold(batch, this.#matchedIndex));
  }

  /** Takes in what had come ahead of what has come now. */
  #closeGap(): void {
    if (this.#window.isEmpty) return;
    const { log } = this.#core;
    for (;;) {
      const next = this.#window.takeAfter(this.#matchedIndex, log.termAt(this.#matchedIndex)!);
      if (next === undefined) break;
      if (!log.holds(next)) this.#core.appendToLog(next);
      this.#provenIndex = lastIndexOf(next);
    }
    this.#window.releaseUpTo(this.#matchedIndex);
  }

  /**
   * The data is durable here. Unless this log has come so far by itself, it begins anew behind the snapshot. That it was
   * offered in an earlier session, or by an earlier leader, does not matter: what it stands for is committed.
   */
  takeSnapshot(snapshot: SnapshotPosition): void {
    const core = this.#core;
    if (snapshot.index > core.commitIndex) {
      if (core.log.termAt(snapshot.index) === snapshot.term) core.commitTo(snapshot.index);
      else core.installSnapshot(snapshot);
    }
    this.#provenIndex = Math.max(this.#provenIndex, snapshot.index);
    this.#closeGap();
    if (core.leader !== undefined && this.#strongIndex() === this.#matchedIndex) this.#acknowledge();
  }

  #onHeartbeat(message: Heartbeat): void {
    const core = this.#core;
    core.commitTo(Math.min(message.commitIndex, this.#matchedIndex));
    const durableIndex = this.#strongIndex();
    const { restore } = message;
    if (core.incident > 0 && restore?.incident === core.incident && durableIndex >= restore.index) core.closeIncident();
    const { lastIndex } = core.log;
    const hibernates =
      message.hibernates && core.incident === 0 && durableIndex === lastIndex && core.commitIndex === lastIndex;
    core.send({
      type: MessageType.heartbeatAck,
      from: core.id,
      to: message.from,
      term: core.term,
      session: message.session,
      round: message.round,
      receivedIndex: this.#matchedIndex,
      durableIndex,
      durableTerm: core.log.termAt(durableIndex) ?? 0,
      incident: core.incident,
      appliedIndex: core.appliedIndex,
      hibernates,
      stamp: core.stamps.at(core.nowMs),
    });
    this.#setHibernates(hibernates);
  }

  /** When the heartbeat came proves nothing: it may have been under way for long, or be the word of a leader that was replaced. */
  #noteFreshness(commitIndex: Index, provenStamp: number | undefined): void {
    if (provenStamp === undefined) return;
    const { stamps, nowMs, freshness } = this.#core;
    const asOfMs = stamps.msOf(provenStamp, nowMs);
    if (asOfMs === undefined || asOfMs < (freshness?.asOfMs ?? Number.NEGATIVE_INFINITY)) return;
    this.#core.freshness = { commitIndex, asOfMs };
  }

  #setHibernates(hibernates: boolean): void {
    if (hibernates === this.#hibernates) return;
    this.#hibernates = hibernates;
    if (hibernates) this.#core.log.dropCache();
    this.#core.emit({ type: 'hibernation', hibernates });
  }

  /**
   * Who may not lead asks the others all the same when it hears of no leader: a leader that sleeps wakes up and says what is
   * missing here, and the answers tell whether this member still belongs to the group.
   */
  #askForNews(): void {
    this.postponeElection();
    if (this.#isOutside) this.#electionTick += pauseTimeoutsOutside * this.#core.config.electionTicks;
    for (const to of this.#core.peers()) this.#core.askForPreVote(to);
  }

  #mayLead(): boolean {
    return this.#core.incident === 0 && this.#core.isVoter && this.#core.knowsLineage;
  }

  /** The log agrees with the leader's up to here. What was compacted is committed: every leader has it. */
  get #matchedIndex(): Index {
    return Math.max(this.#provenIndex, this.#core.log.base.index);
  }

  /** What may be accepted strongly: in step with this leader, and durable. */
  #strongIndex(): Index {
    return Math.min(this.#matchedIndex, this.#core.log.durableIndex);
  }

  #acknowledge(): void {
    const core = this.#core;
    assert(core.leader !== undefined, 'acknowledgements go to a leader');
    const durableIndex = this.#strongIndex();
    const durableTerm = core.log.termAt(durableIndex);
    assert(durableTerm !== undefined, 'what is durable is in the log');
    this.#acknowledgedIndex = durableIndex;
    core.send({
      type: MessageType.appendAck,
      from: core.id,
      to: core.leader,
      term: core.term,
      session: this.#session,
      durableIndex,
      durableTerm,
      incident: core.incident,
    });
  }

  #acknowledgeWeakly(): void {
    const core = this.#core;
    assert(core.leader !== undefined, 'acknowledgements go to a leader');
    const receivedIndex = this.#matchedIndex;
    const receivedTerm = core.log.termAt(receivedIndex);
    assert(receivedTerm !== undefined, 'what was received is in the log');
    core.send({
      type: MessageType.weakAck,
      from: core.id,
      to: core.leader,
      term: core.term,
      session: this.#session,
      receivedIndex,
      receivedTerm,
      incident: core.incident,
    });
  }

  /** Skips, in one answer, every entry of a term that the leader cannot have at that place (Raft paper, end of section 5.3). */
  #reject(message: Append): void {
    const core = this.#core;
    const hintIndex = core.log.lastIndexWithTermAtMost(
      message.prevTerm,
      Math.min(message.prevIndex - 1, core.log.lastIndex),
    );
    core.send({
      type: MessageType.appendReject,
      from: core.id,
      to: message.leader,
      term: core.term,
      session: message.session,
      rejectedPrevIndex: message.prevIndex,
      hintIndex,
      hintTerm: core.log.termAt(hintIndex) ?? 0,
    });
  }

  #randomElectionTicks(): number {
    const { electionTicks } = this.#core.config;
    return this.#core.random.integerBetween(electionTicks, 2 * electionTicks);
  }
}

/** Do the batches follow prevIndex and each other, with terms that never fall or exceed the leader's? */
function continues(message: Append): boolean {
  let lastIndex = message.prevIndex;
  let lastTerm = message.prevTerm;
  return message.batches.every((batch: Batch) => {
    const fits =
      batch.count >= 1 &&
      batch.firstIndex === lastIndex + 1 &&
      batch.prevTerm === lastTerm &&
      batch.term >= lastTerm &&
      batch.term <= message.term;
    lastIndex = lastIndexOf(batch);
    lastTerm = batch.term;
    return fits;
  });
}
