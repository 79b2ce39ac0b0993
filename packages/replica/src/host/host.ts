// A node: one log, one transport, one clock, and the groups that share them.

import type { GroupId, NodeId } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type { Clock, HardStateStore, LogStore, LogStoreEvents, PeerFrame, Transport } from '../ports.ts';
import { randomId } from '../random-id.ts';
import { Group, type GroupOptions } from './group.ts';
import { defaultLimits, defaultTiming, type HostLimits, type HostTiming } from './host-options.ts';
import { realClock } from './real-clock.ts';
import type { SlowProposal } from './slow-watch.ts';

export interface HostOptions {
  readonly nodeId: NodeId;
  /** Opens the log; the host hears of its flushes. Closed by `stop`. */
  readonly openLog: (events: LogStoreEvents) => Promise<LogStore>;
  /** Closed by `stop`. */
  readonly hardStates: HardStateStore;
  /** Started by `open`, closed by `stop`. */
  readonly transport: Transport;
  readonly clock?: Clock;
  readonly timing?: Partial<HostTiming>;
  readonly limits?: Partial<HostLimits>;
  /** Seed of the random election timeouts. */
  readonly seed?: number;
  /**
   * Draws where the numbers of questions to other nodes begin, from 1 to 2^48; called twice for each group that starts.
   * A restarted node must not begin where it began before: late answers to its earlier run would pass for new ones.
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
}

export class Host {
  readonly nodeId: NodeId;
  readonly #options: HostOptions;
  readonly #clock: Clock;
  readonly #timing: HostTiming;
  readonly #limits: HostLimits;
  readonly #log: LogStore;
  readonly #groups = new Map<GroupId, Group>();
  readonly #connected = new Set<NodeId>();
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
    this.#lastTickMs = this.#clock.nowMs();
    this.#stopTicking = this.#clock.every(this.#timing.tickMs, () => this.#tick());
  }

  /** Joins a group with what the log holds of it. */
  startGroup(options: GroupOptions): Group {
    if (this.#groups.has(options.group)) throw new Error(`group ${options.group} runs here already`);
    const { hardStates, transport, seed, firstRequestId } = this.#options;
    const group = new Group(options, {
      nodeId: this.nodeId,
      log: this.#log,
      hardStates,
      transport,
      clock: this.#clock,
      timing: this.#timing,
      limits: this.#limits,
      seed: (seed ?? this.nodeId) + options.group * 7919,
      firstRequestId: firstRequestId ?? randomId,
      onDiskFailure: (error) => this.#onDiskFailure(error),
      onGroupFailure: (id, error) => this.#options.events.onGroupFailure(id, asError(error)),
      onSlowProposal: (slow) => this.#options.events.onSlowProposal?.(slow),
    });
    this.#groups.set(options.group, group);
    for (const peer of this.#connected) group.onPeerUp(peer);
    return group;
  }

  /** Begins to talk to the other nodes. */
  async connect(): Promise<void> {
    await this.#options.transport.start({
      onFrame: (from, group, frame) => this.#onFrame(from, group, frame),
      onPeerUp: (peer) => {
        this.#connected.add(peer);
        for (const group of this.#groups.values()) group.onPeerUp(peer);
      },
      onPeerDown: (peer) => {
        this.#connected.delete(peer);
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

  /** The clock of all deadlines. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Ends every wait, closes the connections, then the log with everything that was queued, then term and vote. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#stopTicking();
    for (const group of this.#groups.values()) group.stop();
    const closing = [this.#options.transport.close(), this.#log.close(), this.#options.hardStates.close()];
    const failures = (await Promise.allSettled(closing)).filter((outcome) => outcome.status === 'rejected');
    if (failures.length > 0) throw asError(failures[0]!.reason);
  }

  /** A process that was held up must first hear what arrived meanwhile before it may think that a leader is gone. */
  #tick(): void {
    const nowMs = this.#clock.nowMs();
    const elapsedTicks = Math.floor((nowMs - this.#lastTickMs) / this.#timing.tickMs);
    if (elapsedTicks < 1) return;
    this.#lastTickMs += elapsedTicks * this.#timing.tickMs;
    const ticksMax = Math.max(1, Math.round(this.#timing.heartbeatIntervalMs / this.#timing.tickMs));
    for (const group of this.#groups.values()) group.tick(Math.min(elapsedTicks, ticksMax));
  }

  #onFrame(from: NodeId, group: GroupId, frame: PeerFrame): void {
    this.#groups.get(group)?.onFrame(from, frame);
  }

  #onDiskFailure(error: unknown): void {
    // The log, and term and vote, may fail for the same reason: it is said once.
    if (this.#stopping !== undefined || this.#diskFailed) return;
    this.#diskFailed = true;
    for (const group of this.#groups.values()) group.stop();
    this.#options.events.onFatal(
      new ReplicaError('LOG_FAILED', `the disk failed: ${asError(error).message}`, { cause: error }),
    );
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
