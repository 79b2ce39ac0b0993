// What the suites of a transport share: a network to try, ears at every node, and a few ways to start and end them.

import { deepEqual } from 'node:assert/strict';
import type { NodeId } from '@balsa/raft';
import { eventually } from '../../conformance/eventually.ts';
import type { FolderIdentity, PeerFrame, PeerMemory, Transport, TransportEvents } from '../../ports.ts';
import type { PeerVersions } from '../peer-versions.ts';
import type { TransportLog, TransportLogCode } from '../transport-log.ts';

/** Only the suites that are about one of these pass it. */
export interface NetworkNodeOptions {
  readonly versions?: PeerVersions;
  /** Default: a folder of which nobody has heard, and no memory of others. */
  readonly folder?: FolderIdentity;
  readonly peerMemory?: PeerMemory;
  readonly log?: TransportLog;
}

/** A network of nodes 1, 2, …, all of which know each other. */
export interface TestNetwork {
  /** A transport for a node, not started. Asked for again once the former one is closed: the node has restarted. */
  transport(nodeId: NodeId, options?: NetworkNodeOptions): Transport;
  /** Frees what the network itself holds; its transports are closed by then. */
  dispose?(): Promise<void>;
}

export interface TestNetworkOptions {
  readonly nodes: number;
  /** Bytes that may wait for one peer. */
  readonly queueBytesMax: number;
}

export type CreateTestNetwork<Network extends TestNetwork = TestNetwork> = (
  options: TestNetworkOptions,
) => Promise<Network>;

export interface ReceivedFrame {
  readonly from: NodeId;
  readonly group: number;
  readonly frame: PeerFrame;
}

export class Recorder implements TransportEvents {
  readonly frames: ReceivedFrame[] = [];
  readonly up: Set<NodeId> = new Set();
  readonly news: string[] = [];

  onFrame(from: NodeId, group: number, frame: PeerFrame): void {
    this.frames.push({ from, group, frame });
  }

  onPeerUp(peer: NodeId): void {
    this.up.add(peer);
    this.news.push(`up ${peer}`);
  }

  onPeerDown(peer: NodeId): void {
    this.up.delete(peer);
    this.news.push(`down ${peer}`);
  }
}

/** Notes the codes of what a transport logs. */
export class Codes {
  readonly all: TransportLogCode[] = [];
  readonly log: TransportLog = (_level, code) => {
    this.all.push(code);
  };
}

/** The network of one case, and every transport that the case had of it. */
export class Trial<Network extends TestNetwork = TestNetwork> {
  readonly #create: CreateTestNetwork<Network>;
  readonly #transports: Transport[] = [];
  #network: Network | undefined;

  constructor(create: CreateTestNetwork<Network>) {
    this.#create = create;
  }

  /** Nodes that have not begun to talk. */
  async network(nodes: number, queueBytesMax: number = 1 << 26): Promise<Network> {
    this.#network = await this.#create({ nodes, queueBytesMax });
    return this.#network;
  }

  transport(nodeId: NodeId, options: NetworkNodeOptions = {}): Transport {
    const transport = this.#network!.transport(nodeId, options);
    this.#transports.push(transport);
    return transport;
  }

  /** Node 1 to the number of nodes, connected with each other. */
  async connected(
    nodes: number,
    optionsOf: (nodeId: NodeId) => NetworkNodeOptions = () => ({}),
  ): Promise<{ readonly transports: Transport[]; readonly recorders: Recorder[] }> {
    const transports = Array.from({ length: nodes }, (_, i) => this.transport(i + 1, optionsOf(i + 1)));
    const recorders = transports.map(() => new Recorder());
    await Promise.all(transports.map((transport, i) => transport.start(recorders[i]!)));
    await eventually(() =>
      deepEqual(
        recorders.map(({ up }) => up.size),
        recorders.map(() => nodes - 1),
      ),
    );
    return { transports, recorders };
  }

  async end(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
    await this.#network?.dispose?.();
  }
}
