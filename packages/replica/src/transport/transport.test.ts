// What every transport must do, the real one and its twin alike.

import { describe, expect, test } from 'vitest';
import { VolatilePeerMemory } from '../log/volatile-peer-memory.ts';
import type { FolderIdentity, PeerFrame, Transport, TransportEvents } from '../ports.ts';
import { findFreePorts } from './free-ports.ts';
import { MemoryNetwork } from './memory-network.ts';
import { neededVersion } from './needed-version.ts';
import { type PeerVersions, peerVersionsKnown } from './peer-versions.ts';
import { type PeerAddress, TcpTransport, type TcpTransportOptions } from './tcp-transport.ts';
import {
  appendOf,
  asKnownTo,
  configurationAppendOf,
  heartbeatAcks,
  heartbeatOf,
  numbered,
  oneOfEach,
} from './test-frames.ts';
import { eventually } from './testing/eventually.ts';
import type { TransportLog } from './transport-log.ts';

/** Makes transports of one network; the queue for each peer holds `queueBytesMax`. */
interface Network {
  transport(nodeId: number, versions?: PeerVersions, folders?: Folders): Transport;
  /** What the transports of a node have logged. */
  codesOf(nodeId: number): readonly string[];
}
/** Left out: a folder of which nobody has heard, and no memory of others. */
type Folders = Pick<TcpTransportOptions, 'folder' | 'peerMemory'>;
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

class Logs {
  readonly #codes = new Map<number, string[]>();

  codesOf(nodeId: number): string[] {
    const codes = this.#codes.get(nodeId) ?? [];
    this.#codes.set(nodeId, codes);
    return codes;
  }

  logOf(nodeId: number): TransportLog {
    return (_level, code) => this.codesOf(nodeId).push(code);
  }
}

function foldersOf(nodeId: number): Folders {
  return { folder: { id: nodeId, replacesLostDisk: false }, peerMemory: new VolatilePeerMemory() };
}

async function tcpNetwork(nodes: number, queueBytesMax = 1 << 26): Promise<Network> {
  const ports = await findFreePorts(nodes);
  const peers = new Map<number, PeerAddress>(ports.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
  const logs = new Logs();
  return {
    codesOf: (nodeId) => logs.codesOf(nodeId),
    transport: (nodeId, versions = peerVersionsKnown, folders = foldersOf(nodeId)) =>
      new TcpTransport({
        nodeId,
        cluster: 'test',
        listen: peers.get(nodeId)!,
        peers,
        versions,
        ...folders,
        log: logs.logOf(nodeId),
        limits: { queueBytesMax },
      }),
  };
}

async function memoryNetwork(_nodes: number, queueBytesMax = 1 << 26): Promise<Network> {
  const network = new MemoryNetwork({ queueBytesMax });
  const logs = new Logs();
  return {
    codesOf: (nodeId) => logs.codesOf(nodeId),
    transport: (nodeId, versions = peerVersionsKnown, folders = foldersOf(nodeId)) =>
      network.transport(nodeId, { versions, ...folders, log: logs.logOf(nodeId) }),
  };
}

/** One node for each of `versions`. */
async function startAll(
  network: Network,
  nodes: number,
  versions: readonly PeerVersions[] = [],
): Promise<{ transports: Transport[]; recorders: Recorder[] }> {
  const transports = Array.from({ length: nodes }, (_, i) => network.transport(i + 1, versions[i]));
  const recorders = transports.map(() => new Recorder());
  await Promise.all(transports.map((transport, i) => transport.start(recorders[i]!)));
  await eventually(() => {
    for (const recorder of recorders) expect(recorder.up.size).toBe(nodes - 1);
  });
  return { transports, recorders };
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
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
    await eventually(() => expect(recorders[1]!.frames).toHaveLength(sent.length));
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
    await eventually(() => expect(recorders[1]!.frames).toHaveLength(count));
    expect(recorders[1]!.frames.map(({ group }) => group)).toEqual(Array.from({ length: count }, (_, i) => i));
    await closeAll(transports);
  });

  test('does not share memory with the sender of a payload', async () => {
    const { transports, recorders } = await startAll(await networkOf(2), 2);
    const payload = Buffer.from('as it was');
    transports[0]!.send(2, 1, { kind: 'forward', proposal: { requestId: 1, payload } });
    payload.fill(0);
    await eventually(() => expect(recorders[1]!.frames).toHaveLength(1));
    const { frame } = recorders[1]!.frames[0]!;
    expect(frame.kind === 'forward' && Buffer.from(frame.proposal.payload).toString()).toBe('as it was');
    await closeAll(transports);
  });

  test('drops what does not fit the queue of a peer, and says so', async () => {
    const { transports, recorders } = await startAll(await networkOf(2, 100_000), 2);
    const accepted = Array.from({ length: 10 }, () => transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 40_000)));
    expect(accepted).toEqual([true, true, ...Array.from({ length: 8 }, () => false)]);
    await eventually(() => expect(recorders[1]!.frames).toHaveLength(2));
    await eventually(() => expect(transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 40_000))).toBe(true));
    await closeAll(transports);
  });

  test('an empty queue takes a frame of any size', async () => {
    const { transports, recorders } = await startAll(await networkOf(2, 10_000), 2);
    expect(transports[0]!.send(2, 1, appendOf(1, 1, 2, 1, 400_000))).toBe(true);
    await eventually(() => expect(recorders[1]!.frames).toHaveLength(1));
    await closeAll(transports);
  });

  test('tells of a peer that goes and of its return', async () => {
    const network = await networkOf(2);
    const { transports, recorders } = await startAll(network, 2);
    await transports[1]!.close();
    await eventually(() => expect(recorders[0]!.news).toEqual(['up 2', 'down 2']));
    expect(transports[0]!.send(2, 1, numbered(1, 2, 1))).toBe(false);
    expect(transports[0]!.versionOf(2)).toBeUndefined();
    const returned = network.transport(2);
    const recorder = new Recorder();
    await returned.start(recorder);
    await eventually(() => expect(recorders[0]!.news).toEqual(['up 2', 'down 2', 'up 2']));
    await eventually(() => expect(recorder.news).toEqual(['up 1']));
    expect(transports[0]!.send(2, 1, numbered(1, 2, 2))).toBe(true);
    await eventually(() => expect(recorder.frames).toHaveLength(1));
    await closeAll([transports[0]!, returned]);
  });

  test('sends nothing to nodes that it does not know, nor before the start or after the close', async () => {
    const network = await networkOf(2);
    const unstarted = network.transport(1);
    expect(unstarted.send(2, 1, numbered(1, 2, 1))).toBe(false);
    expect([unstarted.versionOf(2), unstarted.queuedBytes(2)]).toEqual([undefined, 0]);
    const { transports, recorders } = await startAll(network, 2);
    expect(transports[0]!.send(77, 1, numbered(1, 77, 1))).toBe(false);
    expect([77, 1].map((node) => transports[0]!.versionOf(node))).toEqual([undefined, undefined]);
    expect(transports[0]!.send(1, 1, numbered(1, 1, 1))).toBe(false);
    await closeAll(transports);
    const framesBefore = recorders[1]!.frames.length;
    expect(transports[0]!.send(2, 1, numbered(1, 2, 1))).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(recorders[1]!.frames).toHaveLength(framesBefore);
    await closeAll(transports);
  });

  test('keeps the order of heartbeats, of many groups, with whatever else is sent', async () => {
    const { transports, recorders } = await startAll(await networkOf(2), 2);
    const sent = Array.from({ length: 4000 }, (_, i): PeerFrame => {
      if (i % 1500 === 700) return numbered(1, 2, i);
      return i % 1900 > 1600 ? heartbeatAcks(1, 2, [i])[0]! : heartbeatOf(1, 2, i);
    });
    for (const [i, frame] of sent.entries()) {
      // Most leaders send in the order of their groups, but not all.
      expect(transports[0]!.send(2, i % 7 === 0 ? 4_000_000_000 - i : i, frame)).toBe(true);
      if (i % 1000 === 300) await new Promise(setImmediate);
    }
    await eventually(() => expect(recorders[1]!.frames).toHaveLength(sent.length));
    expect(recorders[1]!.frames).toEqual(
      sent.map((frame, i) => ({ from: 1, group: i % 7 === 0 ? 4_000_000_000 - i : i, frame })),
    );
    await closeAll(transports);
  });

  test('has a bound for heartbeats too', async () => {
    const { transports, recorders } = await startAll(await networkOf(2, 20_000), 2);
    const accepted = Array.from({ length: 20_000 }, (_, i) => i).filter((i) =>
      transports[0]!.send(2, i, heartbeatOf(1, 2, i)),
    );
    expect(accepted.length).toBeGreaterThan(100);
    expect(accepted.length).toBeLessThan(5000);
    await eventually(() => expect(recorders[1]!.frames.map(({ group }) => group)).toEqual(accepted));
    await eventually(() => expect(transports[0]!.send(2, 1, heartbeatOf(1, 2, 1))).toBe(true));
    await closeAll(transports);
  });

  test('says how much waits for a peer', async () => {
    const { transports, recorders } = await startAll(await networkOf(2), 2);
    const [sender] = transports;
    expect([sender!.queuedBytes(2), sender!.queuedBytes(77)]).toEqual([0, 0]);
    sender!.send(2, 1, heartbeatOf(1, 2, 1));
    const heartbeatBytes = sender!.queuedBytes(2);
    expect(heartbeatBytes).toBeGreaterThan(0);
    sender!.send(2, 1, appendOf(1, 1, 2, 1, 40_000));
    expect(sender!.queuedBytes(2)).toBeGreaterThan(40_000 + heartbeatBytes);
    await eventually(() => expect(recorders[1]!.frames).toHaveLength(2));
    await eventually(() => expect(sender!.queuedBytes(2)).toBe(0));
    await closeAll(transports);
    expect(sender!.queuedBytes(2)).toBe(0);
  });

  const old: PeerVersions = { oldest: 1, newest: 1 };
  const both: PeerVersions = { oldest: 1, newest: 2 };
  const young: PeerVersions = { oldest: 2, newest: 2 };

  test.each<[string, PeerVersions, PeerVersions, number]>([
    ['1 with 1', old, old, 1],
    ['1 with 1 or 2', old, both, 1],
    ['1 or 2 with 1', both, old, 1],
    ['1 or 2 with 2', both, young, 2],
    ['2 with 2', young, young, 2],
    ['1 with 1 to 3', old, { oldest: 1, newest: 3 }, 1],
    ['1 to 3 with 2', { oldest: 1, newest: 3 }, young, 2],
    ['2 or 3 with 1 to 3', { oldest: 2, newest: 3 }, { oldest: 1, newest: 3 }, 3],
  ])('nodes of versions %s tell each other what both know, and nothing else', async (_name, first, second, version) => {
    const { transports, recorders } = await startAll(await networkOf(2), 2, [first, second]);
    expect([transports[0]!.versionOf(2), transports[1]!.versionOf(1)]).toEqual([version, version]);
    const frames = [...oneOfEach(9, 1, 2), ...(version < 3 ? [configurationAppendOf(9, 1, 2)] : []), numbered(1, 2, 5)];
    const known = frames.filter((frame) => neededVersion(frame) <= version);
    expect(frames.length - known.length).toBeGreaterThanOrEqual(version < 3 ? 9 : 0);
    for (const frame of frames) expect(transports[0]!.send(2, 9, frame)).toBe(neededVersion(frame) <= version);
    const back = oneOfEach(9, 2, 1).filter((frame) => neededVersion(frame) <= version);
    for (const frame of back) expect(transports[1]!.send(1, 9, frame)).toBe(true);
    await eventually(() => expect(recorders.map(({ frames }) => frames.length)).toEqual([back.length, known.length]));
    expect(recorders[1]!.frames.map(({ frame }) => frame)).toEqual(known.map((frame) => asKnownTo(version, frame)));
    expect(recorders[0]!.frames.map(({ frame }) => frame)).toEqual(back.map((frame) => asKnownTo(version, frame)));
    await closeAll(transports);
  });

  test('refuses a node with which it shares no version, says so on both sides, and goes on with the others', async () => {
    const network = await networkOf(3);
    const transports = [old, young, both].map((versions, i) => network.transport(i + 1, versions));
    const recorders = transports.map(() => new Recorder());
    await Promise.all(transports.map((transport, i) => transport.start(recorders[i]!)));
    await eventually(() => {
      expect(recorders.map(({ up }) => [...up])).toEqual([[3], [3], expect.arrayContaining([1, 2])]);
      for (const nodeId of [1, 2]) {
        expect(network.codesOf(nodeId)).toContain('PEER_VERSION_MISMATCH');
        expect(network.codesOf(nodeId)).toContain('PEER_REFUSED_US');
      }
    });
    expect(network.codesOf(3)).not.toContain('PEER_VERSION_MISMATCH');
    expect(transports[0]!.send(2, 1, numbered(1, 2, 1))).toBe(false);
    expect(transports[0]!.send(3, 1, numbered(1, 3, 1))).toBe(true);
    await eventually(() => expect(recorders[2]!.frames).toHaveLength(1));
    expect(recorders[1]!.frames).toEqual([]);
    await closeAll(transports);
  });

  test('agrees anew with a node that returns in another release', async () => {
    const network = await networkOf(2);
    const { transports, recorders } = await startAll(network, 2, [both, old]);
    const [first, atFirst] = [transports[0]!, recorders[0]!];
    let second = transports[1]!;
    for (const [i, versions] of [both, young, old].entries()) {
      await second.close();
      await eventually(() => expect(atFirst.up.size).toBe(0));
      const recorder = new Recorder();
      second = network.transport(2, versions);
      await second.start(recorder);
      await eventually(() => expect([atFirst.up.size, recorder.up.size]).toEqual([1, 1]));
      const expected = versions === old ? undefined : 7;
      first.send(2, 1, heartbeatAcks(1, 2, [7])[0]!);
      second.send(1, 1, heartbeatAcks(2, 1, [7])[0]!);
      await eventually(() => expect([atFirst.frames.length, recorder.frames.length]).toEqual([i + 1, 1]));
      expect(recorder.frames[0]!.frame).toEqual(heartbeatAcks(1, 2, [expected])[0]);
      expect(atFirst.frames[i]!.frame).toEqual(heartbeatAcks(2, 1, [expected])[0]);
    }
    await closeAll([first, second]);
  });

  const folderOf = (id: number, replacesLostDisk = false): FolderIdentity => ({ id, replacesLostDisk });

  test('keeps out a node that returns with another folder and does not say why, in both directions', async () => {
    const network = await networkOf(3);
    const transports = [1, 2, 3].map((id) => network.transport(id));
    const recorders = transports.map(() => new Recorder());
    await Promise.all(transports.map((transport, i) => transport.start(recorders[i]!)));
    await eventually(() => expect(recorders.map(({ up }) => up.size)).toEqual([2, 2, 2]));

    const start = async (folder: FolderIdentity, peerMemory = new VolatilePeerMemory()) => {
      await transports[2]!.close();
      await eventually(() => expect(recorders.slice(0, 2).map(({ up }) => [...up])).toEqual([[2], [1]]));
      recorders[2] = new Recorder();
      transports[2] = network.transport(3, undefined, { folder, peerMemory });
      await transports[2].start(recorders[2]);
    };
    const startAndBeKeptOut = async (folder: FolderIdentity): Promise<void> => {
      const before = [1, 2].map((id) => network.codesOf(id).length);
      await start(folder);
      await eventually(() => {
        for (const id of [1, 2]) expect(network.codesOf(id).slice(before[id - 1])).toContain('PEER_FOLDER_CHANGED');
      });
      await eventually(() => expect(network.codesOf(3)).toContain('PEER_REFUSED_US'));
      for (const peer of [1, 2]) {
        expect(transports[2]!.send(peer, 1, numbered(3, peer, 1))).toBe(false);
        expect(transports[peer - 1]!.send(3, 1, numbered(peer, 3, 1))).toBe(false);
      }
      expect(transports[0]!.send(2, 1, numbered(1, 2, 1))).toBe(true);
      await sleep(50);
      expect(recorders.map(({ up }) => [...up].sort())).toEqual([[2], [1], []]);
      expect(recorders[2]!.frames).toEqual([]);
    };

    await startAndBeKeptOut(folderOf(30));
    // What was lost is declared.
    await start(folderOf(31, true));
    await eventually(() => expect(recorders.map(({ up }) => up.size)).toEqual([2, 2, 2]));
    expect(transports[2]!.send(1, 7, numbered(3, 1, 1))).toBe(true);
    expect(transports[1]!.send(3, 7, numbered(2, 3, 1))).toBe(true);
    await eventually(() => expect(recorders[0]!.frames.map(({ from }) => from)).toContain(3));
    await eventually(() => expect(recorders[2]!.frames).toHaveLength(1));
    // The first disk turns up again.
    await startAndBeKeptOut(folderOf(3));
    // The one that replaced it comes back as it was.
    await start(folderOf(31, true));
    await eventually(() => expect(recorders.map(({ up }) => up.size)).toEqual([2, 2, 2]));
    expect(recorders.slice(0, 2).map(({ frames }) => frames.filter(({ from }) => from === 3).length)).toEqual([1, 0]);
    await closeAll(transports);
  });

  test('remembers the folders of its peers over its own restart', async () => {
    const network = await networkOf(2);
    const memory = new VolatilePeerMemory();
    const first = network.transport(1, undefined, { folder: folderOf(10), peerMemory: memory });
    const second = network.transport(2, undefined, { folder: folderOf(20), peerMemory: new VolatilePeerMemory() });
    const recorder = new Recorder();
    await Promise.all([first.start(recorder), second.start(new Recorder())]);
    await eventually(() => expect(memory.known(2)).toEqual({ current: 20, earlier: [] }));
    await eventually(() => expect(recorder.up.size).toBe(1));
    await closeAll([first, second]);
    const again = network.transport(1, undefined, { folder: folderOf(10), peerMemory: memory });
    const wiped = network.transport(2, undefined, { folder: folderOf(21), peerMemory: new VolatilePeerMemory() });
    const recorders = [new Recorder(), new Recorder()];
    await Promise.all([again.start(recorders[0]!), wiped.start(recorders[1]!)]);
    await eventually(() => expect(network.codesOf(1)).toContain('PEER_FOLDER_CHANGED'));
    await eventually(() => expect(network.codesOf(2)).toContain('PEER_REFUSED_US'));
    expect(recorders.map(({ news }) => news)).toEqual([[], []]);
    await closeAll([again, wiped]);
  });
});
