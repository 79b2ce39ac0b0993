// The network between nodes inside one process: the twin of TcpTransport for tests and for embedders' tests. Frames are
// encoded and decoded as on a socket, so nobody can come to share memory or rely on more than the bytes carry.

import type { GroupId, NodeId } from '@balsa/raft';
import { VolatilePeerMemory } from '../log/volatile-peer-memory.ts';
import type { FolderIdentity, PeerFrame, PeerMemory, Transport, TransportEvents } from '../ports.ts';
import { FolderGuard } from './folder-guard.ts';
import { neededVersion } from './needed-version.ts';
import { decodePeerFrame, encodePeerFrame } from './peer-frame-bytes.ts';
import { peerFrameBytes } from './peer-frame-codec.ts';
import { type HelloFault, unknownCaller, versionFault } from './peer-hello.ts';
import { agreedVersion, checkPeerVersions, type PeerVersions, peerVersionsKnown } from './peer-versions.ts';
import type { TransportLog } from './transport-log.ts';

export interface MemoryNetworkOptions {
  /**
   * Runs `deliver` later, once, never within the call. It may choose any delay and any order: frames between two nodes
   * keep theirs whatever it chooses. Default: the next turn of the event loop.
   */
  readonly schedule?: (deliver: () => void) => void;
  /** Bytes that may be under way from one node to another. Default 64 MiB. */
  readonly queueBytesMax?: number;
}

export interface MemoryTransportOptions {
  /** As in TcpTransportOptions. */
  readonly versions?: PeerVersions;
  /** The nodes that this one knows; others are refused, as by a TcpTransport. Default: everybody. */
  readonly peers?: Iterable<NodeId>;
  /** As in TcpTransportOptions. Default: the node does not tell, and remembers its peers' folders until it is closed. */
  readonly folder?: FolderIdentity;
  readonly peerMemory?: PeerMemory;
  /** Hears of peers with which this one is never connected, and why. Default: nobody does. */
  readonly log?: TransportLog;
}

export interface MemoryTransport extends Transport {
  /** As of a TcpTransport, which needs an address. */
  setPeer(peer: NodeId): void;
  removePeer(peer: NodeId): void;
}

export class MemoryNetwork {
  /** By all nodes, since it was made. */
  framesSent = 0;
  readonly #schedule: (deliver: () => void) => void;
  readonly #queueBytesMax: number;
  readonly #members = new Map<NodeId, Member>();
  readonly #links = new Map<string, Link>();
  readonly #cuts = new Set<string>();
  readonly #paused = new Set<NodeId>();

  constructor(options: MemoryNetworkOptions = {}) {
    this.#schedule = options.schedule ?? setImmediate;
    this.#queueBytesMax = options.queueBytesMax ?? 64 * 1024 * 1024;
  }

  /**
   * A transport for one node. A node that has closed its transport may get another: it has restarted, perhaps in another
   * release. @throws RangeError: this build does not speak all of `versions`.
   */
  transport(nodeId: NodeId, options: MemoryTransportOptions = {}): MemoryTransport {
    return new Member(nodeId, this, options);
  }

  /** No frames between the two any more, those under way included; both hear that the other is down. */
  cut(a: NodeId, b: NodeId): void {
    this.#cuts.add(pairKey(a, b));
    this.#disconnect(a, b);
  }

  heal(a: NodeId, b: NodeId): void {
    if (this.#cuts.delete(pairKey(a, b))) this.#connect(a, b);
  }

  /** The node hears nothing, as if its process were stopped: what is sent to it stays under way. */
  pause(node: NodeId): void {
    this.#paused.add(node);
  }

  resume(node: NodeId): void {
    if (!this.#paused.delete(node)) return;
    for (const link of this.#links.values()) if (link.touches(node)) link.deliverHeld();
  }

  /** @internal */
  join(member: Member): void {
    const { nodeId } = member;
    if (this.#members.has(nodeId)) throw new Error(`node ${nodeId} is on the network already`);
    this.#members.set(nodeId, member);
    for (const other of this.#members.keys()) if (other !== nodeId) this.#connect(nodeId, other);
  }

  /** @internal */
  leave(member: Member): void {
    const { nodeId } = member;
    if (!this.#isHere(member)) return;
    this.#members.delete(nodeId);
    for (const other of this.#members.keys()) this.#disconnect(nodeId, other);
  }

  /** The member has come to know the peer. @internal */
  meet(member: Member, peer: NodeId): void {
    if (this.#isHere(member)) this.#connect(member.nodeId, peer);
  }

  /** It does not know it any more. @internal */
  part(member: Member, peer: NodeId): void {
    if (this.#isHere(member)) this.#disconnect(member.nodeId, peer);
  }

  /** @internal */
  send(member: Member, to: NodeId, group: GroupId, frame: PeerFrame): boolean {
    const isSent = this.#linkOf(member, to)?.send(group, frame) ?? false;
    if (isSent) this.framesSent++;
    return isSent;
  }

  /** @internal */
  versionOf(member: Member, peer: NodeId): number | undefined {
    return this.#linkOf(member, peer)?.version;
  }

  /** @internal */
  queuedBytes(member: Member, peer: NodeId): number {
    return this.#linkOf(member, peer)?.queuedBytes ?? 0;
  }

  #connect(a: NodeId, b: NodeId): void {
    const [atA, atB] = [this.#members.get(a), this.#members.get(b)];
    if (atA === undefined || atB === undefined || this.#cuts.has(pairKey(a, b))) return;
    // Whoever had to wait for the same disk may have come first.
    if (this.#link(a, b).isConnected) return;
    const faults = [atA.refuses(atB), atB.refuses(atA)];
    const version = agreedVersion(atA.versions, atB.versions);
    if (version === undefined || faults.includes(true) || !atA.knows(b) || !atB.knows(a)) return;
    const remembered = [atA.remember(atB), atB.remember(atA)].filter((promise) => promise !== undefined);
    if (remembered.length === 0) {
      this.#link(a, b).connect(version);
      this.#link(b, a).connect(version);
      return;
    }
    Promise.all(remembered).then(
      () => this.#connect(a, b),
      // It was logged why not; they stay apart until one of them returns.
      () => {},
    );
  }

  #disconnect(a: NodeId, b: NodeId): void {
    this.#link(a, b).disconnect();
    this.#link(b, a).disconnect();
  }

  /** Not before it was started, nor after it was closed, when another may have its id. */
  #isHere(member: Member): boolean {
    return this.#members.get(member.nodeId) === member;
  }

  /** A transport that was closed has none. */
  #linkOf(member: Member, to: NodeId): Link | undefined {
    return this.#isHere(member) ? this.#link(member.nodeId, to) : undefined;
  }

  #link(from: NodeId, to: NodeId): Link {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      const eventsOf = (node: NodeId) => this.#members.get(node)?.events;
      const isPaused = (node: NodeId) => this.#paused.has(node);
      link = new Link(from, to, eventsOf, isPaused, this.#schedule, this.#queueBytesMax);
      this.#links.set(key, link);
    }
    return link;
  }
}

class Member implements MemoryTransport {
  readonly nodeId: NodeId;
  readonly versions: PeerVersions;
  readonly #network: MemoryNetwork;
  readonly #folder: FolderIdentity | undefined;
  readonly #folders: FolderGuard;
  readonly #log: TransportLog;
  /** Whom it was told of; `undefined`: it knows everybody but those whom it was told to forget. */
  readonly #peers: Set<NodeId> | undefined;
  readonly #forgotten = new Set<NodeId>();
  #events: TransportEvents | undefined;

  constructor(nodeId: NodeId, network: MemoryNetwork, options: MemoryTransportOptions) {
    const { versions, peers, folder, peerMemory = new VolatilePeerMemory(), log = () => {} } = options;
    this.nodeId = nodeId;
    this.versions = versions ?? peerVersionsKnown;
    checkPeerVersions(this.versions);
    this.#network = network;
    this.#folder = folder;
    this.#folders = new FolderGuard(peerMemory, log);
    this.#log = log;
    this.#peers = peers === undefined ? undefined : new Set(peers);
  }

  get events(): TransportEvents | undefined {
    return this.#events;
  }

  async start(events: TransportEvents): Promise<void> {
    if (this.#events !== undefined) throw new Error('a transport can be started once');
    this.#events = events;
    this.#network.join(this);
  }

  setPeer(peer: NodeId): void {
    this.#forgotten.delete(peer);
    this.#peers?.add(peer);
    if (peer !== this.nodeId) this.#network.meet(this, peer);
  }

  removePeer(peer: NodeId): void {
    this.#forgotten.add(peer);
    this.#peers?.delete(peer);
    if (peer !== this.nodeId) this.#network.part(this, peer);
  }

  knows(peer: NodeId): boolean {
    return !this.#forgotten.has(peer) && (this.#peers?.has(peer) ?? true);
  }

  /** As two nodes on sockets do: if this one turns the caller away, the caller hears why. */
  refuses(caller: Member): boolean {
    // Who does not know this node does not call it.
    if (!caller.knows(this.nodeId)) return false;
    const fault = this.#faultOf(caller);
    if (fault === undefined) return false;
    const { code, message } = fault;
    this.#log('warn', code, `refused a connection: ${message}`, { peer: caller.nodeId });
    const reason = `node ${this.nodeId} refuses this node: ${code}: ${message}`;
    caller.#log('warn', 'PEER_REFUSED_US', reason, { peer: this.nodeId });
    return true;
  }

  #faultOf(caller: Member): HelloFault | undefined {
    if (!this.knows(caller.nodeId)) return unknownCaller(caller.nodeId);
    return agreedVersion(this.versions, caller.versions) === undefined
      ? versionFault(this.versions, caller.versions)
      : this.#folders.faultOf(caller.nodeId, caller.#folder);
  }

  /** See `FolderGuard.remember`. */
  remember(caller: Member): Promise<void> | undefined {
    return this.#folders.remember(caller.nodeId, caller.#folder);
  }

  send(to: NodeId, group: GroupId, frame: PeerFrame): boolean {
    return this.#network.send(this, to, group, frame);
  }

  versionOf(peer: NodeId): number | undefined {
    return this.#network.versionOf(this, peer);
  }

  queuedBytes(peer: NodeId): number {
    return this.#network.queuedBytes(this, peer);
  }

  async close(): Promise<void> {
    this.#network.leave(this);
  }
}

/** What is under way in one direction: frames for the receiver, news about the connection for the sender. */
type Parcel = Buffer | 'up' | 'down';

class Link {
  readonly #from: NodeId;
  readonly #to: NodeId;
  readonly #eventsOf: (node: NodeId) => TransportEvents | undefined;
  readonly #isPaused: (node: NodeId) => boolean;
  readonly #schedule: (deliver: () => void) => void;
  readonly #queueBytesMax: number;
  #parcels: Parcel[] = [];
  #queuedBytes = 0;
  /** Of the present connection; nothing of an earlier one is under way any more. */
  #version: number = peerVersionsKnown.oldest;
  /** Whether there is a connection, of which the sender may not know yet. */
  isConnected = false;
  /** Whether the sender has been told that it may send. */
  #isUp = false;
  /** Deliveries that came due while the receiver was paused. */
  #held = 0;

  constructor(
    from: NodeId,
    to: NodeId,
    eventsOf: (node: NodeId) => TransportEvents | undefined,
    isPaused: (node: NodeId) => boolean,
    schedule: (deliver: () => void) => void,
    queueBytesMax: number,
  ) {
    this.#from = from;
    this.#to = to;
    this.#eventsOf = eventsOf;
    this.#isPaused = isPaused;
    this.#schedule = schedule;
    this.#queueBytesMax = queueBytesMax;
  }

  get version(): number | undefined {
    return this.#isUp ? this.#version : undefined;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  connect(version: number): void {
    this.#version = version;
    this.isConnected = true;
    this.#post('up');
  }

  /** Frames under way are lost. */
  disconnect(): void {
    const owesNews = this.#isUp || this.#parcels.includes('down');
    this.#parcels = [];
    this.#queuedBytes = 0;
    this.isConnected = false;
    this.#isUp = false;
    if (owesNews) this.#post('down');
  }

  send(group: GroupId, frame: PeerFrame): boolean {
    if (!this.#isUp || this.#version < neededVersion(frame)) return false;
    if (this.#queuedBytes > 0 && this.#queuedBytes + peerFrameBytes(frame) > this.#queueBytesMax) return false;
    const bytes = encodePeerFrame(group, frame, this.#version);
    this.#queuedBytes += bytes.length;
    this.#post(bytes);
    return true;
  }

  touches(node: NodeId): boolean {
    return this.#from === node || this.#to === node;
  }

  /** A pause is over. What must still wait for the other side is held again. */
  deliverHeld(): void {
    const held = this.#held;
    this.#held = 0;
    for (let i = 0; i < held; i++) this.#schedule(() => this.#deliverNext());
  }

  #post(parcel: Parcel): void {
    this.#parcels.push(parcel);
    this.#schedule(() => this.#deliverNext());
  }

  /** There are never more parcels than deliveries to come, but fewer once some were lost. */
  #deliverNext(): void {
    const parcel = this.#parcels[0];
    if (parcel === undefined) return;
    if (this.#isPaused(typeof parcel === 'string' ? this.#from : this.#to)) {
      this.#held++;
      return;
    }
    this.#parcels.shift();
    if (parcel === 'up') {
      this.#isUp = true;
      this.#eventsOf(this.#from)?.onPeerUp(this.#to);
    } else if (parcel === 'down') {
      this.#eventsOf(this.#from)?.onPeerDown(this.#to);
    } else {
      this.#queuedBytes -= parcel.length;
      this.#deliver(parcel);
    }
  }

  #deliver(bytes: Buffer): void {
    const { group, frame } = decodePeerFrame(bytes, this.#from, this.#to, this.#version);
    this.#eventsOf(this.#to)?.onFrame(this.#from, group, frame);
  }
}

function pairKey(a: NodeId, b: NodeId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
