// Nodes that offer each other snapshots as leaders would, on a network in memory and in virtual time, with as much loss and
// damage as a test asks for.

import { configurationOf, type GroupId, type InstallSnapshot, MessageType, type NodeId } from '@balsa/raft';
import { SeededRandom } from '../../disk/seeded-random.ts';
import { type VirtualClock, VirtualTime } from '../../host/testing/virtual-time.ts';
import type { PeerFrame, SnapshotOffer, StoredSnapshot, Transport } from '../../ports.ts';
import { MemoryNetwork } from '../../transport/memory-network.ts';
import { SnapshotFetcher } from '../snapshot-fetcher.ts';
import { SnapshotSender } from '../snapshot-sender.ts';
import type { SnapshotFetchLimits, SnapshotSendLimits } from '../transfer-limits.ts';
import { MemorySnapshotStore } from './memory-snapshot-store.ts';

export const testFetchLimits: SnapshotFetchLimits = {
  chunkBytes: 1000,
  requestsMax: 4,
  fetchesMax: 2,
  retryFirstMs: 40,
  retryCapMs: 200,
  stallMs: 150,
  silenceMs: 3000,
  damagesMax: 5,
};

export const testSendLimits: SnapshotSendLimits = {
  bytesPerSecondMax: 0,
  chunkBytesMax: 4000,
  queuedBytesMax: 8000,
  requestsMax: 16,
  idleMs: 500,
};

export interface Faults {
  /** Of frames that are sent and do not arrive. */
  loss: number;
  /** Of frames that the transport refuses. */
  refusal: number;
  /** Of chunks that arrive with a bit changed. */
  damage: number;
}

export interface Received {
  readonly group: GroupId;
  readonly message: InstallSnapshot;
  readonly stored: StoredSnapshot;
}

export class TransferNode {
  readonly id: NodeId;
  readonly store: MemorySnapshotStore;
  readonly #world: TransferWorld;
  readonly received: Received[] = [];
  readonly givenUp: string[] = [];
  readonly failures: unknown[] = [];
  /** What this node has sent, as it was meant. */
  readonly sent: { readonly to: NodeId; readonly group: GroupId; readonly frame: PeerFrame }[] = [];
  /** Hears of every frame that arrives, before it is taken. */
  onArrival: (from: NodeId, group: GroupId, frame: PeerFrame) => void = () => {};
  #running: Running | undefined;

  constructor(id: NodeId, world: TransferWorld) {
    this.id = id;
    this.#world = world;
    this.store = new MemorySnapshotStore({ countsUnchecked: world.random.chance(0.5) });
  }

  get fetcher(): SnapshotFetcher {
    return this.#mustRun().fetcher;
  }

  get sender(): SnapshotSender {
    return this.#mustRun().sender;
  }

  get clock(): VirtualClock {
    return this.#mustRun().clock;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  async start(): Promise<void> {
    const { time, network, fetchLimits, sendLimits } = this.#world;
    const { store, id } = this;
    const clock = time.clock();
    const inner = network.transport(id);
    const transport = {
      send: (to: NodeId, group: GroupId, frame: PeerFrame) => this.#send(inner, to, group, frame),
      queuedBytes: (peer: NodeId) => inner.queuedBytes(peer),
    };
    const onFailure = (_group: GroupId, error: unknown): void => void this.failures.push(error);
    const sender = new SnapshotSender({ store, transport, clock, limits: sendLimits, events: { onFailure } });
    const fetcher = new SnapshotFetcher({
      store,
      transport,
      clock,
      limits: fetchLimits,
      events: {
        onReceived: (group, message, stored) => this.received.push({ group, message, stored }),
        onGivenUp: (group, from, reason) => this.givenUp.push(`${group} of ${from}: ${reason}`),
        onFailure,
      },
    });
    this.#running = { clock, transport: inner, sender, fetcher };
    await inner.start({
      onFrame: (from, group, frame) => this.#onFrame(from, group, frame),
      onPeerUp: (peer) => fetcher.peerUp(peer),
      onPeerDown: (peer) => {
        fetcher.peerDown(peer);
        sender.peerDown(peer);
      },
    });
  }

  /** Returns what is left open: all must be 0. */
  async stop(): Promise<{ readonly timers: number; readonly files: number }> {
    const { clock, transport, sender, fetcher } = this.#mustRun();
    this.#running = undefined;
    await transport.close();
    await Promise.all([sender.stop(), fetcher.stop()]);
    return { timers: clock.timers, files: this.store.openFiles };
  }

  /** As a leader does for a member whose next entries it does not have any more. */
  offer(to: NodeId, group: GroupId, fields: Partial<InstallSnapshot> & { readonly logFirstIndex?: number } = {}): void {
    const { logFirstIndex, ...changes } = fields;
    const latest = this.store.latest(group);
    if (latest === undefined) throw new Error(`node ${this.id} has no snapshot of group ${group}`);
    const { index, term, configuration, id: snapshotId, bytes } = latest;
    const message: InstallSnapshot = {
      type: MessageType.installSnapshot,
      from: this.id,
      to,
      term: 1,
      session: 1,
      snapshot: { index, term, configuration },
      ...changes,
    };
    const offer: SnapshotOffer = { message, snapshotId, bytes, logFirstIndex: logFirstIndex ?? index + 1 };
    const { transport } = this.#mustRun();
    this.#send(transport, to, group, { kind: 'snapshotOffer', offer });
  }

  #onFrame(from: NodeId, group: GroupId, frame: PeerFrame): void {
    this.onArrival(from, group, frame);
    if (this.#running === undefined) return;
    const { fetcher, sender } = this.#running;
    if (frame.kind === 'snapshotOffer') fetcher.offered(group, from, frame.offer);
    else if (frame.kind === 'snapshotRequest') sender.requested(group, from, frame.request);
    else if (frame.kind === 'snapshotChunk') fetcher.chunkArrived(group, from, frame.chunk);
  }

  #send(transport: Transport, to: NodeId, group: GroupId, frame: PeerFrame): boolean {
    const { random, faults } = this.#world;
    this.sent.push({ to, group, frame });
    if (random.chance(faults.refusal)) return false;
    if (random.chance(faults.loss)) return transport.versionOf(to) !== undefined;
    if (frame.kind !== 'snapshotChunk' || frame.chunk.bytes.length === 0 || !random.chance(faults.damage)) {
      return transport.send(to, group, frame);
    }
    const bytes = Buffer.from(frame.chunk.bytes);
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    return transport.send(to, group, { kind: 'snapshotChunk', chunk: { ...frame.chunk, bytes } });
  }

  #mustRun(): Running {
    if (this.#running === undefined) throw new Error(`node ${this.id} does not run`);
    return this.#running;
  }
}

interface Running {
  readonly clock: VirtualClock;
  readonly transport: Transport;
  readonly sender: SnapshotSender;
  readonly fetcher: SnapshotFetcher;
}

export interface TransferWorldOptions {
  readonly nodes: number;
  readonly seed?: number;
  readonly fetchLimits?: Partial<SnapshotFetchLimits>;
  readonly sendLimits?: Partial<SnapshotSendLimits>;
}

export class TransferWorld {
  readonly time: VirtualTime = new VirtualTime();
  readonly network: MemoryNetwork = new MemoryNetwork();
  readonly random: SeededRandom;
  readonly faults: Faults = { loss: 0, refusal: 0, damage: 0 };
  readonly fetchLimits: SnapshotFetchLimits;
  readonly sendLimits: SnapshotSendLimits;
  readonly nodes: readonly TransferNode[];
  #snapshotIds = 0;

  constructor({ nodes, seed = 1, fetchLimits = {}, sendLimits = {} }: TransferWorldOptions) {
    this.random = new SeededRandom(seed);
    this.fetchLimits = { ...testFetchLimits, ...fetchLimits };
    this.sendLimits = { ...testSendLimits, ...sendLimits };
    this.nodes = Array.from({ length: nodes }, (_, i) => new TransferNode(i + 1, this));
  }

  node(id: NodeId): TransferNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  /** The node writes a snapshot of its own. */
  write(node: NodeId, group: GroupId, index: number, contentBytes: number): StoredSnapshot {
    const content = Buffer.from(Array.from({ length: contentBytes }, () => this.random.below(256)));
    const position = { index, term: 1, configuration: configurationOf([1, 2, 3]) };
    return this.node(node).store.put(group, { ...position, id: ++this.#snapshotIds }, content);
  }
}

/** Runs `test` in a world whose nodes are up and connected. Whatever fails says with which seed. */
export async function withWorld(
  options: TransferWorldOptions,
  test: (world: TransferWorld) => Promise<void>,
): Promise<void> {
  const world = new TransferWorld(options);
  world.time.start();
  try {
    await Promise.all(world.nodes.map((node) => node.start()));
    await world.time.pass(10);
    await test(world);
    for (const node of world.nodes.filter(({ isRunning }) => isRunning)) {
      const left = await node.stop();
      if (left.timers + left.files > 0) {
        throw new Error(`node ${node.id} leaves ${left.timers} timers and ${left.files} files open`);
      }
    }
  } catch (error) {
    if (error instanceof Error) error.message = `[seed ${options.seed ?? 1}] ${error.message}`;
    throw error;
  } finally {
    await Promise.allSettled(world.nodes.filter(({ isRunning }) => isRunning).map((node) => node.stop()));
    world.time.stop();
  }
}
