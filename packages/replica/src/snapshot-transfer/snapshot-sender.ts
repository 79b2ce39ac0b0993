// Sends this node's snapshots to those who ask for them, a piece for each request. It never sends unasked, so it needs no
// memory of how far anybody is: a lost piece is asked for again. One piece is read at a time, for one node after the
// other; none is read for a node for which much waits already, or while the node as a whole has sent too much.

import type { GroupId, Index, NodeId } from '@balsa/raft';
import type { Clock, SnapshotReader, SnapshotRequest, SnapshotStore, Transport } from '../ports.ts';
import { TokenBucket } from './token-bucket.ts';
import { type SnapshotSendLimits, snapshotSendDefaults, transferTickMs } from './transfer-limits.ts';

export interface SnapshotSenderOptions {
  readonly store: Pick<SnapshotStore, 'latest' | 'open'>;
  readonly transport: Pick<Transport, 'send' | 'queuedBytes'>;
  readonly clock: Clock;
  readonly limits?: Partial<SnapshotSendLimits>;
  readonly events: SnapshotSendEvents;
}

/** May not throw. */
export interface SnapshotSendEvents {
  /** A snapshot of this node's cannot be read: nobody will get it any more. */
  onFailure(group: GroupId, error: unknown): void;
}

export interface SnapshotSendStatistics {
  readonly bytesSent: number;
  /** Transfers are counted anew when they go on after a pause. */
  readonly begun: number;
  readonly finished: number;
  readonly givenUp: number;
}

/** For status and progress bars. */
export interface SnapshotSendProgress {
  readonly group: GroupId;
  readonly to: NodeId;
  readonly index: Index;
  /** How much of `bytes` was sent. */
  readonly offset: number;
  readonly bytes: number;
}

/** What goes to one node: one snapshot at a time. */
interface Outlet {
  readonly to: NodeId;
  readonly requests: { readonly group: GroupId; readonly request: SnapshotRequest }[];
  /** The group of the request that is being answered. */
  answering: GroupId | undefined;
  transfer: Transfer | undefined;
  usedAtMs: number;
}

interface Transfer {
  readonly group: GroupId;
  readonly reader: SnapshotReader;
  /** Behind the furthest byte that was sent. */
  offset: number;
}

export class SnapshotSender {
  readonly #options: SnapshotSenderOptions;
  readonly #limits: SnapshotSendLimits;
  readonly #bucket: TokenBucket;
  /** Who was served last stands last. */
  readonly #outlets = new Map<NodeId, Outlet>();
  /** No longer needed, and to be closed when nothing reads. */
  readonly #leftovers: { readonly outlet: Outlet; readonly onClosed: () => void }[] = [];
  readonly #counts = { bytesSent: 0, begun: 0, finished: 0, givenUp: 0 };
  #isServing = false;
  #served: Promise<void> = Promise.resolve();
  #stopTicking: (() => void) | undefined;
  #isStopped = false;

  constructor(options: SnapshotSenderOptions) {
    this.#options = options;
    this.#limits = { ...snapshotSendDefaults, ...options.limits };
    this.#bucket = new TokenBucket(this.#limits.bytesPerSecondMax, options.clock.nowMs());
  }

  requested(group: GroupId, from: NodeId, request: SnapshotRequest): void {
    if (this.#isStopped) return;
    const outlet = this.#outletTo(from);
    outlet.usedAtMs = this.#options.clock.nowMs();
    const { requests } = outlet;
    const isRepeated = requests.some(
      (other) =>
        other.group === group &&
        other.request.snapshotId === request.snapshotId &&
        other.request.offset === request.offset,
    );
    if (!isRepeated && requests.length < this.#limits.requestsMax) requests.push({ group, request });
    this.#serve();
  }

  /** It will ask again when it is back. */
  peerDown(peer: NodeId): void {
    const outlet = this.#outlets.get(peer);
    if (outlet !== undefined) void this.#retire(outlet);
    this.#serve();
  }

  /**
   * Nothing of the group is open any more when it resolves, and nothing will be unless somebody asks again. Whoever was being sent something
   * of another group as well asks for that again.
   */
  async groupStopped(group: GroupId): Promise<void> {
    const isConcerned = ({ answering, transfer, requests }: Outlet): boolean =>
      answering === group || transfer?.group === group || requests.some((asked) => asked.group === group);
    const closed = [...this.#outlets.values()].filter(isConcerned).map((outlet) => this.#retire(outlet));
    this.#serve();
    await Promise.all(closed);
  }

  /** Nothing is open any more when it resolves. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const outlet of [...this.#outlets.values()]) void this.#retire(outlet);
    this.#serve();
    await this.#served;
  }

  statistics(): SnapshotSendStatistics {
    return { ...this.#counts };
  }

  progress(): SnapshotSendProgress[] {
    return [...this.#outlets.values()].flatMap(({ to, transfer }) => {
      if (transfer === undefined) return [];
      const { group, offset, reader } = transfer;
      return [{ group, to, index: reader.snapshot.index, offset, bytes: reader.bytes }];
    });
  }

  #outletTo(to: NodeId): Outlet {
    let outlet = this.#outlets.get(to);
    if (outlet === undefined) {
      outlet = { to, requests: [], answering: undefined, transfer: undefined, usedAtMs: 0 };
      this.#outlets.set(to, outlet);
      this.#stopTicking ??= this.#options.clock.every(transferTickMs, () => this.#tick());
    }
    return outlet;
  }

  /** Resolves when what it had open is closed. */
  #retire(outlet: Outlet): Promise<void> {
    this.#outlets.delete(outlet.to);
    if (this.#outlets.size === 0) {
      this.#stopTicking?.();
      this.#stopTicking = undefined;
    }
    return new Promise((onClosed) => this.#leftovers.push({ outlet, onClosed }));
  }

  #tick(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const outlet of [...this.#outlets.values()]) {
      if (outlet.requests.length === 0 && nowMs - outlet.usedAtMs > this.#limits.idleMs) void this.#retire(outlet);
    }
    this.#serve();
  }

  /** Does what can be done now; the rest when there is room again, at a tick. */
  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    this.#served = this.#serveAll();
  }

  /** The only one that reads and closes. Never rejects. */
  async #serveAll(): Promise<void> {
    for (;;) {
      const leftover = this.#leftovers.shift();
      if (leftover !== undefined) {
        await this.#closeTransfer(leftover.outlet);
        leftover.onClosed();
        continue;
      }
      const outlet = this.#next();
      const asked = outlet?.requests.shift();
      if (outlet === undefined || asked === undefined) break;
      // Behind the others from now on.
      this.#outlets.delete(outlet.to);
      this.#outlets.set(outlet.to, outlet);
      outlet.answering = asked.group;
      await this.#answer(outlet, asked.group, asked.request);
      outlet.answering = undefined;
    }
    this.#isServing = false;
  }

  #next(): Outlet | undefined {
    const { transport, clock } = this.#options;
    if (!this.#bucket.hasTokens(clock.nowMs())) return undefined;
    for (const outlet of this.#outlets.values()) {
      const isFull = transport.queuedBytes(outlet.to) >= this.#limits.queuedBytesMax;
      if (outlet.requests.length > 0 && !isFull) return outlet;
    }
    return undefined;
  }

  async #answer(outlet: Outlet, group: GroupId, request: SnapshotRequest): Promise<void> {
    const { events } = this.#options;
    const { offset } = request;
    try {
      const transfer = await this.#transferOf(outlet, group, request.snapshotId);
      if (transfer === undefined) {
        this.#send(outlet, group, request, new Uint8Array());
        return;
      }
      const { reader } = transfer;
      const length = Math.min(request.bytesMax, this.#limits.chunkBytesMax, reader.bytes - offset);
      // An empty answer would say that the snapshot is gone.
      if (length <= 0) return;
      this.#bucket.take(length);
      const bytes = await reader.read(offset, length);
      if (this.#send(outlet, group, request, bytes)) this.#sent(transfer, offset + bytes.length, bytes.length);
    } catch (error) {
      await this.#closeTransfer(outlet);
      this.#send(outlet, group, request, new Uint8Array());
      events.onFailure(group, error);
    }
  }

  /** Opens the snapshot if it is not open; `undefined`: it is not here any more. */
  async #transferOf(outlet: Outlet, group: GroupId, snapshotId: number): Promise<Transfer | undefined> {
    const { store } = this.#options;
    const current = outlet.transfer;
    if (current?.group === group && current.reader.snapshot.id === snapshotId) return current;
    if (store.latest(group)?.id !== snapshotId) return undefined;
    await this.#closeTransfer(outlet);
    const reader = await store.open(group);
    if (reader === undefined) return undefined;
    outlet.transfer = { group, reader, offset: 0 };
    this.#counts.begun++;
    // Another may have taken its place meanwhile.
    return reader.snapshot.id === snapshotId ? outlet.transfer : undefined;
  }

  async #closeTransfer(outlet: Outlet): Promise<void> {
    const { transfer } = outlet;
    if (transfer === undefined) return;
    outlet.transfer = undefined;
    if (transfer.offset < transfer.reader.bytes) this.#counts.givenUp++;
    try {
      await transfer.reader.close();
    } catch (error) {
      this.#options.events.onFailure(transfer.group, error);
    }
  }

  /** To nobody who has gone meanwhile: he asks again. */
  #send(outlet: Outlet, group: GroupId, { snapshotId, offset }: SnapshotRequest, bytes: Uint8Array): boolean {
    if (this.#outlets.get(outlet.to) !== outlet) return false;
    const chunk = { snapshotId, offset, bytes };
    return this.#options.transport.send(outlet.to, group, { kind: 'snapshotChunk', chunk });
  }

  #sent(transfer: Transfer, end: number, length: number): void {
    const { bytes } = transfer.reader;
    this.#counts.bytesSent += length;
    if (transfer.offset < bytes && end >= bytes) this.#counts.finished++;
    transfer.offset = Math.max(transfer.offset, end);
  }
}
