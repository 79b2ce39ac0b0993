// What every transport must do, the real one and its twin alike.

import { describe, expect, test, vi } from 'vitest';
import type { PeerFrame, Transport, TransportEvents } from '../ports.ts';
import { freePorts } from './free-ports.ts';
import { MemoryNetwork } from './memory-network.ts';
import { type PeerAddress, TcpTransport } from './tcp-transport.ts';
import { appendOf, numbered, oneOfEach } from './test-frames.ts';

/** Makes transports of one network; the queue for each peer holds `queueBytesMax`. */
interface Network {
  transport(nodeId: number): Transport;
}
type NetworkOf = (nodes: number, queueBytesMax?: number) => Promise<Network>;

class Recorder implements TransportEvents {
  readonly frames: { from: number; group: number; frame: PeerFrame }[] = [];
  readonly up = new Set<number>();
  readonly news: string[] = [];

  onFrame(from: number, group: number, frame: PeerFrame): void {
    this.frames.push({ from, group, frame });
  }

  onPeerUp(peer: number): void {
    this.up.add(peer);
    this.news.push(`up ${peer}`);
  }

  onPeerDown(peer: number): void {
    this.up.delete(peer);
    this.news.push(`down ${peer}`);
  }
}

async function tcpNetwork(nodes: number, queueBytesMax = 1 << 26): Promise<Network> {
  const ports = await freePorts(nodes);
  const peers = new Map<number, PeerAddress>(ports.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
  return {
    transport: (nodeId) =>
      new TcpTransport({
        nodeId,
        cluster: 'test',
        listen: peers.get(nodeId)!,
        peers,
        log: () => {},
        limits: { queueBytesMax },
      }),
  };
}

async function memoryNetwork(_nodes: number, queueBytesMax = 1 << 26): Promise<Network> {
  return new MemoryNetwork({ queueBytesMax });
}

async function startAll(network: Network, nodes: number): Promise<{ transports: Transport[]; recorders: Recorder[] }> {
  const transports = Array.from({ length: nodes }, (_, i) => network.transport(i + 1));
  const recorders = transports.map(() => new Recorder());
  await Promise.all(transports.map((transport, i) => transport.start(recorders[i]!)));
  await vi.waitFor(() => {
    for (const recorder of recorders) expect(recorder.up.size).toBe(nodes - 1);
  });
  return { transports, recorders };
}

async function closeAll(transports: Transport[]): Promise<void> {
  await Promise.all(transports.map((transport) => transport.close()));
}

describe.each<[string, NetworkOf]>([
  ['TcpTransport', tcpNetwork],
  ['MemoryNetwork', memoryNetwork],
])('%s', (_name, networkOf) => {
  test('carries every kind of frame, with its sender and its group', async () => {
    const { transports, recorders } = await startAll(await networkOf(3), 3);
    const sent = oneOfEach(9, 1, 2);
    for (const frame of sent) expect(transports[0]!.send(2, 9, frame)).toBe(true);
    await vi.waitFor(() => expect(recorders[1]!.frames).toHaveLength(sent.length));
    expect(recorders[1]!.frames).toEqual(sent.map((frame) => ({ from: 1, group: 9, frame })));
    expect(recorders[2]!.frames).toHaveLength(0);
    await closeAll(transports);
  });

  test('keeps the order between two nodes, small and large frames mixed', async () => {
    const { transports, recorders } = await startAll(await networkOf(2), 2);
    const count = 2000;
    for (let i = 0; i < count; i++) {
      expect(transports[0]!.send(2, i, i % 100 === 50 ? appendOf(i, 1, 2, 3, 30_000) : numbered(1, 2, i))).toBe(true);
      if (i % 300 === 0) await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(recorders[1]!.frames).toHaveLength(count));
    expect(recorders[1]!.frames.map(({ group }) => group)).toEqual(Array.from({ length: count }, (_, i) => i));
    await closeAll(transports);
  });

  test('does not share memory with the sender of a payload', async () => {
    const { transports, recorders } = await startAll(await networkOf(2), 2);
    const payload = Buffer.from('as it was');
    transports[0]!.send(2, 1, { kind: 'forward', proposal: { requestId: 1, payload } });
    payload.fill(0);
    await vi.waitFor(() => expect(recorders[1]!.frames).toHaveLength(1));
    const { frame } = recorders[1]!.frames[0]!;
    expect(frame.kind === 'forward' && Buffer.from(frame.proposal.payload).toString()).toBe('as it was');
    await closeAll(transports);
  });

  test('drops what does not fit the queue of a peer, and says so', async () => {
    const { transports, recorders } = await startAll(await networkOf(2, 100_000), 2);
    const accepted = Array.from({ length: 10 }, () => transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 40_000)));
    expect(accepted).toEqual([true, true, ...Array.from({ length: 8 }, () => false)]);
    await vi.waitFor(() => expect(recorders[1]!.frames).toHaveLength(2));
    await vi.waitFor(() => expect(transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 40_000))).toBe(true));
    await closeAll(transports);
  });

  test('an empty queue takes a frame of any size', async () => {
    const { transports, recorders } = await startAll(await networkOf(2, 10_000), 2);
    expect(transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 400_000))).toBe(true);
    await vi.waitFor(() => expect(recorders[1]!.frames).toHaveLength(1));
    await closeAll(transports);
  });

  test('tells of a peer that goes and of its return', async () => {
    const network = await networkOf(2);
    const { transports, recorders } = await startAll(network, 2);
    await transports[1]!.close();
    await vi.waitFor(() => expect(recorders[0]!.news).toEqual(['up 2', 'down 2']));
    expect(transports[0]!.send(2, 1, numbered(1, 2, 1))).toBe(false);
    const returned = network.transport(2);
    const recorder = new Recorder();
    await returned.start(recorder);
    await vi.waitFor(() => expect(recorders[0]!.news).toEqual(['up 2', 'down 2', 'up 2']));
    await vi.waitFor(() => expect(recorder.news).toEqual(['up 1']));
    expect(transports[0]!.send(2, 1, numbered(1, 2, 2))).toBe(true);
    await vi.waitFor(() => expect(recorder.frames).toHaveLength(1));
    await closeAll([transports[0]!, returned]);
  });

  test('sends nothing to nodes that it does not know, nor before the start or after the close', async () => {
    const network = await networkOf(2);
    const unstarted = network.transport(1);
    expect(unstarted.send(2, 1, numbered(1, 2, 1))).toBe(false);
    const { transports, recorders } = await startAll(network, 2);
    expect(transports[0]!.send(77, 1, numbered(1, 77, 1))).toBe(false);
    expect(transports[0]!.send(1, 1, numbered(1, 1, 1))).toBe(false);
    await closeAll(transports);
    const framesBefore = recorders[1]!.frames.length;
    expect(transports[0]!.send(2, 1, numbered(1, 2, 1))).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(recorders[1]!.frames).toHaveLength(framesBefore);
    await closeAll(transports);
  });
});
