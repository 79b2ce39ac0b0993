// One member of one group in this process: the core, and what carries out its effects. Every input takes the same way
// (`#input`): it goes into the core, and the effects that come out are carried out in order before the next input.

import {
  type Batch,
  type Effect,
  type GroupId,
  type Index,
  type Message,
  type NodeId,
  Raft,
  type RaftStatus,
  type ReadLogEffect,
  Role,
  type RoleEffect,
} from '@balsa/raft';
import { ReplicaError, type ReplicaErrorCode } from '../errors.ts';
import type { Clock, HardStateStore, LogStore, PeerFrame, StateMachine, Transport } from '../ports.ts';
import { Applier } from './applier.ts';
import { sealNoopRecord } from './batch-builder.ts';
import { ForwardedSink, Forwarder } from './forwarder.ts';
import type { HostLimits, HostTiming } from './host-options.ts';
import { OwnSession, openSession, type Proposed, type ProposeOptions, type SessionPorts } from './own-session.ts';
import { endSilentSessionsPayload, isWellFormed } from './payload.ts';
import { ProposalQueue } from './proposal-queue.ts';
import { ReadBarriers } from './read-barriers.ts';
import { RequestIds } from './request-ids.ts';
import { SessionExpiry } from './session-expiry.ts';
import { SessionTable } from './session-table.ts';
import { type SlowProposal, SlowWatch } from './slow-watch.ts';
import { noSink, type SubmitSink } from './submission.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface GroupOptions {
  readonly group: GroupId;
  /** Every member, this node included. */
  readonly members: readonly NodeId[];
  readonly stateMachine: StateMachine;
}

export interface GroupPorts {
  readonly nodeId: NodeId;
  readonly log: LogStore;
  readonly hardStates: HardStateStore;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timing: HostTiming;
  readonly limits: HostLimits;
  /** Seed of the random election timeouts. */
  readonly seed: number;
  /** See `HostOptions.firstRequestId`. */
  readonly firstRequestId: () => number;
  /** The disk failed: the whole node must stop. */
  readonly onDiskFailure: (error: unknown) => void;
  /** This group stopped after a broken invariant or a state machine that threw. */
  readonly onGroupFailure: (group: GroupId, error: unknown) => void;
  readonly onSlowProposal: (slow: SlowProposal) => void;
}

export interface GroupStatus extends RaftStatus {
  readonly group: GroupId;
  readonly sessions: number;
  /** Bytes of proposals that wait for their batch. */
  readonly queuedBytes: number;
  /** Set once the group has stopped after a failure. */
  readonly failure: string | undefined;
}

export class Group {
  readonly id: GroupId;
  readonly #ports: GroupPorts;
  readonly #stateMachine: StateMachine;
  readonly #raft: Raft;
  readonly #sessions: SessionTable;
  readonly #sessionExpiry: SessionExpiry;
  readonly #proposals: ProposalQueue;
  readonly #slowWatch: SlowWatch;
  readonly #applier: Applier;
  readonly #barriers: ReadBarriers;
  readonly #forwarder: Forwarder;
  readonly #forwardedSinks = new Map<NodeId, ForwardedSink>();
  readonly #waitingRoom: WaitingRoom;
  readonly #sessionPorts: SessionPorts;
  readonly #ownSession: OwnSession;
  #onNextTick: (() => void)[] = [];
  readonly #roleListeners = new Set<(effect: RoleEffect) => void>();
  /** Since when no leader is known; `undefined` while one is. */
  #leaderlessSinceMs: number | undefined;
  #carryingOut = false;
  #proposing = false;
  #failure: Error | undefined;
  #stopped = false;

  constructor(options: GroupOptions, ports: GroupPorts) {
    const { group, members, stateMachine } = options;
    const { nodeId, log, hardStates, clock, timing, limits } = ports;
    this.id = group;
    this.#ports = ports;
    this.#stateMachine = stateMachine;
    this.#raft = new Raft(
      {
        id: nodeId,
        voters: members,
        electionTicks: Math.ceil(timing.electionTimeoutMs / timing.tickMs),
        heartbeatTicks: Math.max(1, Math.round(timing.heartbeatIntervalMs / timing.tickMs)),
        seed: ports.seed,
        appendBytesMax: limits.appendBytesMax,
        inflightBytesMax: limits.inflightBytesMax,
        uncommittedBytesMax: limits.uncommittedBytesMax,
        cacheBytesMax: limits.cacheBytesMax,
        sealNoop: (header) => sealNoopRecord(group, header),
      },
      { ...log.recovered(group), hardState: hardStates.current(group) },
    );
    this.#sessions = new SessionTable(limits);
    this.#sessionExpiry = new SessionExpiry(limits.sessionTimeoutMs, {
      sessions: this.#sessions,
      propose: (index) => this.#endSilentSessions(index),
    });
    this.#proposals = new ProposalQueue(group, this.#raft, limits, () => clock.nowMs());
    this.#slowWatch = new SlowWatch(group, ports.onSlowProposal);
    this.#applier = new Applier({
      raft: this.#raft,
      stateMachine,
      sessions: this.#sessions,
      proposals: this.#proposals,
      readLog: (fromIndex, bytesMax) => log.read(group, fromIndex, bytesMax),
      onApplied: (index) => this.#onApplied(index),
      onFailure: (error) => this.#fail(error),
    });
    const askReadIndex = (requestId: number): void => this.#input(() => this.#raft.readIndex(requestId));
    this.#barriers = new ReadBarriers(
      clock,
      2 * timing.heartbeatIntervalMs,
      askReadIndex,
      new RequestIds(ports.firstRequestId()),
    );
    this.#forwarder = new Forwarder(
      (to, frame) => this.#send(to, frame),
      limits.queuedBytesMax,
      new RequestIds(ports.firstRequestId()),
    );
    this.#waitingRoom = new WaitingRoom(limits.queuedBytesMax);
    this.#sessionPorts = {
      nowMs: () => clock.nowMs(),
      submit: (payload, deadlineMs, sink, token) => this.submit(payload, deadlineMs, sink, token),
      nextTick: () => this.#nextTick(),
      refusal: () => this.#endedWith(),
    };
    this.#ownSession = new OwnSession(this.#sessionPorts);
    this.#leaderlessSinceMs = clock.nowMs();
    this.#input(() => {});
  }

  // --- what embedders use ------------------------------------------------------------------------------------------

  /**
   * Submits one entry's payload (see payload.ts; copied before the call returns) on any member: a leader takes it into
   * its next batch, another member forwards it. The sink hears exactly once what became of it, at the latest when
   * `deadlineMs` (on the host's clock) has passed; possibly before this call returns.
   */
  submit(payload: Uint8Array, deadlineMs: number, sink: SubmitSink, token: number): void {
    const refusal = this.#refusalFor(payload);
    if (refusal !== undefined) sink.failed(token, refusal, undefined);
    else if (this.#raft.role === Role.leader) this.#submitHere(payload, deadlineMs, sink, token);
    else if (this.#raft.leader !== undefined)
      this.#forwarder.forward(this.#raft.leader, payload, deadlineMs, sink, token);
    else this.#submitLater(payload, deadlineMs, sink, token);
  }

  /** Proposes a command under the node's own session and resolves when it is applied here or at the leader. Applied once, however often it had to be sent. */
  propose(command: Uint8Array, options: ProposeOptions): Promise<Proposed> {
    return this.#ownSession.propose(command, options);
  }

  /** Opens a session for a client; its id names it in the payloads to come. */
  openSession(options: ProposeOptions): Promise<number> {
    return openSession(this.#sessionPorts, this.#ports.clock.nowMs() + options.timeoutMs, options);
  }

  /** Resolves, with the applied index, once everything committed before the call is applied here. Then a local read is linearizable. */
  readBarrier(options: { readonly timeoutMs: number }): Promise<Index> {
    const refused = this.#failure !== undefined || this.#stopped;
    if (refused)
      return Promise.reject(
        new ReplicaError(this.#stopped ? 'STOPPED' : 'GROUP_FAILED', 'this group does not run here any more'),
      );
    return this.#barriers.wait(this.#ports.clock.nowMs() + options.timeoutMs);
  }

  status(): GroupStatus {
    return {
      group: this.id,
      ...this.#raft.status(),
      appliedIndex: this.#applier.appliedIndex,
      sessions: this.#sessions.size,
      queuedBytes: this.#proposals.queuedBytes + this.#waitingRoom.bytes,
      failure: this.#failure?.message,
    };
  }

  /** The state machine's checksum, and the index up to which it has applied. */
  checksum(): { readonly index: Index; readonly checksum: number } {
    return { index: this.#applier.appliedIndex, checksum: this.#stateMachine.checksum() };
  }

  /** The same of the session table, at the same index. Takes as long as encoding the table. */
  sessionsChecksum(): number {
    return this.#sessions.checksum();
  }

  /**
   * Why the group has stopped here; `undefined` while it runs. If it was its state machine that threw, what that holds may
   * be half of a command: nothing should be read from it any more.
   */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get leader(): NodeId | undefined {
    return this.#raft.leader;
  }

  get isLeader(): boolean {
    return this.#raft.role === Role.leader && this.#runs();
  }

  /** Calls `listener` at every change of role, term or leader, until the returned function is called. */
  onRole(listener: (effect: RoleEffect) => void): () => void {
    this.#roleListeners.add(listener);
    return () => this.#roleListeners.delete(listener);
  }

  // --- what the host hands in --------------------------------------------------------------------------------------

  tick(ticks: number): void {
    for (let i = 0; i < ticks; i++) this.#input(() => this.#raft.tick());
    const nowMs = this.#ports.clock.nowMs();
    this.#slowWatch.check(nowMs, this.#proposals.oldest(), () => this.status());
    this.#proposals.expire(nowMs);
    this.#forwarder.expire(nowMs);
    this.#waitingRoom.expire(nowMs);
    this.#barriers.tick(this.#raft.leader !== undefined);
    if (this.isLeader) this.#sessionExpiry.run(nowMs);
    else this.#sessionExpiry.reset();
    this.#wakeTickWaiters();
  }

  onFrame(from: NodeId, frame: PeerFrame): void {
    if (frame.kind === 'raft') {
      // The connection knows who sends; a message that claims another sender is not from a peer of ours.
      if (frame.message.from === from) this.#onMessage(frame.message);
    } else if (frame.kind === 'forwardReply') {
      this.#forwarder.onReply(from, frame.reply);
    } else if (frame.kind === 'forward') {
      this.#onForwarded(from, frame.proposal.requestId, frame.proposal.payload);
    }
  }

  onDurable(sequence: number): void {
    this.#input(() => this.#raft.appended(sequence));
  }

  onPeerUp(peer: NodeId): void {
    this.#input(() => this.#raft.peerUp(peer));
  }

  onPeerDown(peer: NodeId): void {
    this.#input(() => this.#raft.peerDown(peer));
    this.#forwarder.onPeerDown(peer);
  }

  stop(): void {
    this.#stopped = true;
    this.#applier.stop();
    this.#giveUpAll('STOPPED');
    this.#wakeTickWaiters();
    this.#roleListeners.clear();
  }

  // --- submitting --------------------------------------------------------------------------------------------------

  #refusalFor(payload: Uint8Array): ReplicaErrorCode | undefined {
    const ended = this.#endedWith();
    if (ended !== undefined) return ended;
    if (payload.length > this.#ports.limits.proposalBytesMax) return 'TOO_LARGE';
    if (!isWellFormed(payload)) return 'PAYLOAD_MALFORMED';
    return undefined;
  }

  #endedWith(): ReplicaErrorCode | undefined {
    if (this.#stopped) return 'STOPPED';
    return this.#failure === undefined ? undefined : 'GROUP_FAILED';
  }

  #submitHere(payload: Uint8Array, deadlineMs: number, sink: SubmitSink, token: number): void {
    if (!this.#proposals.add(payload, deadlineMs, sink, token)) {
      sink.failed(token, 'BUSY', this.#ports.nodeId);
      return;
    }
    if (this.#proposing) return;
    // Whatever else arrives in this turn goes into the same batch.
    this.#proposing = true;
    this.#ports.clock.defer(() => {
      this.#proposing = false;
      this.#input(() => this.#proposals.propose());
    });
  }

  /** Not for others to ask for: `isWellFormed` keeps it out of what is submitted. */
  #endSilentSessions(index: Index): void {
    const { clock, limits } = this.#ports;
    this.#submitHere(endSilentSessionsPayload(index), clock.nowMs() + limits.forwardedDeadlineMs, noSink, 0);
  }

  /** No leader is known. An election rarely takes longer than its timeout; after that, there is no quorum. */
  #submitLater(payload: Uint8Array, deadlineMs: number, sink: SubmitSink, token: number): void {
    const { clock, timing } = this.#ports;
    const giveUpMs = Math.min(deadlineMs, (this.#leaderlessSinceMs ?? clock.nowMs()) + timing.electionTimeoutMs);
    if (giveUpMs <= clock.nowMs()) sink.failed(token, 'NO_QUORUM', undefined);
    else if (!this.#waitingRoom.add(payload, deadlineMs, giveUpMs, sink, token)) sink.failed(token, 'BUSY', undefined);
  }

  #onForwarded(from: NodeId, requestId: number, payload: Uint8Array): void {
    let sink = this.#forwardedSinks.get(from);
    if (sink === undefined) {
      sink = new ForwardedSink(from, (to, frame) => this.#send(to, frame));
      this.#forwardedSinks.set(from, sink);
    }
    const refusal = this.#raft.role === Role.leader ? this.#refusalFor(payload) : 'NOT_LEADER';
    if (refusal !== undefined) sink.failed(requestId, refusal);
    else this.#submitHere(payload, this.#ports.clock.nowMs() + this.#ports.limits.forwardedDeadlineMs, sink, requestId);
  }

  #nextTick(): Promise<void> {
    return this.#stopped ? Promise.resolve() : new Promise((resolve) => this.#onNextTick.push(resolve));
  }

  #wakeTickWaiters(): void {
    for (const wake of this.#onNextTick.splice(0)) wake();
  }

  // --- inputs and effects ------------------------------------------------------------------------------------------

  #onMessage(message: Message): void {
    this.#input(() => this.#raft.step(message));
  }

  /** The one way into the core. A failure inside stops this group, and only this group. */
  #input(feed: () => void): void {
    if (!this.#runs()) return;
    try {
      feed();
      if (this.#carryingOut) return;
      this.#carryingOut = true;
      for (let effects = this.#raft.takeEffects(); effects.length > 0; effects = this.#raft.takeEffects()) {
        for (const effect of effects) if (this.#runs()) this.#carryOut(effect);
      }
      this.#carryingOut = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  #runs(): boolean {
    return !this.#stopped && this.#failure === undefined;
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect.message.to, { kind: 'raft', message: effect.message });
        break;
      case 'append':
        this.#ports.log.append(this.id, effect.sequence, effect.batch);
        break;
      case 'saveHardState':
        this.#ports.hardStates.save(this.id, effect.hardState).then(
          () => this.#input(() => this.#raft.hardStateSaved(effect.sequence)),
          (error: unknown) => this.#ports.onDiskFailure(error),
        );
        break;
      case 'commit':
        this.#applier.run();
        this.#proposals.propose();
        break;
      case 'readLog':
        this.#readForFollower(effect);
        break;
      case 'readReady':
        this.#barriers.answered(effect.requestId, effect.readIndex, this.#applier.appliedIndex);
        break;
      case 'role':
        this.#onRole(effect);
        break;
    }
  }

  #readForFollower({ to, term, session, fromIndex, bytesMax }: ReadLogEffect): void {
    const answer = (batches: readonly Batch[]): void =>
      this.#input(() => this.#raft.logRead(to, term, session, batches));
    this.#ports.log.read(this.id, fromIndex, bytesMax).then(answer, (error: unknown) => this.#fail(error));
  }

  #onApplied(index: Index): void {
    this.#raft.applied(index);
    this.#barriers.applied(index);
  }

  #onRole(effect: RoleEffect): void {
    this.#leaderlessSinceMs =
      effect.leader === undefined ? (this.#leaderlessSinceMs ?? this.#ports.clock.nowMs()) : undefined;
    if (effect.role !== Role.leader) this.#proposals.failAll('LEADER_CHANGED', 'NOT_LEADER', effect.leader);
    if (effect.leader !== undefined) {
      this.#forwarder.failAll('LEADER_CHANGED');
      this.#waitingRoom.empty((payload, deadlineMs, sink, token) => this.submit(payload, deadlineMs, sink, token));
    }
    for (const listener of this.#roleListeners) listener(effect);
  }

  #send(to: NodeId, frame: PeerFrame): boolean {
    return this.#ports.transport.send(to, this.id, frame);
  }

  #fail(error: unknown): void {
    if (!this.#runs()) return;
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#applier.stop();
    this.#giveUpAll('GROUP_FAILED');
    // Who waits for the next tick to ask again can be told now.
    this.#wakeTickWaiters();
    this.#ports.onGroupFailure(this.id, error);
  }

  #giveUpAll(code: ReplicaErrorCode): void {
    this.#proposals.failAll(code, code, undefined);
    this.#forwarder.failAll(code);
    this.#waitingRoom.failAll(code);
    this.#barriers.rejectAll(
      new ReplicaError(code === 'STOPPED' ? 'STOPPED' : 'GROUP_FAILED', 'this group does not run here any more'),
    );
  }
}
