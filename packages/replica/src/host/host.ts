// A node: one log, one transport, one clock, and the groups that share them.

import { type GroupId, membersOf, type NodeId, withLostEntries } from '@balsa/raft';
import { LoopLag } from '../dispatch/loop-lag.ts';
import { meteredTransport } from '../dispatch/metered-transport.ts';
import { NodeLoads } from '../dispatch/node-loads.ts';
import { Zones } from '../dispatch/zones.ts';
import { ReplicaError } from '../errors.ts';
import type {
  Clock,
  HardStateStore,
  LogStore,
  LogStoreEvents,
  PeerFrame,
  SnapshotStore,
  StateFiles,
  Transport,
} from '../ports.ts';
import { randomId } from '../random-id.ts';
import { SnapshotsWithFiles } from '../snapshot/snapshots-with-files.ts';
import { RestorePace } from '../snapshot-transfer/restore-pace.ts';
import { SnapshotFetcher } from '../snapshot-transfer/snapshot-fetcher.ts';
import { SnapshotSender } from '../snapshot-transfer/snapshot-sender.ts';
import { HostCollector } from '../statistics/host-collector.ts';
import type { HostStatistics, PeerConnection } from '../statistics/report.ts';
import { defaultStatisticsSettings, type StatisticsSettings } from '../statistics/settings.ts';
import { checkZones, isNodeId } from './check-options.ts';
import { Group, type GroupEvents, type GroupOptions } from './group.ts';
import { SnapshotSlots } from './group-snapshots.ts';
import { defaultLimits, defaultTiming, type HostLimits, type HostTiming, ticksAtOnceMax } from './host-options.ts';
import { realClock } from './real-clock.ts';
import { readSessionSnapshot } from './session-snapshot.ts';
import type { SlowProposal } from './slow-watch.ts';

export interface HostOptions {
  readonly nodeId: NodeId;
  /** Opens the log; the host hears of its flushes. Closed by `stop`. */
  readonly openLog: (events: LogStoreEvents) => Promise<LogStore>;
  /** Closed by `stop`. */
  readonly hardStates: HardStateStore;
  /** Closed by `stop`. */
  readonly snapshots: SnapshotStore;
  /** Started by `connect`, closed by `stop`. */
  readonly transport: Transport;
  readonly clock?: Clock;
  readonly timing?: Partial<HostTiming>;
  readonly limits?: Partial<HostLimits>;
  /**
   * Where nodes stand, this one included: names of up to 64 letters, digits, dots, hyphens and underscores. Relays take each batch into each
   * zone once (docs/relay.md). Those that are not named stand in one zone together. The same on every node. Later ones: `Host.setZone`.
   */
  readonly zones?: ReadonlyMap<NodeId, string>;
  /** What is measured, for how long, and how much of it is kept (docs/observability.md). */
  readonly statistics?: Partial<StatisticsSettings>;
  /** Seed of the random election timeouts. */
  readonly seed?: number;
  /**
   * Draws where the numbers of questions to other nodes begin, from 1 to 2^48; called twice for each group that starts.
   * A restarted node must not begin where it began before: late answers to its earlier run would pass for new ones. Also draws
   * the incident of a group that is removed from the disk.
   * Default: random. With a seeded source, a simulated host sends the same bytes again.
   */
  readonly firstRequestId?: () => number;
  readonly events: HostEvents;
}

export interface HostEvents {
  /** The disk failed. Nothing is acknowledged any more; stop the host and end the process. */
  onFatal(error: Error): void;
  /** One group stopped: a broken invariant, a damaged log, or a state machine that threw. The others go on. */
  onGroupFailure(group: GroupId, error: Error): void;
  /** A proposal has waited for seconds; what for is in the report. */
  onSlowProposal?(slow: SlowProposal): void;
  /** A snapshot could not be written: the group's log is kept meanwhile, and it is tried again. */
  onSnapshotFailure?(group: GroupId, error: Error): void;
  /** The group's members have changed: whom to be connected with. A change may be taken back. */
  onMembers?(group: GroupId, members: readonly NodeId[]): void;
  /** A committed change has removed this node from the group: it may be removed from the disk, too (see `removeGroup`). */
  onRemoved?(group: GroupId): void;
}

export interface StopOptions {
  /** How long to try to hand leadership over before the groups stop. Default: half an election timeout; 0: not at all. */
  readonly handOverMs?: number;
}

/** How often a host looks after groups that do nothing by themselves. */
const lookMs = 1000;

export class Host {
  readonly nodeId: NodeId;
  readonly #options: HostOptions;
  readonly #clock: Clock;
  readonly #timing: HostTiming;
  readonly #limits: HostLimits;
  readonly #log: LogStore;
  readonly #snapshots: SnapshotsWithFiles;
  readonly #loads = new NodeLoads();
  readonly #lag = new LoopLag();
  readonly #zones: Zones;
  readonly #transport: Transport;
  readonly #groups = new Map<GroupId, Group>();
  /** Those for which time passes: not those that hibernate. */
  readonly #ticking = new Set<Group>();
  /** Of those for which no time passes, when one wants to be ticked again. */
  readonly #resting = new Map<Group, number>();
  #nextLookMs = 0;
  readonly #snapshotSlots: SnapshotSlots;
  readonly #restorePace: RestorePace;
  readonly #statistics: HostCollector;
  readonly #fetcher: SnapshotFetcher;
  readonly #sender: SnapshotSender;
  readonly #connected = new Set<NodeId>();
  /** When each peer was connected, or lost, last. */
  readonly #peerChangesMs = new Map<NodeId, number>();
  readonly #stopTicking: () => void;
  #lastTickMs: number;
  #diskFailed = false;
  #stopping: Promise<void> | undefined;

  /** Opens the log; start the groups, then `connect`. */
  static async open(options: HostOptions): Promise<Host> {
    // The log may report before the host exists; nothing is queued yet, so only a failure can be that early.
    let host: Host | undefined;
    const log = await options.openLog({
      onDurable: (group, sequence) => host?.group(group)?.onDurable(sequence),
      onFailure: (error) => (host === undefined ? options.events.onFatal(error) : host.#onDiskFailure(error)),
    });
    host = new Host(options, log);
    return host;
  }

  private constructor(options: HostOptions, log: LogStore) {
    this.nodeId = options.nodeId;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#log = log;
    this.#zones = new Zones(options.zones ?? new Map());
    this.#snapshotSlots = new SnapshotSlots(this.#limits.snapshotsAtOnceMax);
    this.#restorePace = new RestorePace(this.#limits.snapshotRestore, this.#clock);
    this.#statistics = new HostCollector({ ...defaultStatisticsSettings, ...options.statistics }, this.#clock, log);
    const store = new SnapshotsWithFiles(options.snapshots, async (index, content) => {
      const { rest } = await readSessionSnapshot(this.#limits, index, content);
      return rest;
    });
    this.#snapshots = store;
    const transport = meteredTransport(options.transport, this.#loads, () => this.#clock.nowMs());
    this.#transport = transport;
    const onFailure = (group: GroupId, error: unknown): void =>
      options.events.onSnapshotFailure?.(group, asError(error));
    this.#fetcher = new SnapshotFetcher({
      store,
      transport,
      clock: this.#clock,
      limits: options.limits?.snapshotFetch ?? {},
      events: {
        onReceived: (group, message, { bytes }) => this.group(group)?.onSnapshotReceived(message, bytes),
        onGivenUp: (group, _from, reason) => this.group(group)?.onFetchEnded(reason),
        onFailure: (group, error) => {
          onFailure(group, error);
          this.group(group)?.onFetchEnded('failed');
        },
      },
    });
    const limits = { ...options.limits?.snapshotSend };
    const onSendFailure = (group: GroupId, error: unknown): void => {
      onFailure(group, error);
      if (error instanceof ReplicaError && error.code === 'SNAPSHOT_DAMAGED') this.group(group)?.onSnapshotDamaged();
    };
    const sendEvents = { onFailure: onSendFailure };
    this.#sender = new SnapshotSender({ store, transport, clock: this.#clock, limits, events: sendEvents });
    this.#lastTickMs = this.#clock.nowMs();
    this.#stopTicking = this.#clock.every(this.#timing.tickMs, () => this.#tick());
  }

  /**
   * Before a group is started whose state machine has files: are those here that its latest snapshot names? If not, the snapshot is as good as
   * lost. The log may still hold everything; if it does not, this node remembers that it has lost what it had acknowledged, and the others
   * give it back, as after damage to the log (see `NodeStorageOptions.restoreFromPeers`). Resolves with what was lost; `undefined`: nothing.
   * @throws ReplicaError SNAPSHOT_DAMAGED: it was lost, and the others are not to give it back; GROUP_RUNS. What the stores throw.
   */
  async checkStateFiles(
    id: GroupId,
    files: StateFiles,
    { restoreFromPeers = false }: { readonly restoreFromPeers?: boolean } = {},
  ): Promise<ReplicaError | undefined> {
    if (this.#groups.has(id)) throw new ReplicaError('GROUP_RUNS', `group ${id} runs here already`);
    const damage = await this.#snapshots.check(id, files);
    if (damage === undefined) return undefined;
    const isInLog = this.#log.recovered(id).base.index === 0;
    if (!isInLog && !restoreFromPeers) throw damage;
    if (!isInLog) await this.#forget(id);
    await this.#snapshots.remove(id);
    return damage;
  }

  /**
   * Starts this node's member of a group, with what the disk holds of it. Groups may be started, stopped and removed while
   * others run.
   * @throws ReplicaError GROUP_RUNS; OPTIONS_INVALID: its number is not from 0 to 2^32 - 1; MEMBERS_INVALID; LOG_DAMAGED: entries
   * between snapshot and log are lost; STOPPED: the host is; LOG_FAILED: the disk has failed.
   */
  startGroup(options: GroupOptions): Group {
    if (this.#stopping !== undefined) throw new ReplicaError('STOPPED', 'this host is stopping');
    if (this.#diskFailed)
      throw new ReplicaError('LOG_FAILED', 'the disk has failed: stop this host, and open it again');
    checkGroup(options);
    if (this.#groups.has(options.group)) {
      throw new ReplicaError('GROUP_RUNS', `group ${options.group} runs here already`);
    }
    const { hardStates, seed, firstRequestId } = this.#options;
    const { files } = options.stateMachine;
    if (files !== undefined) this.#snapshots.serve(options.group, files);
    const group = new Group(options, {
      nodeId: this.nodeId,
      log: this.#log,
      hardStates,
      snapshots: this.#snapshots,
      snapshotSlots: this.#snapshotSlots,
      restorePace: this.#restorePace,
      statistics: this.#statistics,
      fetchSnapshot: (id, from, offer) => this.#fetcher.offered(id, from, offer),
      giveUpFetch: (id) => this.#fetcher.cancel(id),
      transport: this.#transport,
      loads: this.#loads,
      lag: this.#lag,
      zones: this.#zones,
      clock: this.#clock,
      timing: this.#timing,
      limits: this.#limits,
      seed: (seed ?? this.nodeId) + options.group * 7919,
      firstRequestId: firstRequestId ?? randomId,
      onDiskFailure: (error) => this.#onDiskFailure(error),
      events: this.#groupEvents(),
    });
    this.#groups.set(options.group, group);
    this.#ticking.add(group);
    for (const peer of membersOf(group.status().configuration)) {
      if (peer === this.nodeId) continue;
      // One that is not there yet, and may never be, keeps no group awake.
      if (this.#connected.has(peer)) group.onPeerUp(peer);
      else group.onPeerDown(peer);
    }
    return group;
  }

  /**
   * Stops the member, first handing leadership over if it leads. What is on the disk stays: it can be started again.
   * @throws ReplicaError GROUP_UNKNOWN: it does not run here.
   */
  async stopGroup(id: GroupId, options: StopOptions = {}): Promise<void> {
    const group = this.#groups.get(id);
    if (group === undefined) throw unknownGroup(id);
    await this.#handOver([group], options);
    this.#groups.delete(id);
    this.#ticking.delete(group);
    this.#resting.delete(group);
    this.#fetcher.cancel(id);
    // Whoever stops a group may close its files next.
    await this.#sender.groupStopped(id);
    await group.stop();
    this.#snapshots.forget(id);
  }

  /**
   * Stops the member and removes log and snapshot from the disk. Term and vote stay: should the node come back to this group, it
   * must not vote twice in a term; nor at all before a leader has given it everything again (see `HardState.incident`), for those
   * who do not know yet that it has left would count a vote that knows nothing of what was committed with its help. Only for a
   * group to which this node does not belong any more, or that is given up everywhere; then its number is not used again.
   * @throws what the stores throw, if the disk fails.
   */
  async removeGroup(id: GroupId): Promise<void> {
    if (this.#groups.has(id)) await this.stopGroup(id, { handOverMs: 0 });
    await this.#forget(id);
    await this.#snapshots.remove(id);
  }

  /** What it held of a group is gone from its log, and it knows that. */
  async #forget(id: GroupId): Promise<void> {
    const { hardStates, firstRequestId: drawNumber = randomId } = this.#options;
    await hardStates.save(id, withLostEntries(hardStates.current(id), drawNumber()));
    this.#log.forget(id);
  }

  /**
   * Begins to talk to the other nodes, once: start the groups first, or what is sent to them meanwhile is lost, and sent again
   * a little later. Groups that are started afterwards join in.
   * @throws what `Transport.start` throws: of a TcpTransport, ReplicaError ADDRESS_IN_USE, ADDRESS_UNUSABLE.
   */
  async connect(): Promise<void> {
    await this.#transport.start({
      onFrame: (from, group, frame) => this.#onFrame(from, group, frame),
      onPeerUp: (peer) => {
        this.#connected.add(peer);
        this.#peerChangesMs.set(peer, this.#clock.nowMs());
        this.#fetcher.peerUp(peer);
        for (const group of this.#groups.values()) group.onPeerUp(peer);
      },
      onPeerDown: (peer) => {
        this.#connected.delete(peer);
        this.#peerChangesMs.set(peer, this.#clock.nowMs());
        this.#fetcher.peerDown(peer);
        this.#sender.peerDown(peer);
        this.#loads.forget(peer);
        for (const group of this.#groups.values()) group.onPeerDown(peer);
      },
    });
  }

  group(id: GroupId): Group | undefined {
    return this.#groups.get(id);
  }

  groups(): Group[] {
    return [...this.#groups.values()];
  }

  get connectedPeers(): readonly NodeId[] {
    return [...this.#connected];
  }

  /** `undefined`: nobody has said. */
  zoneOf(node: NodeId): string | undefined {
    return this.#zones.of(node);
  }

  /**
   * Where a node stands from now on, this one or another; `undefined`: not known. What is under way keeps its route.
   * @throws ReplicaError OPTIONS_INVALID: no name as in `HostOptions.zones`.
   */
  setZone(node: NodeId, zone: string | undefined): void {
    if (zone !== undefined) checkZones(new Map([[node, zone]]));
    this.#zones.set(node, zone);
    for (const group of this.#groups.values()) group.onZonesChanged();
  }

  /**
   * What all groups share, as a copy. The first call begins to collect what the log tells, if no group has done so yet; see
   * `Group.statistics`. Asking resets nothing.
   */
  statistics(): HostStatistics {
    const report = this.#statistics.report();
    return {
      ...report,
      snapshotsSent: this.#sender.statistics(),
      snapshotsFetched: this.#fetcher.statistics(),
      outgoingBytesPerSecond: this.#loads.ownBytesPerSecond(report.nowMs),
      peers: Array.from(this.#peerChangesMs, ([peer, sinceMs]) => this.#peerConnection(peer, sinceMs, report.nowMs)),
    };
  }

  #peerConnection(peer: NodeId, sinceMs: number, nowMs: number): PeerConnection {
    return {
      peer,
      zone: this.#zones.of(peer),
      connected: this.#connected.has(peer),
      sinceMs,
      protocolVersion: this.#transport.versionOf(peer),
      queuedBytes: this.#transport.queuedBytes(peer),
      toldBytesPerSecond: this.#loads.ofPeer(peer, nowMs),
      ...this.#loads.sentTo(peer, nowMs),
    };
  }

  /** Of the host and of all its groups, what is collected begins anew. */
  resetStatistics(): void {
    this.#statistics.reset();
    for (const group of this.#groups.values()) group.resetStatistics();
  }

  /** The clock of all deadlines. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  /**
   * Hands leadership over, so that nobody has to wait for an election; then ends every wait, and closes the connections, the log
   * with everything that was queued, term and vote, and the snapshots.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#handOver(this.groups(), options).then(() => this.#stop());
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#stopTicking();
    this.#statistics.stop();
    await Promise.all([this.#fetcher.stop(), this.#sender.stop(), ...this.groups().map((group) => group.stop())]);
    const { hardStates } = this.#options;
    const closing = [this.#transport.close(), this.#log.close(), hardStates.close(), this.#snapshots.close()];
    const failures = (await Promise.allSettled(closing)).filter((outcome) => outcome.status === 'rejected');
    if (failures.length > 0) throw asError(failures[0]!.reason);
  }

  /** As far as others are there to take over. Nothing depends on it: without it, they elect a leader by themselves. */
  async #handOver(groups: readonly Group[], { handOverMs }: StopOptions): Promise<void> {
    const timeoutMs = handOverMs ?? this.#timing.electionTimeoutMs / 2;
    const isPossible = timeoutMs > 0 && !this.#diskFailed && this.#connected.size > 0;
    const leading = groups.filter((group) => isPossible && group.isLeader);
    await Promise.allSettled(leading.map((group) => group.transferLeadership(undefined, { timeoutMs })));
  }

  #groupEvents(): GroupEvents {
    const { events } = this.#options;
    return {
      onFailure: (group, error) => events.onGroupFailure(group, asError(error)),
      onSlowProposal: (slow) => events.onSlowProposal?.(slow),
      onSnapshotFailure: (group, error) => events.onSnapshotFailure?.(group, asError(error)),
      onMembers: (group, members) => events.onMembers?.(group, members),
      onRemoved: (group) => events.onRemoved?.(group),
      onTicksWanted: (group, from) => {
        this.#ticking.delete(group);
        this.#resting.delete(group);
        if (this.#groups.get(group.id) !== group) return;
        if (from === 'now') this.#ticking.add(group);
        else if (from !== 'never') this.#resting.set(group, from);
      },
    };
  }

  /** A process that was held up must first hear what arrived meanwhile before it may think that a leader is gone. */
  #tick(): void {
    const nowMs = this.#clock.nowMs();
    this.#lag.ticked(nowMs, this.#timing.tickMs);
    const elapsedTicks = Math.floor((nowMs - this.#lastTickMs) / this.#timing.tickMs);
    if (elapsedTicks < 1) return;
    this.#lastTickMs += elapsedTicks * this.#timing.tickMs;
    const ticksMax = ticksAtOnceMax(this.#timing);
    if (nowMs >= this.#nextLookMs) this.#lookAfterIdle(nowMs);
    for (const group of this.#ticking) group.tick(Math.min(elapsedTicks, ticksMax));
  }

  /** What no group does by itself: ends a rest, and asks those for a snapshot that keep the log from getting shorter. */
  #lookAfterIdle(nowMs: number): void {
    this.#nextLookMs = nowMs + lookMs;
    this.#tellLoad(nowMs);
    this.#statistics.forget(nowMs);
    for (const [group, untilMs] of this.#resting) {
      if (untilMs <= nowMs) group.tick(1);
    }
    const { bytes, heldBy } = this.#log.usage();
    if (bytes < this.#limits.logBytesSoftMax) return;
    for (const id of heldBy) this.#groups.get(id)?.compactFully();
  }

  /** Leaders choose relays by it. Who does not hear of it, of an older release or lost, takes this node for idle. */
  #tellLoad(nowMs: number): void {
    const bytesPerSecond = this.#loads.toTell(nowMs);
    if (bytesPerSecond === undefined) return;
    for (const peer of this.#connected) this.#transport.send(peer, 0, { kind: 'nodeLoad', bytesPerSecond });
  }

  #onFrame(from: NodeId, group: GroupId, frame: PeerFrame): void {
    if (frame.kind === 'nodeLoad') this.#loads.told(from, frame.bytesPerSecond, this.#clock.nowMs());
    else if (frame.kind === 'snapshotRequest') {
      // Only of a group that runs here is it known which files its snapshot goes with.
      if (this.#groups.has(group)) this.#sender.requested(group, from, frame.request);
    } else if (frame.kind === 'snapshotChunk') this.#fetcher.chunkArrived(group, from, frame.chunk);
    else this.#groups.get(group)?.onFrame(from, frame);
  }

  #onDiskFailure(error: unknown): void {
    // The log, and term and vote, may fail for the same reason: it is said once.
    if (this.#stopping !== undefined || this.#diskFailed) return;
    this.#diskFailed = true;
    for (const group of this.#groups.values()) void group.stop();
    this.#options.events.onFatal(
      new ReplicaError('LOG_FAILED', `the disk failed: ${asError(error).message}`, { cause: error }),
    );
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function checkGroup({ group, members }: GroupOptions): void {
  if (!Number.isInteger(group) || group < 0 || group > 0xffff_ffff) {
    throw new ReplicaError('OPTIONS_INVALID', `group ${group}: its number is not from 0 to 2^32 - 1`);
  }
  const wrong = members.find((member, at) => !isNodeId(member) || members.indexOf(member) < at);
  if (wrong === undefined) return;
  throw new ReplicaError(
    'MEMBERS_INVALID',
    `group ${group}: ${wrong} is no node id, or stands twice among its members`,
  );
}

function unknownGroup(id: GroupId): ReplicaError {
  return new ReplicaError('GROUP_UNKNOWN', `group ${id} does not run here`);
}
