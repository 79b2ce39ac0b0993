// One member of one group in this process: the core, and what carries out its effects. Every input takes the same way
// (`#input`): it goes into the core, and the effects that come out are carried out in order before the next input.

import {
  type Batch,
  type Configuration,
  type ConfigurationTarget,
  type Effect,
  type GroupId,
  type Index,
  type InstallSnapshot,
  lineageOf,
  type Message,
  MessageType,
  membersOf,
  type NodeId,
  Raft,
  type RaftStatus,
  type ReadLogEffect,
  type ReconfigureResult,
  Role,
  type RoleEffect,
  SeededRandom,
  type SendSnapshotEffect,
  type Term,
} from '@balsa/raft';
import type { Acknowledgement } from '@balsa/wire';
import { BatchFragments } from '../dispatch/batch-fragments.ts';
import { type DispatchOptions, defaultDispatch, dispatchProblems } from '../dispatch/dispatch-options.ts';
import { type DispatchReport, GroupDispatch, type RoutingReport } from '../dispatch/group-dispatch.ts';
import type { LoopLag } from '../dispatch/loop-lag.ts';
import type { NodeLoads } from '../dispatch/node-loads.ts';
import type { Zones } from '../dispatch/zones.ts';
import { ReplicaError, type ReplicaErrorCode } from '../errors.ts';
import type {
  Clock,
  HardStateStore,
  LogStore,
  PeerFrame,
  SnapshotOffer,
  SnapshotStore,
  StateMachine,
  StoredSnapshot,
  Transport,
} from '../ports.ts';
import type { RestorePace } from '../snapshot-transfer/restore-pace.ts';
import type { GiveUpReason } from '../snapshot-transfer/snapshot-fetcher.ts';
import { GroupCollector } from '../statistics/group-collector.ts';
import type { HostCollector } from '../statistics/host-collector.ts';
import type { GroupStatistics } from '../statistics/report.ts';
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import { since } from '../transport/peer-versions.ts';
import { Applier } from './applier.ts';
import { sealConfigurationRecord, sealNoopRecord } from './batch-builder.ts';
import { CompactionPlan } from './compaction-plan.ts';
import { GroupSnapshots, type SnapshotSlots } from './group-snapshots.ts';
import { type GroupState, GroupWatch } from './group-watch.ts';
import { type HostLimits, type HostTiming, leaseMsOf } from './host-options.ts';
import { type ChangeOptions, changeMembers, type MemberChange } from './member-change.ts';
import { orAborted } from './or-aborted.ts';
import { OwnSession, openSession, type Proposed, type ProposeOptions, type SessionPorts } from './own-session.ts';
import { endSilentSessionsPayload, isWellFormed } from './payload.ts';
import { ProposalQueue } from './proposal-queue.ts';
import { ReadBarriers } from './read-barriers.ts';
import { recoveredState } from './recovered-state.ts';
import { RequestIds } from './request-ids.ts';
import { type RestoreFromOptions, restoreFrom } from './restore-from.ts';
import { SessionExpiry } from './session-expiry.ts';
import { SessionTable } from './session-table.ts';
import { type SlowProposal, SlowWatch } from './slow-watch.ts';
import { noSink, type SubmitSink } from './submission.ts';
import { Submissions } from './submissions.ts';
import { type TransferOptions, transferLeadership } from './transfer-leadership.ts';

export interface GroupOptions {
  readonly group: GroupId;
  /**
   * Who belongs to a group that begins: the same list on every one of them. Of a group that exists, what the log and the
   * snapshot say counts. Empty on a node that is yet to be added to the group: it waits to be told.
   */
  readonly members: readonly NodeId[];
  readonly stateMachine: StateMachine;
  /** How this node, while it leads, gets entries to the others. Default: it feeds everybody itself. See `Group.setDispatch`. */
  readonly dispatch?: DispatchOptions;
  /**
   * Whoever submits may ask to be told as soon as a quorum has received his entry, in memory or on disk, of as many bytes as this at a time:
   * so much of what was told of can be lost if more nodes fail than the group bears (docs/weak-writes.md). The same on every member.
   * Default: 0, nobody may.
   */
  readonly weakBytesMax?: number;
  /**
   * Nobody has ever run this group. Matters only on a node whose folder replaces a lost one: there, a group of which nothing is
   * known may be one whose votes and entries were lost, so that the member waits for the others to restore it; of a group that
   * is new, this node may help to elect the first leader. True where it is false can lose what was acknowledged. Default: false.
   */
  readonly isNew?: boolean;
}

/** How far behind a read may be: as of when, by this node's clock, and by how many entries even then. */
export interface ReadLag {
  readonly ms: number;
  readonly entries: number;
}

export interface ReadOptions {
  readonly timeoutMs: number;
  /** Default: nothing that was committed may be missed. */
  readonly maxLag?: ReadLag;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface TakeSnapshotOptions {
  /** Ends the wait with the signal's reason; the snapshot is written all the same. */
  readonly signal?: AbortSignal;
}

export interface GroupPorts {
  readonly nodeId: NodeId;
  readonly log: LogStore;
  readonly hardStates: HardStateStore;
  readonly snapshots: SnapshotStore;
  readonly snapshotSlots: SnapshotSlots;
  readonly restorePace: RestorePace;
  readonly statistics: HostCollector;
  /** Brings here what another node offers, then hands it in by `onSnapshotReceived`. */
  readonly fetchSnapshot: (group: GroupId, from: NodeId, offer: SnapshotOffer) => void;
  /** What is on its way is not wanted any more. */
  readonly giveUpFetch: (group: GroupId) => void;
  readonly transport: Transport;
  /** What nodes send to each other, of all groups. */
  readonly loads: NodeLoads;
  readonly lag: LoopLag;
  /** Where nodes stand. */
  readonly zones: Zones;
  readonly clock: Clock;
  readonly timing: HostTiming;
  readonly limits: HostLimits;
  /** Seed of the random election timeouts. */
  readonly seed: number;
  /** See `HostOptions.firstRequestId`. */
  readonly firstRequestId: () => number;
  /** The disk failed: the whole node must stop. */
  readonly onDiskFailure: (error: unknown) => void;
  readonly events: GroupEvents;
}

/** What the host hears of a group. */
export interface GroupEvents {
  /** This group stopped after a broken invariant or a state machine that threw. */
  onFailure(group: GroupId, error: unknown): void;
  onSlowProposal(slow: SlowProposal): void;
  /** A snapshot could not be written; the group goes on without it, and tries again. */
  onSnapshotFailure(group: GroupId, error: unknown): void;
  /** Members have changed, or changed back. */
  onMembers(group: GroupId, members: readonly NodeId[]): void;
  /** A committed configuration does not contain this node. */
  onRemoved(group: GroupId): void;
  /** The group needs ticks from now on; or none before this time, on the clock's milliseconds, unless it says so earlier. */
  onTicksWanted(group: Group, from: 'now' | number | 'never'): void;
}

export interface GroupStatus extends RaftStatus {
  readonly group: GroupId;
  readonly sessions: number;
  /** Bytes of proposals that wait for their batch. */
  readonly queuedBytes: number;
  /** Bytes that this node has proposed as leader and that are not applied here. */
  readonly unappliedBytes: number;
  /** The state machine is being replaced by a snapshot: nothing can be read from it. */
  readonly isRestoring: boolean;
  /** Of the latest snapshot on this node; 0: there is none. */
  readonly snapshotIndex: Index;
  /** How often the group was forced to go on without its quorum (docs/recovery.md). */
  readonly forcedRecoveries: number;
  /** How this node feeds the others, or would if it led. */
  readonly dispatch: DispatchReport;
  /** Set once the group has stopped after a failure. */
  readonly failure: string | undefined;
}

/** Of a snapshot that no leader has offered; theirs begin at 1. */
const noSession = 0;

/** A snapshot that this member wants, where no leader has offered it. */
interface RestoringFrom {
  hasCome: boolean;
  /** Why it does not come. */
  failure: GiveUpReason | 'failed' | undefined;
}

/** How often a group looks whether a snapshot is due. */
const snapshotCheckMs = 200;

export class Group {
  readonly id: GroupId;
  readonly #ports: GroupPorts;
  readonly #stateMachine: StateMachine;
  readonly #allowsWeak: boolean;
  readonly #raft: Raft;
  readonly #sessions: SessionTable;
  readonly #sessionExpiry: SessionExpiry;
  readonly #dispatch: GroupDispatch;
  readonly #fragments: BatchFragments;
  readonly #proposals: ProposalQueue;
  readonly #submissions: Submissions;
  readonly #slowWatch: SlowWatch;
  readonly #applier: Applier;
  readonly #barriers: ReadBarriers;
  readonly #plan: CompactionPlan;
  readonly #snapshots: GroupSnapshots;
  readonly #sessionPorts: SessionPorts;
  readonly #ownSession: OwnSession;
  #onNextTick: (() => void)[] = [];
  readonly #roleListeners = new Set<(effect: RoleEffect) => void>();
  readonly #tap: StatisticsTap = { collector: undefined };
  readonly #watch = new GroupWatch(() => this.#state());
  #nextSnapshotCheckMs = 0;
  /** When a leader has to look after silent sessions again; `undefined`: there is nothing to look after. */
  #sessionsDueMs: number | undefined;
  #wantsTicks = true;
  #carryingOut = false;
  /** While `restoreFrom` is under way. */
  #restoringFrom: RestoringFrom | undefined;
  #failure: Error | undefined;
  #stopped = false;
  #lineage: number;

  constructor(options: GroupOptions, ports: GroupPorts) {
    const { group, stateMachine, weakBytesMax = 0 } = options;
    const { nodeId, log, clock, timing, limits, snapshots, events } = ports;
    this.id = group;
    this.#ports = ports;
    this.#stateMachine = stateMachine;
    this.#allowsWeak = checkedWeakBytesMax(weakBytesMax) > 0;
    const latest = snapshots.latest(group);
    const found = recoveredState(options, ports, latest);
    const lifeId = ports.firstRequestId();
    this.#raft = new Raft(
      {
        id: nodeId,
        electionTicks: Math.ceil(timing.electionTimeoutMs / timing.tickMs),
        heartbeatTicks: Math.max(1, Math.round(timing.heartbeatIntervalMs / timing.tickMs)),
        leaseMs: leaseMsOf(timing),
        hibernateAfterTicks: Math.ceil(timing.hibernateAfterMs / timing.tickMs),
        seed: ports.seed,
        lifeId,
        appendBytesMax: limits.appendBytesMax,
        inflightBytesMax: limits.inflightBytesMax,
        windowEntriesMax: limits.windowEntriesMax,
        windowBytesMax: limits.windowBytesMax,
        uncommittedBytesMax: limits.uncommittedBytesMax,
        weakBytesMax,
        cacheBytesMax: limits.cacheBytesMax,
        sealNoop: (header) => sealNoopRecord(group, header),
        sealConfiguration: (header, configuration) => sealConfigurationRecord(group, header, configuration),
      },
      found.state,
    );
    this.#lineage = lineageOf(this.#raft.term);
    this.#dispatch = new GroupDispatch(checkedDispatch(options.dispatch ?? defaultDispatch), {
      nodeId,
      raft: this.#raft,
      random: new SeededRandom(ports.seed),
      nowMs: () => clock.nowMs(),
      loads: ports.loads,
      lag: ports.lag,
      zones: ports.zones,
      areCarried: (areCarried) => this.#proposals?.areCarried(areCarried),
      canRelay: (node) => (ports.transport.versionOf(node) ?? 0) >= since.relays,
    });
    this.#dispatch.membersAre(membersOf(this.#raft.configuration));
    this.#fragments = new BatchFragments({
      nodeId,
      group,
      bytesMax: limits.windowBytesMax,
      tap: this.#tap,
      send: (to, fragment) => this.#send(to, { kind: 'fragment', fragment }),
      onAppend: (message) => this.#step(message),
    });
    if (ports.statistics.settings.collect === 'always') this.#collect();
    this.#sessions = new SessionTable(limits);
    this.#sessionExpiry = new SessionExpiry(limits.sessionTimeoutMs, {
      sessions: this.#sessions,
      propose: (index) => this.#endSilentSessions(index),
    });
    this.#plan = new CompactionPlan(limits, latest ?? { index: 0, bytes: 0 });
    // Many batches may be proposed before anything is carried out; each is to have its own plan.
    const onProposed = (lastIndex: Index, bytes: number): void => this.#dispatch.batchProposed(lastIndex, bytes);
    this.#proposals = new ProposalQueue(group, this.#raft, limits, () => clock.nowMs(), this.#tap, onProposed);
    this.#slowWatch = new SlowWatch(group, (slow) => events.onSlowProposal(slow));
    this.#applier = new Applier({
      raft: this.#raft,
      stateMachine,
      sessions: this.#sessions,
      sessionLimits: limits,
      proposals: this.#proposals,
      tap: this.#tap,
      readLog: (fromIndex, bytesMax) => log.read(group, fromIndex, bytesMax),
      openSnapshot: () => snapshots.open(group),
      restorePace: ports.restorePace,
      onBatch: (index, bytes) => this.#plan.applied(index, bytes, clock.nowMs()),
      onRestored: ({ index, bytes }) => this.#plan.restored(index, bytes),
      onApplied: (index) => this.#onApplied(index),
      onFailure: (error) => this.#fail(error),
    });
    this.#snapshots = new GroupSnapshots({
      group,
      raft: this.#raft,
      applier: this.#applier,
      plan: this.#plan,
      store: snapshots,
      log,
      clock,
      slots: ports.snapshotSlots,
      tap: this.#tap,
      onFailure: (error) => events.onSnapshotFailure(group, error),
    });
    const askReadIndex = (requestId: number): void => this.#input(() => this.#raft.readIndex(requestId));
    this.#barriers = new ReadBarriers(clock, 2 * timing.heartbeatIntervalMs, askReadIndex, new RequestIds(lifeId));
    this.#submissions = new Submissions({
      nodeId,
      raft: this.#raft,
      proposals: this.#proposals,
      clock,
      timing,
      limits,
      firstRequestId: ports.firstRequestId(),
      tap: this.#tap,
      send: (to, frame) => this.#send(to, frame),
      refusalFor: (payload, acknowledge) => this.#refusalFor(payload, acknowledge),
      propose: () => this.#input(() => this.#proposals.propose()),
    });
    this.#sessionPorts = {
      nowMs: () => clock.nowMs(),
      submit: (payload, deadlineMs, sink, token) => this.submit(payload, deadlineMs, sink, token),
      nextTick: () => this.#nextTick(),
      refusal: () => this.#endedWith(),
    };
    this.#ownSession = new OwnSession(this.#sessionPorts);
    if (found.resetsLog) log.reset(group, 0, found.state.base);
    if (latest !== undefined) this.#applier.restore('ownDisk');
    this.#input(() => {});
  }

  // --- what embedders use ------------------------------------------------------------------------------------------

  /**
   * Submits one entry's payload (see payload.ts; copied before the call returns) on any member: a leader takes it into
   * its next batch, another member forwards it. The sink hears exactly once what became of it, at the latest when
   * `deadlineMs` (on the host's clock) has passed; possibly before this call returns. With `acknowledge`, it also hears when the entry has
   * come so far, if that is known before. `weak` is refused, with WEAK_NOT_ALLOWED, unless the group allows it: see
   * `GroupOptions.weakBytesMax`.
   */
  submit(
    payload: Uint8Array,
    deadlineMs: number,
    sink: SubmitSink,
    token: number,
    acknowledge: Acknowledgement = 'applied',
  ): void {
    this.#wake();
    this.#submissions.submit(payload, deadlineMs, sink, token, acknowledge);
  }

  /**
   * Proposes a command, on any member; resolves with what the state machine answered once the command is committed, durable on a
   * majority, and applied, here or at the leader. Sent again until the deadline, and applied once, however often it was sent.
   * `command` may be written again when the call returns; at most `HostLimits.proposalBytesMax` bytes, less a header of 24.
   * @throws ProposalError, which says whether the command may be applied all the same: NO_QUORUM, BUSY, NOT_LEADER, LEADER_CHANGED,
   * DEADLINE_EXCEEDED, TOO_LARGE, RESULT_TOO_LARGE, SESSION_UNKNOWN, SESSION_REFUSED, STOPPED, GROUP_FAILED. The signal's reason.
   */
  propose(command: Uint8Array, options: ProposeOptions): Promise<Proposed> {
    return this.#ownSession.propose(command, options);
  }

  /**
   * Opens a session for a client of the embedder's own; its id names it in the payloads to come (see `encodePayload`). A session
   * that is silent for `HostLimits.sessionTimeoutMs` ends.
   * @throws as `propose`.
   */
  openSession(options: ProposeOptions): Promise<number> {
    return openSession(this.#sessionPorts, this.#ports.clock.nowMs() + options.timeoutMs, options);
  }

  /**
   * Resolves, with the applied index, once a local read sees what it should: everything that was committed before the call, so that
   * the read is linearizable; or, with `maxLag`, as soon as this member is known to be no further behind than that. If it is
   * not, or not known to be, the read becomes a linearizable one.
   * @throws ReplicaError NO_QUORUM, DEADLINE_EXCEEDED, STOPPED, GROUP_FAILED. The signal's reason.
   */
  async readBarrier({ timeoutMs, maxLag, signal }: ReadOptions): Promise<Index> {
    signal?.throwIfAborted();
    this.#mustRun();
    if (maxLag !== undefined && this.#isWithin(maxLag)) {
      this.#tap.collector?.readWithinLag();
      return this.#applier.appliedIndex;
    }
    this.#wake();
    const beganMs = this.#ports.clock.nowMs();
    try {
      const index = await orAborted(this.#barriers.wait(beganMs + timeoutMs), signal);
      this.#tap.collector?.readServed(beganMs);
      return index;
    } catch (error) {
      this.#tap.collector?.readFailed();
      throw error;
    }
  }

  /**
   * Changes the members, on the leader; resolves with the configuration once it is committed. New voters become learners first,
   * and voters when they have caught up, so it can take as long as a snapshot takes to travel.
   * One change at a time, and the steps that were taken stay if a later one fails: ask again for the rest.
   * @throws ReplicaError NOT_LEADER, LEADER_CHANGED, MEMBERS_INVALID, MEMBER_BEHIND, QUORUM_OUT_OF_REACH, BUSY, DEADLINE_EXCEEDED,
   * STOPPED, GROUP_FAILED. The signal's reason, and then the change may go on all the same.
   */
  changeMembers(change: MemberChange, options: ChangeOptions): Promise<Configuration> {
    this.#wake();
    const ports = {
      nowMs: () => this.#ports.clock.nowMs(),
      status: () => this.#raft.status(),
      reconfigure: (target: ConfigurationTarget) => this.#reconfigure(target),
      nextTick: () => this.#nextTick(),
      refusal: () => this.#endedWith(),
    };
    return changeMembers(ports, change, options);
  }

  /**
   * Hands leadership over, to whoever is best if nobody is named; resolves with the new leader. Proposals wait meanwhile.
   * @throws ReplicaError NOT_LEADER, TRANSFER_REFUSED, TRANSFER_FAILED, DEADLINE_EXCEEDED, STOPPED, GROUP_FAILED. The signal's
   * reason, and then leadership may be handed over all the same.
   */
  transferLeadership(to: NodeId | undefined, options: TransferOptions): Promise<NodeId> {
    this.#wake();
    const ports = {
      nodeId: this.#ports.nodeId,
      nowMs: () => this.#ports.clock.nowMs(),
      status: () => this.#raft.status(),
      transfer: (successor: NodeId) =>
        this.#ask((raft) => raft.transferLeadership(successor), { accepted: false, reason: 'notLeader' }),
      nextTick: () => this.#nextTick(),
      refusal: () => this.#endedWith(),
    };
    return transferLeadership(ports, to, options);
  }

  /**
   * Takes a snapshot now, while everything else goes on; resolves once it is durable, or with the latest if that has everything;
   * `undefined`: nothing was applied yet, or this member does not know yet who belongs to the group. Snapshots are taken without being asked for, too (see `CompactionLimits`).
   * @throws ReplicaError SNAPSHOT_FAILED: the state machine or the disk did not let it be written; STOPPED, GROUP_FAILED.
   */
  async takeSnapshot({ signal }: TakeSnapshotOptions = {}): Promise<StoredSnapshot | undefined> {
    signal?.throwIfAborted();
    this.#mustRun();
    const snapshot = await orAborted(this.#snapshots.take(), signal);
    this.#mustRun();
    return snapshot;
  }

  /**
   * Another member's snapshot takes the place of this member's state, for one of which a part is damaged; term, vote and log stay as they
   * are, and what the log has behind the snapshot is applied after it. `snapshot` is what `takeSnapshot` has given on `node`; who asks for it
   * there is the embedder's affair. Resolves once the state is as far as it was. One at a time.
   * @throws ReplicaError BUSY; OPTIONS_INVALID: the snapshot is not of this log, or no later than the latest here; SNAPSHOT_FAILED: it did not come;
   * DEADLINE_EXCEEDED, STOPPED, GROUP_FAILED. The signal's reason.
   */
  async restoreFrom(node: NodeId, snapshot: StoredSnapshot, options: RestoreFromOptions): Promise<void> {
    if (this.#restoringFrom !== undefined) throw new ReplicaError('BUSY', 'a snapshot is on its way already');
    this.#wake();
    const restoring: RestoringFrom = { hasCome: false, failure: undefined };
    this.#restoringFrom = restoring;
    const ports = {
      nodeId: this.#ports.nodeId,
      nowMs: () => this.#ports.clock.nowMs(),
      commitIndex: () => this.#raft.commitIndex,
      termAt: (index: Index) => this.#raft.termAt(index),
      snapshotIndex: () => this.#ports.snapshots.latest(this.id)?.index ?? 0,
      offer: () => {
        if (!restoring.hasCome) this.#fetchWanted(node, snapshot);
      },
      failure: () => restoring.failure,
      isRestored: () => restoring.hasCome && !this.#applier.isRestoring,
      nextTick: () => this.#nextTick(),
      refusal: () => this.#endedWith(),
    };
    try {
      await restoreFrom(ports, node, snapshot, options);
    } finally {
      this.#restoringFrom = undefined;
      // What a leader offers it offers again.
      if (!restoring.hasCome) this.#ports.giveUpFetch(this.id);
    }
  }

  /**
   * How this node gets entries to the others while it leads, from the next batch on; every member has a setting of its own, and all
   * work together.
   * @throws ReplicaError OPTIONS_INVALID.
   */
  setDispatch(options: DispatchOptions): void {
    const checked = checkedDispatch(options);
    this.#input(() => this.#dispatch.use(checked));
  }

  /** The node's log is too long because of this group: it is to need none of it. */
  compactFully(): void {
    if (this.#runs()) this.#snapshots.compactFully();
  }

  /** Some node stands elsewhere. */
  onZonesChanged(): void {
    this.#input(() => this.#dispatch.reachChanged());
  }

  /** Somebody who asked for the latest snapshot could not get it: its file is damaged. */
  onSnapshotDamaged(): void {
    if (this.#runs()) this.#snapshots.replaceDamaged();
  }

  status(): GroupStatus {
    // Not by spreading one into the other, which takes far longer for so many fields.
    return Object.assign(this.#raft.status(), {
      group: this.id,
      appliedIndex: this.#applier.appliedIndex,
      sessions: this.#sessions.size,
      queuedBytes: this.#proposals.queuedBytes + this.#submissions.waitingBytes,
      unappliedBytes: this.#proposals.unappliedBytes,
      isRestoring: this.#applier.isRestoring,
      snapshotIndex: this.#ports.snapshots.latest(this.id)?.index ?? 0,
      forcedRecoveries: lineageOf(this.#raft.term),
      dispatch: this.#dispatch.report(),
      failure: this.#failure?.message,
    });
  }

  /** Whom this node plans with as a leader, and by what it chooses. What became of a plan is `relay` of each follower in the status. */
  routing(): RoutingReport {
    return this.#dispatch.routing();
  }

  /**
   * What was measured of this member, as a copy. The first call begins to collect, so it finds nothing; the collecting ends when the
   * group stops, or when nobody has asked for `StatisticsSettings.forgetAfterMs`. Asking resets nothing.
   */
  statistics(): GroupStatistics {
    return (this.#tap.collector ?? this.#collect()).report();
  }

  /** All counts, averages and windows begin anew, for everybody who asks; what is under way is not counted any more. */
  resetStatistics(): void {
    if (this.#tap.collector !== undefined) this.#collect();
  }

  /** Called by the host from time to time. */
  forgetStatistics(nowMs: number): void {
    if (this.#tap.collector?.isForgotten(nowMs)) this.#endCollecting();
  }

  /**
   * The state machine's checksum, and the index up to which it had applied when it was asked; `undefined` while it is being
   * replaced.
   */
  checksum(): { readonly index: Index; readonly checksum: number | Promise<number> } | undefined {
    if (this.#applier.isRestoring) return undefined;
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

  /** The state machine is being replaced by a snapshot: until that is over, nothing can be read from it. */
  get isRestoring(): boolean {
    return this.#applier.isRestoring;
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

  /**
   * The member's state as it is now, and then whenever it differs from what was taken last: what happened between two looks is
   * one change, so nothing piles up for whoever is slow. Ends when the group stops; throws the signal's reason, or GROUP_FAILED.
   *
   * ```ts
   * for await (const { leader } of group.changes(signal)) console.log('led by', leader ?? 'nobody');
   * ```
   */
  changes(signal?: AbortSignal): AsyncGenerator<GroupState, void, undefined> {
    return this.#watch.changes(signal);
  }

  // --- what the host hands in --------------------------------------------------------------------------------------

  tick(ticks: number): void {
    for (let i = 0; i < ticks; i++) this.#input(() => this.#raft.tick());
    const nowMs = this.#ports.clock.nowMs();
    this.#input(() => this.#dispatch.tick(nowMs));
    this.#slowWatch.check(nowMs, this.#proposals.oldest(), () => this.status());
    this.#submissions.expire(nowMs);
    this.#barriers.tick(this.#raft.leader !== undefined);
    if (this.isLeader) this.#sessionsDueMs = this.#sessionExpiry.run(nowMs);
    else this.#sessionExpiry.reset();
    if (nowMs >= this.#nextSnapshotCheckMs && this.#runs()) {
      this.#nextSnapshotCheckMs = nowMs + snapshotCheckMs;
      this.#snapshots.tick();
    }
    this.#wakeTickWaiters();
    this.#considerTicks();
  }

  onFrame(from: NodeId, frame: PeerFrame): void {
    switch (frame.kind) {
      case 'raft':
        // The connection knows who sends; a message that claims another sender is not from a peer of ours.
        if (frame.message.from === from) this.#step(frame.message);
        break;
      case 'forward':
        this.#submissions.onForwarded(from, frame.proposal);
        break;
      case 'forwardAccepted':
        this.#submissions.onForwardAccepted(from, frame.accepted);
        break;
      case 'forwardReply':
        this.#submissions.onForwardReply(from, frame.reply);
        break;
      case 'fragment':
        if (this.#runs()) this.#fragments.arrived(from, frame.fragment, this.#raft.term);
        break;
      case 'snapshotOffer':
        if (frame.offer.message.from === from && this.#runs()) this.#onOffer(from, frame.offer);
        break;
      case 'snapshotRequest':
      case 'snapshotChunk':
      case 'nodeLoad':
        // These are for the node, whatever the group does.
        break;
    }
  }

  /** The data of the snapshot that the message names is durable here. */
  onSnapshotReceived(message: InstallSnapshot, bytes: number): void {
    this.#tap.collector?.snapshots.fetched(bytes);
    const { index, term } = message.snapshot;
    const isWanted = this.#restoringFrom !== undefined && index <= this.#raft.commitIndex;
    if (isWanted && this.#raft.termAt(index) === term) {
      this.#restoringFrom!.hasCome = true;
      this.#applier.restore('otherNode');
    }
    // The core knows of those that a leader has offered.
    if (message.session !== noSession) this.#step(message);
  }

  /** What was on its way does not come. */
  onFetchEnded(reason: GiveUpReason | 'failed'): void {
    if (this.#restoringFrom !== undefined) this.#restoringFrom.failure = reason;
  }

  onDurable(sequence: number): void {
    this.#input(() => {
      this.#tap.collector?.appended(sequence);
      this.#raft.appended(sequence);
    });
  }

  onPeerUp(peer: NodeId): void {
    this.#input(() => {
      this.#dispatch.reachChanged();
      this.#raft.peerUp(peer);
    });
  }

  onPeerDown(peer: NodeId): void {
    this.#input(() => {
      this.#dispatch.reachChanged();
      this.#raft.peerDown(peer);
    });
    this.#submissions.onPeerDown(peer);
  }

  /** Ends every wait. What is being written is finished or given up when the returned promise resolves. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#applier.stop();
    this.#giveUpAll('STOPPED');
    this.#wakeTickWaiters();
    this.#watch.end();
    this.#roleListeners.clear();
    this.#endCollecting();
    return this.#snapshots.stop();
  }

  // --- submitting --------------------------------------------------------------------------------------------------

  #refusalFor(payload: Uint8Array, acknowledge: Acknowledgement): ReplicaErrorCode | undefined {
    const ended = this.#endedWith();
    if (ended !== undefined) return ended;
    if (payload.length > this.#ports.limits.proposalBytesMax) return 'TOO_LARGE';
    if (!isWellFormed(payload)) return 'PAYLOAD_MALFORMED';
    if (acknowledge === 'weak' && !this.#allowsWeak) return 'WEAK_NOT_ALLOWED';
    return undefined;
  }

  #mustRun(): void {
    const ended = this.#endedWith();
    if (ended !== undefined) throw endedGroup(ended, this.#failure);
  }

  #endedWith(): ReplicaErrorCode | undefined {
    if (this.#stopped) return 'STOPPED';
    return this.#failure === undefined ? undefined : 'GROUP_FAILED';
  }

  /** Members of an older release cannot be told: who belongs to the group must not depend on the release. */
  #reconfigure(target: ConfigurationTarget): ReconfigureResult {
    const members = new Set([...membersOf(this.#raft.configuration), ...target.voters, ...target.learners]);
    const tooOld = [...members].filter((node) => {
      return (this.#ports.transport.versionOf(node) ?? since.membership) < since.membership;
    });
    if (tooOld.length > 0) {
      const detail = `of a release that knows no changes of members: ${tooOld.join(', ')}; upgrade them first`;
      return { accepted: false, reason: 'invalid', detail };
    }
    const detail = 'the group has stopped';
    return this.#ask((raft) => raft.reconfigure(target), { accepted: false, reason: 'notLeader', detail });
  }

  #isWithin({ ms, entries }: ReadLag): boolean {
    const freshness = this.#raft.freshness();
    if (freshness === undefined || this.#applier.isRestoring) return false;
    const behindMs = this.#ports.clock.nowMs() - freshness.asOfMs;
    return behindMs <= ms && freshness.commitIndex - this.#applier.appliedIndex <= entries;
  }

  /** Not for others to ask for: `isWellFormed` keeps it out of what is submitted. */
  #endSilentSessions(index: Index): void {
    const { clock, limits } = this.#ports;
    const deadlineMs = clock.nowMs() + limits.forwardedDeadlineMs;
    this.#submissions.submitHere(endSilentSessionsPayload(index), deadlineMs, noSink, 0, 'applied');
  }

  #nextTick(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onNextTick.push(resolve);
      this.#considerTicks();
    });
  }

  #wakeTickWaiters(): void {
    for (const wake of this.#onNextTick.splice(0)) wake();
  }

  // --- hibernation -------------------------------------------------------------------------------------------------

  /** Somebody wants the group. */
  #wake(): void {
    if (this.#raft.hibernates) this.#input(() => this.#raft.wake());
    this.#wantTicks(true);
  }

  /** Time need not pass for a group that hibernates and in which nobody waits for anything. */
  #considerTicks(): void {
    const isQuiet =
      this.#raft.hibernates && this.#onNextTick.length === 0 && this.#submissions.isIdle && this.#barriers.isIdle;
    this.#wantTicks(!isQuiet);
  }

  #wantTicks(wanted: boolean): void {
    if (wanted === this.#wantsTicks) return;
    this.#wantsTicks = wanted;
    this.#ports.events.onTicksWanted(this, wanted ? 'now' : (this.#sessionsDueMs ?? 'never'));
  }

  // --- statistics --------------------------------------------------------------------------------------------------

  /** From nothing. Of a group that has stopped nothing is kept. */
  #collect(): GroupCollector {
    const { nodeId, clock, statistics } = this.#ports;
    const collector = new GroupCollector({
      group: this.id,
      nodeId,
      settings: statistics.settings,
      nowMs: () => clock.nowMs(),
      raft: this.#raft,
      lastWriteBeganMs: () => statistics.lastWriteBeganMs,
    });
    if (this.#stopped) return collector;
    this.#tap.collector = collector;
    statistics.collects(this, true);
    return collector;
  }

  #endCollecting(): void {
    this.#tap.collector = undefined;
    this.#ports.statistics.collects(this, false);
  }

  // --- inputs and effects ------------------------------------------------------------------------------------------

  /** The one way into the core. A failure inside stops this group, and only this group. */
  #input(feed: () => void): void {
    if (!this.#runs()) return;
    try {
      const nowMs = this.#ports.clock.nowMs();
      this.#raft.observeTime(nowMs);
      this.#tap.collector?.inputBegins(nowMs);
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

  #step(message: Message): void {
    this.#input(() => {
      this.#noteAnswer(message);
      this.#raft.step(message);
      this.#tap.collector?.messageArrived(message);
    });
    this.#tap.collector?.messageHandled(message);
  }

  #noteSent(message: Message): void {
    if (message.type === MessageType.append) this.#dispatch.appendSent(message);
    else if (message.type === MessageType.heartbeat) this.#dispatch.heartbeatSent(message.to, message.round);
  }

  #noteAnswer(message: Message): void {
    if (message.type === MessageType.appendAck) this.#dispatch.acknowledged(message.from, message.durableIndex);
    else if (message.type === MessageType.heartbeatAck) this.#dispatch.heartbeatAnswered(message.from, message.round);
  }

  /** An input that is answered at once. */
  #ask<T>(feed: (raft: Raft) => T, answerOfTheDead: T): T {
    let answer = answerOfTheDead;
    this.#input(() => {
      answer = feed(this.#raft);
    });
    return answer;
  }

  #runs(): boolean {
    return !this.#stopped && this.#failure === undefined;
  }

  #carryOut(effect: Effect): void {
    this.#tap.collector?.effect(effect);
    switch (effect.type) {
      case 'send': {
        const taken = this.#send(effect.message.to, { kind: 'raft', message: effect.message });
        this.#tap.collector?.messageSent(effect.message, taken);
        if (taken) this.#noteSent(effect.message);
        break;
      }
      case 'append':
        this.#ports.log.append(this.id, effect.sequence, effect.batch);
        break;
      case 'saveHardState':
        this.#ports.hardStates.save(this.id, effect.hardState).then(
          () =>
            this.#input(() => {
              this.#tap.collector?.hardStateSaved(effect.sequence);
              this.#raft.hardStateSaved(effect.sequence);
            }),
          (error: unknown) => this.#ports.onDiskFailure(error),
        );
        break;
      case 'commit':
        this.#dispatch.committed(effect.index);
        this.#applier.run();
        // Nearly everything is applied by now, and its submitters have heard so.
        this.#proposals.accepted(effect.index, 'committed');
        this.#noteApplied();
        this.#proposals.propose();
        break;
      case 'weaklyAccepted':
        this.#proposals.accepted(effect.index, 'weak');
        break;
      case 'sendFragments':
        this.#fragments.sendAll(effect);
        break;
      case 'readLog':
        this.#readForFollower(effect);
        break;
      case 'readReady':
        this.#barriers.answered(effect.requestId, effect.readIndex, this.#applier.appliedIndex);
        break;
      case 'sendSnapshot':
        this.#offerSnapshot(effect);
        break;
      case 'installSnapshot':
        this.#ports.log.reset(this.id, effect.sequence, effect.snapshot);
        this.#applier.restore('otherNode');
        this.#watch.changed();
        break;
      case 'role':
        this.#noteLineage(effect.term);
        this.#dispatch.roleIs(effect.role === Role.leader);
        this.#submissions.onRole(effect);
        for (const listener of this.#roleListeners) listener(effect);
        this.#watch.changed();
        break;
      case 'configuration':
        this.#dispatch.membersAre(membersOf(effect.configuration));
        this.#watch.changed();
        this.#ports.events.onMembers(this.id, membersOf(effect.configuration));
        break;
      case 'removed':
        this.#ports.events.onRemoved(this.id);
        break;
      case 'transferFailed':
        // What was held back meanwhile goes on here.
        this.#proposals.propose();
        break;
      case 'hibernation':
        this.#considerTicks();
        break;
    }
  }

  #readForFollower({ to, term, session, fromIndex, bytesMax }: ReadLogEffect): void {
    const answer = (batches: readonly Batch[]): void =>
      this.#input(() => this.#raft.logRead(to, term, session, batches));
    this.#ports.log.read(this.id, fromIndex, bytesMax).then(answer, (error: unknown) => {
      // Compacted while it was being read: the follower needs a snapshot, which the core finds out by itself.
      const isGone = error instanceof ReplicaError && error.code === 'LOG_RELEASED';
      if (isGone) answer([]);
      else this.#fail(error);
    });
  }

  #offerSnapshot({ to, term, session }: SendSnapshotEffect): void {
    const { nodeId, snapshots } = this.#ports;
    const latest = snapshots.latest(this.id);
    let isSent = false;
    if (latest !== undefined) {
      const { index, term: snapshotTerm, configuration, id: snapshotId, bytes } = latest;
      const snapshot = { index, term: snapshotTerm, configuration };
      const message = { type: MessageType.installSnapshot, from: nodeId, to, term, session, snapshot } as const;
      const logFirstIndex = this.#raft.status().baseIndex + 1;
      isSent = this.#send(to, { kind: 'snapshotOffer', offer: { message, snapshotId, bytes, logFirstIndex } });
    }
    this.#raft.snapshotOffered(to, term, session, isSent ? latest?.index : undefined);
  }

  /** For this member itself: see `restoreFrom`. */
  #fetchWanted(from: NodeId, { id: snapshotId, bytes, ...snapshot }: StoredSnapshot): void {
    const { nodeId } = this.#ports;
    const { term } = this.#raft;
    const message = {
      type: MessageType.installSnapshot,
      from,
      to: nodeId,
      term,
      session: noSession,
      snapshot,
    } as const;
    this.#tap.collector?.snapshots.fetchBegins();
    this.#ports.fetchSnapshot(this.id, from, { message, snapshotId, bytes, logFirstIndex: snapshot.index + 1 });
  }

  /** What was on its way from an earlier lineage must not arrive: who sends it may be one that was left behind. */
  #noteLineage(term: Term): void {
    if (lineageOf(term) === this.#lineage) return;
    this.#lineage = lineageOf(term);
    this.#ports.giveUpFetch(this.id);
  }

  /** What is here already need not be fetched. What an earlier lineage holds must not be: once here, it would take the log's place. */
  #onOffer(from: NodeId, offer: SnapshotOffer): void {
    const { message } = offer;
    if (lineageOf(message.term) < lineageOf(this.#raft.term)) return;
    if (message.snapshot.index <= this.#raft.commitIndex) {
      this.#step(message);
    } else {
      this.#tap.collector?.snapshots.fetchBegins();
      this.#ports.fetchSnapshot(this.id, from, offer);
    }
  }

  #onApplied(index: Index): void {
    this.#noteApplied();
    this.#barriers.applied(index);
    this.#watch.changed();
    // Proposals may have waited for that. Where a commit was the cause, they follow behind it.
    if (!this.#carryingOut) this.#input(() => this.#proposals.propose());
  }

  #state(): GroupState {
    const { role, term, leader, configuration } = this.#raft;
    const { appliedIndex, isRestoring } = this.#applier;
    return { role, term, leader, configuration, appliedIndex, isRestoring };
  }

  /** A snapshot that was fetched for an earlier leader may hold more than this member knows to be committed. */
  #noteApplied(): void {
    if (this.#applier.isRestoring) return;
    this.#raft.applied(Math.min(this.#applier.appliedIndex, this.#raft.commitIndex));
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
    this.#watch.end(endedGroup('GROUP_FAILED', this.#failure));
    this.#ports.events.onFailure(this.id, error);
  }

  #giveUpAll(code: ReplicaErrorCode): void {
    this.#submissions.giveUpAll(code);
    this.#barriers.rejectAll(endedGroup(code, this.#failure));
  }
}

/** @throws ReplicaError OPTIONS_INVALID. */
function checkedDispatch(options: DispatchOptions): DispatchOptions {
  const problems = [...dispatchProblems(options)];
  if (problems.length > 0) throw new ReplicaError('OPTIONS_INVALID', problems.join('; '));
  return options;
}

/** @throws ReplicaError OPTIONS_INVALID. */
function checkedWeakBytesMax(bytes: number): number {
  if (bytes >= 0) return bytes;
  throw new ReplicaError('OPTIONS_INVALID', `weakBytesMax: ${bytes} is less than 0`);
}

function endedGroup(code: ReplicaErrorCode, cause: Error | undefined): ReplicaError {
  return new ReplicaError(code, 'this group does not run here any more', cause && { cause });
}
