import { assert } from '../assert.ts';
import { type Batch, type BatchHeader, BatchKind, lastIndexOf } from '../batch.ts';
import type { Core } from '../core.ts';
import { type AppendAck, type AppendReject, type HeartbeatAck, type Message, MessageType } from '../messages.ts';
import { Progress } from '../progress.ts';
import { type PendingRead, ReadQueue } from '../read-queue.ts';
import type { FollowerStatus } from '../status.ts';
import { type Index, type NodeId, Role, type Term } from '../types.ts';
import type { ProposeResult, RoleBehaviour, Transition } from './role.ts';

export class Leader implements RoleBehaviour {
  readonly role: typeof Role.leader = Role.leader;
  /** The term that was won. Everything this leader says or appends is of this term. */
  readonly term: Term;
  readonly #core: Core;
  readonly #followers = new Map<NodeId, Progress>();
  readonly #reads = new ReadQueue();
  /** First index of this leadership: nothing before it is committed by counting (Raft paper, section 5.4.2). */
  readonly #firstOwnIndex: Index;
  #round = 0;
  #heartbeatTick: number;
  /** What this leader has appended and not yet committed. */
  #uncommitted: { readonly lastIndex: Index; readonly bytes: number }[] = [];
  #uncommittedBytes = 0;

  constructor(core: Core) {
    this.#core = core;
    this.term = core.term;
    this.#firstOwnIndex = core.log.lastIndex + 1;
    this.#heartbeatTick = core.nowTick + core.config.heartbeatTicks;
    for (const peer of core.peers()) {
      this.#followers.set(peer, new Progress(peer, core.log.lastIndex + 1, core.nowTick));
    }
  }

  /** Announces the leadership by its first entry, which also commits what earlier leaders left. */
  start(): void {
    this.#append(BatchKind.noop, 1, 0, this.#core.config.sealNoop);
  }

  tick(): Transition | undefined {
    const { nowTick } = this.#core;
    if (!this.#hearsQuorum()) return { role: Role.follower, leader: undefined };
    if (nowTick < this.#heartbeatTick) return undefined;
    this.#beginRound();
    for (const follower of this.#followers.values()) this.#replicateTo(follower);
    return undefined;
  }

  step(message: Message): Transition | undefined {
    if (message.type === MessageType.readIndexRequest) {
      this.#addRead({ from: message.from, requestId: message.requestId });
      return undefined;
    }
    assert(message.type !== MessageType.append && message.type !== MessageType.heartbeat, 'one leader per term');
    const follower = this.#followers.get(message.from);
    if (follower === undefined) return undefined;
    switch (message.type) {
      case MessageType.appendAck:
        this.#onAppendAck(follower, message);
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
    return undefined;
  }

  durable(): void {
    this.#commitWhatAQuorumHolds();
  }

  hardStateSaved(): undefined {
    return undefined;
  }

  peerUp(peer: NodeId): void {
    const follower = this.#followers.get(peer);
    if (follower === undefined) return;
    this.#restart(follower);
    this.#sendHeartbeat(follower);
    this.#replicateTo(follower);
  }

  peerDown(peer: NodeId): void {
    const follower = this.#followers.get(peer);
    if (follower !== undefined) this.#restart(follower);
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
    const batch = this.#append(BatchKind.entries, count, payloadBytes, seal);
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
    if (needed.length > 0) this.#sendBatches(follower, needed);
    this.#replicateTo(follower);
  }

  leave(): void {
    for (const read of this.#reads.drain()) this.#answerRead(read, undefined);
  }

  followerStatus(): FollowerStatus[] {
    return [...this.#followers.values()].map(({ id, state, matchIndex, nextIndex, inflightBytes, appliedIndex }) => {
      return { id, state, matchIndex, nextIndex, inflightBytes, appliedIndex };
    });
  }

  get uncommittedBytes(): number {
    return this.#uncommittedBytes;
  }

  #append(kind: BatchKind, count: number, payloadBytes: number, seal: (header: BatchHeader) => Uint8Array): Batch {
    const core = this.#core;
    assert(core.term === this.term, 'a leader appends only in the term it won');
    const header = { kind, term: this.term, prevTerm: core.log.lastTerm, firstIndex: core.log.lastIndex + 1, count };
    const batch: Batch = { ...header, bytes: seal(header) };
    this.#uncommitted.push({ lastIndex: lastIndexOf(batch), bytes: payloadBytes });
    this.#uncommittedBytes += payloadBytes;
    core.appendToLog(batch);
    for (const follower of this.#followers.values()) this.#replicateTo(follower);
    return batch;
  }

  // --- replication -------------------------------------------------------------------------------------------------

  /** Sends as much as the follower's state and the byte limit allow. */
  #replicateTo(follower: Progress): void {
    const { log, config } = this.#core;
    while (!follower.reading) {
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
    follower.sent(lastIndexOf(batches.at(-1)!), bytes);
    this.#sendAppend(follower, batches[0]!.firstIndex - 1, batches);
  }

  #sendAppend(follower: Progress, prevIndex: Index, batches: readonly Batch[]): void {
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
      session: follower.session,
      prevIndex,
      prevTerm,
      commitIndex: core.commitIndex,
      batches,
    });
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
    follower.acknowledged(durableIndex);
    this.#commitWhatAQuorumHolds();
    this.#replicateTo(follower);
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
    this.#replicateTo(follower);
  }

  #onHeartbeatAck(follower: Progress, ack: HeartbeatAck): void {
    follower.lastContactTick = this.#core.nowTick;
    follower.confirmedRound = Math.max(follower.confirmedRound, ack.round);
    this.#serveConfirmedReads();
    if (ack.session !== follower.session) return;
    follower.appliedIndex = ack.appliedIndex;
    if (this.#reportsLoss(follower, ack.incident)) return;
    // Makes up for a lost acknowledgement. A probe ends only if its own answer is what was lost.
    if (follower.state === 'replicate' || ack.durableIndex >= follower.nextIndex - 1) {
      this.#credit(follower, ack.durableIndex, ack.durableTerm);
    }
    // Twice in a row at the same place, short of what was sent: something was lost. A slow disk looks different: it has received.
    const missing = ack.receivedIndex < follower.nextIndex - 1 && ack.receivedIndex === follower.lastReceivedIndex;
    follower.lastReceivedIndex = ack.receivedIndex;
    if (missing && !follower.reading) {
      this.#restart(follower);
      this.#replicateTo(follower);
    }
  }

  /**
   * Keeps up with the follower's incidents. If it tells of a new one, everything that it acknowledged before is void:
   * start over with it, in a session of its own, so that no earlier answer counts any more.
   */
  #reportsLoss(follower: Progress, incident: number): boolean {
    if (incident === 0) follower.incident = 0;
    if (incident === follower.incident) return false;
    follower.incidentReported(incident);
    this.#restart(follower);
    this.#sendHeartbeat(follower);
    this.#replicateTo(follower);
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
    this.#beginRoundIfReadsWait();
  }

  #matchIndexOf(node: NodeId): Index {
    if (node === this.#core.id) return this.#core.log.durableIndex;
    const follower = this.#followers.get(node);
    return follower === undefined || follower.incident > 0 ? 0 : follower.matchIndex;
  }

  // --- heartbeats and reads ----------------------------------------------------------------------------------------

  #hearsQuorum(): boolean {
    const { nowTick, config, quorum, id } = this.#core;
    return quorum.isReachedBy((node) => {
      const lastContactTick = this.#followers.get(node)?.lastContactTick ?? Number.NEGATIVE_INFINITY;
      return node === id || nowTick - lastContactTick < config.electionTicks;
    });
  }

  #beginRound(): void {
    this.#round++;
    this.#heartbeatTick = this.#core.nowTick + this.#core.config.heartbeatTicks;
    if (this.#ownEntryIsCommitted()) this.#reads.roundBegins(this.#round, this.#core.commitIndex);
    for (const follower of this.#followers.values()) this.#sendHeartbeat(follower);
    this.#serveConfirmedReads();
  }

  #sendHeartbeat(follower: Progress): void {
    const core = this.#core;
    // With an own entry committed, the commit index covers whatever any earlier leader may have committed.
    if (follower.incident > 0 && this.#ownEntryIsCommitted()) follower.restoreIndex ??= core.commitIndex;
    const { incident, restoreIndex } = follower;
    core.send({
      type: MessageType.heartbeat,
      from: core.id,
      to: follower.id,
      term: this.term,
      session: follower.session,
      commitIndex: Math.min(core.commitIndex, follower.matchIndex),
      round: this.#round,
      restore: incident > 0 && restoreIndex !== undefined ? { incident, index: restoreIndex } : undefined,
      hibernates: false,
    });
  }

  #addRead(read: PendingRead): void {
    this.#reads.add(read);
    this.#beginRoundIfReadsWait();
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
