// The network over TCP and its twin in memory keep the same rules.

import { describe, test } from 'vitest';
import { VolatilePeerMemory } from '../log/volatile-peer-memory.ts';
import { transportFolderCases } from './conformance/folders.conformance.ts';
import type { NetworkNodeOptions, TestNetwork, TestNetworkOptions } from './conformance/network.ts';
import { type ChangingNetwork, transportPeerCases } from './conformance/peers.conformance.ts';
import { transportCases } from './conformance/transport.conformance.ts';
import { transportVersionCases } from './conformance/versions.conformance.ts';
import { findFreePorts } from './free-ports.ts';
import { MemoryNetwork, type MemoryTransport } from './memory-network.ts';
import { type PeerAddress, TcpTransport } from './tcp-transport.ts';

async function findAddresses(nodes: number): Promise<Map<number, PeerAddress>> {
  const ports = await findFreePorts(nodes);
  return new Map(ports.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
}

function tcpTransport(
  nodeId: number,
  addresses: ReadonlyMap<number, PeerAddress>,
  peers: ReadonlyMap<number, PeerAddress>,
  queueBytesMax: number,
  options: NetworkNodeOptions,
): TcpTransport {
  return new TcpTransport({
    nodeId,
    cluster: 'test',
    listen: addresses.get(nodeId)!,
    peers,
    folder: { id: nodeId, replacesLostDisk: false },
    peerMemory: new VolatilePeerMemory(),
    log: () => {},
    limits: { queueBytesMax },
    ...options,
  });
}

async function tcpNetwork({ nodes, queueBytesMax }: TestNetworkOptions): Promise<TestNetwork> {
  const addresses = await findAddresses(nodes);
  return {
    transport: (nodeId, options = {}) => tcpTransport(nodeId, addresses, addresses, queueBytesMax, options),
  };
}

async function changingTcpNetwork({ nodes, queueBytesMax }: TestNetworkOptions): Promise<ChangingNetwork> {
  const addresses = await findAddresses(nodes);
  const latest = new Map<number, TcpTransport>();
  return {
    transport: (nodeId, options = {}) => {
      const transport = tcpTransport(nodeId, addresses, new Map(), queueBytesMax, options);
      latest.set(nodeId, transport);
      return transport;
    },
    introduce: (node, peer) => latest.get(node)!.setPeer(peer, addresses.get(peer)!),
    part: (node, peer) => latest.get(node)!.removePeer(peer),
  };
}

async function memoryNetwork({ queueBytesMax }: TestNetworkOptions): Promise<TestNetwork> {
  const network = new MemoryNetwork({ queueBytesMax });
  return { transport: (nodeId, options) => network.transport(nodeId, options) };
}

async function changingMemoryNetwork({ queueBytesMax }: TestNetworkOptions): Promise<ChangingNetwork> {
  const network = new MemoryNetwork({ queueBytesMax });
  const latest = new Map<number, MemoryTransport>();
  return {
    transport: (nodeId, options) => {
      const transport = network.transport(nodeId, { ...options, peers: [] });
      latest.set(nodeId, transport);
      return transport;
    },
    introduce: (node, peer) => latest.get(node)!.setPeer(peer),
    part: (node, peer) => latest.get(node)!.removePeer(peer),
  };
}

describe.each([
  { name: 'TcpTransport', network: tcpNetwork, changing: changingTcpNetwork },
  { name: 'MemoryNetwork', network: memoryNetwork, changing: changingMemoryNetwork },
])('$name', ({ network, changing }) => {
  for (const { name, run } of [
    ...transportCases(network),
    ...transportVersionCases(network),
    ...transportFolderCases(network),
    ...transportPeerCases(changing),
  ])
    test(name, run);
});
