// The network between nodes over TCP.
//
// Each node dials every other: it sends on the connection that it dialled and receives on the one it accepted. Two
// simplex connections need no rule for who dials, none for calls that cross, and a node knows by its own dialling who
// answers at a peer's address. A welcome caller is dialled back at once, so a node that returns is in touch both ways
// within one round trip, whatever back-off its peers were in. All groups share the pair.

import { createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { GroupId, NodeId } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type { FolderIdentity, PeerFrame, PeerMemory, Transport, TransportEvents } from '../ports.ts';
import { randomId } from '../random-id.ts';
import { FolderGuard } from './folder-guard.ts';
import { InboundConnection, type InboundContext } from './inbound-connection.ts';
import { answerTo, type HelloAnswer, type PeerHello } from './peer-hello.ts';
import { PeerLink } from './peer-link.ts';
import { checkPeerVersions, type PeerVersions, peerVersionsKnown } from './peer-versions.ts';
import { type TransportLimits, transportLimitsDefault } from './transport-limits.ts';
import { limitLog, type TransportLog } from './transport-log.ts';

export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

export interface TcpTransportOptions {
  readonly nodeId: NodeId;
  /** Nodes of different clusters refuse each other. */
  readonly cluster: string;
  readonly listen: PeerAddress;
  /** Where the other nodes answer; an entry for this node is ignored. Others may follow: see `setPeer`. */
  readonly peers: ReadonlyMap<NodeId, PeerAddress>;
  /** This node's own, shown to its peers; theirs are remembered, and no other accepted (see folder-guard.ts). */
  readonly folder: FolderIdentity;
  readonly peerMemory: PeerMemory;
  readonly log: TransportLog;
  readonly limits?: Partial<TransportLimits>;
  /** Of what is said between nodes. Default: all that are known. Fewer hold a node back, as if it were of an older release. */
  readonly versions?: PeerVersions;
}

export class TcpTransport implements Transport {
  readonly #options: TcpTransportOptions;
  readonly #limits: TransportLimits;
  readonly #versions: PeerVersions;
  readonly #log: TransportLog;
  readonly #folders: FolderGuard;
  readonly #instance = randomId();
  readonly #server: Server;
  readonly #peers: Map<NodeId, PeerAddress>;
  readonly #links = new Map<NodeId, PeerLink>();
  readonly #inbound = new Map<NodeId, InboundConnection>();
  readonly #strangers = new Set<InboundConnection>();
  /** To peers that are no longer, or answer elsewhere. */
  readonly #ending = new Set<Promise<void>>();
  #isStarted = false;
  #events: TransportEvents | undefined;
  #closing: Promise<void> | undefined;

  /** @throws RangeError: this build does not speak all of `versions`. */
  constructor(options: TcpTransportOptions) {
    this.#options = options;
    this.#versions = options.versions ?? peerVersionsKnown;
    checkPeerVersions(this.#versions);
    this.#peers = new Map(options.peers);
    this.#peers.delete(options.nodeId);
    this.#limits = { ...transportLimitsDefault, ...options.limits };
    this.#log = limitLog(options.log, () => performance.now());
    this.#folders = new FolderGuard(options.peerMemory, this.#log);
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** @throws ReplicaError ADDRESS_IN_USE, ADDRESS_UNUSABLE: it cannot listen. */
  async start(events: TransportEvents): Promise<void> {
    if (this.#events !== undefined) throw new Error('a transport can be started once');
    this.#events = events;
    await this.#listen();
    if (this.#closing !== undefined) throw new ReplicaError('STOPPED', 'the transport was closed while it started');
    this.#isStarted = true;
    for (const [peer, address] of this.#peers) this.#dial(peer, address, events);
  }

  /**
   * Where a node answers from now on: one that joins, or one that has moved. It is dialled at once, and welcomed if it dials;
   * it must know this node as well. May be called at any time, for this node's own id to no effect.
   */
  setPeer(peer: NodeId, address: PeerAddress): void {
    const before = this.#peers.get(peer);
    const isKnown = before?.host === address.host && before.port === address.port;
    if (peer === this.#options.nodeId || isKnown) return;
    this.#peers.set(peer, address);
    const events = this.#events;
    if (!this.#isStarted || events === undefined || this.#closing !== undefined) return;
    this.#hangUp(peer, events);
    this.#dial(peer, address, events);
  }

  /** The node has no part in the cluster any more: connections to and from it end, and it is refused from now on. */
  removePeer(peer: NodeId): void {
    const events = this.#events;
    if (!this.#peers.delete(peer) || events === undefined || this.#closing !== undefined) return;
    this.#inbound.get(peer)?.destroy();
    this.#hangUp(peer, events);
  }

  send(to: NodeId, group: GroupId, frame: PeerFrame): boolean {
    return this.#links.get(to)?.send(group, frame) ?? false;
  }

  versionOf(peer: NodeId): number | undefined {
    return this.#links.get(peer)?.version;
  }

  queuedBytes(peer: NodeId): number {
    return this.#links.get(peer)?.queuedBytes ?? 0;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#options.listen;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, host, port)));
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.removeAllListeners('error');
        // Accepting can fail later, when the process runs out of file descriptors; peers try again.
        this.#server.on('error', (error) => this.#log('error', 'CONNECTION_LOST', error.message, {}));
        resolve();
      });
    });
    this.#log('info', 'LISTENING', `listening for nodes on ${host}:${port}`, { host, port });
  }

  #dial(peer: NodeId, address: PeerAddress, events: TransportEvents): void {
    const { nodeId, cluster, folder } = this.#options;
    const link = new PeerLink({
      peer,
      address,
      hello: { cluster, from: nodeId, to: peer, instance: this.#instance, versions: this.#versions, folder },
      folders: this.#folders,
      limits: this.#limits,
      log: this.#log,
      onUp: (instance) => {
        this.#dropImpostor(peer, instance);
        events.onPeerUp(peer);
      },
      onDown: () => events.onPeerDown(peer),
    });
    this.#links.set(peer, link);
    link.start();
  }

  /** What is queued may still arrive. */
  #hangUp(peer: NodeId, events: TransportEvents): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    this.#links.delete(peer);
    const wasUp = link.version !== undefined;
    const ending = link.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    if (wasUp) events.onPeerDown(peer);
  }

  #accept(socket: Socket): void {
    if (this.#closing !== undefined || this.#strangers.size >= this.#limits.strangersMax) {
      const from = `${socket.remoteAddress}:${socket.remotePort}`;
      socket.destroy();
      if (this.#closing !== undefined) return;
      this.#log('warn', 'STRANGERS_TOO_MANY', 'too many connections that have not said who they are: closed one', {
        from,
      });
      return;
    }
    this.#strangers.add(new InboundConnection(socket, this.#inboundContext));
  }

  readonly #inboundContext: InboundContext = {
    limits: () => this.#limits,
    log: (level, code, message, fields) => this.#log(level, code, message, fields),
    identity: () => ({ nodeId: this.#options.nodeId, instance: this.#instance, folder: this.#options.folder }),
    answerTo: (hello) => this.#answerTo(hello),
    remember: (hello) => this.#folders.remember(hello.from, hello.folder),
    welcomed: (connection, peer) => this.#welcomed(connection, peer),
    frame: (peer, group, frame) => {
      if (this.#closing === undefined) this.#events?.onFrame(peer, group, frame);
    },
    closed: (connection) => this.#inboundClosed(connection),
  };

  #answerTo(hello: PeerHello): HelloAnswer {
    const { nodeId, cluster } = this.#options;
    return answerTo(hello, {
      nodeId,
      cluster,
      versions: this.#versions,
      isPeer: (node) => this.#links.has(node),
      instanceOf: (peer) => this.#links.get(peer)?.instance,
      folderFaultOf: (peer, folder) => this.#folders.faultOf(peer, folder),
    });
  }

  /** A peer has one connection to send on: a new one ends the old, so that frames cannot overtake each other. */
  #welcomed(connection: InboundConnection, peer: NodeId): void {
    this.#strangers.delete(connection);
    this.#inbound.get(peer)?.destroy();
    this.#inbound.set(peer, connection);
    this.#links.get(peer)?.dialNow();
  }

  #dropImpostor(peer: NodeId, instance: number): void {
    const inbound = this.#inbound.get(peer);
    if (inbound !== undefined && inbound.instance !== instance) inbound.destroy();
  }

  #inboundClosed(connection: InboundConnection): void {
    this.#strangers.delete(connection);
    const { peer } = connection;
    if (peer !== undefined && this.#inbound.get(peer) === connection) this.#inbound.delete(peer);
  }

  async #closeAll(): Promise<void> {
    const serverClosed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#strangers) connection.destroy();
    for (const connection of this.#inbound.values()) connection.destroy();
    const links = Array.from(this.#links.values(), (link) => link.close());
    await Promise.all([serverClosed, ...links, ...this.#ending]);
  }
}

function listenFault(error: NodeJS.ErrnoException, host: string, port: number): ReplicaError {
  if (error.code === 'EADDRINUSE') {
    return new ReplicaError(
      'ADDRESS_IN_USE',
      `${host}:${port} is in use: stop the process that listens there, or configure another port for nodes`,
      { cause: error },
    );
  }
  return new ReplicaError(
    'ADDRESS_UNUSABLE',
    `cannot listen on ${host}:${port} (${error.message}): configure an address of this machine and a port it may use`,
    { cause: error },
  );
}
