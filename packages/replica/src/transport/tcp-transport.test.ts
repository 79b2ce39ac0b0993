// What only a real network can bring: strangers, impostors, junk, ports in use, damage.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageType } from '@balsa/raft';
import {
  FrameConnection,
  type FrameConnectionHandler,
  FrameQueue,
  frameHeaderBytes,
  type WireError,
} from '@balsa/wire';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { VolatilePeerMemory } from '../log/volatile-peer-memory.ts';
import type { FolderIdentity, PeerFrame, PeerMemory, TransportEvents } from '../ports.ts';
import { findFreePorts } from './free-ports.ts';
import { HeartbeatRun, heartbeatIn, heartbeatsPerFrameMax } from './heartbeat-frames.ts';
import { writePeerFrame } from './peer-frame-codec.ts';
import {
  HelloFrame,
  type PeerHello,
  type PeerWelcome,
  peerProtocol,
  readPeerRefusal,
  readPeerWelcome,
  writePeerHello,
  writePeerRefusal,
  writePeerWelcome,
} from './peer-hello.ts';
import { peerVersionsKnown } from './peer-versions.ts';
import { type PeerAddress, TcpTransport } from './tcp-transport.ts';
import { appendOf, heartbeatAcks, heartbeatOf, numbered } from './test-frames.ts';
import { eventually } from './testing/eventually.ts';
import { type TransportLimits, transportLimitsDefault } from './transport-limits.ts';

interface NodeChanges {
  readonly cluster?: string;
  readonly limits?: Partial<TransportLimits>;
  readonly peerMemory?: PeerMemory;
}

class Node implements TransportEvents {
  readonly transport: TcpTransport;
  readonly codes: string[] = [];
  readonly news: string[] = [];
  readonly frames: PeerFrame[] = [];
  readonly port: number;

  constructor(nodeId: number, peers: ReadonlyMap<number, PeerAddress>, changes: NodeChanges) {
    const listen = peers.get(nodeId)!;
    this.port = listen.port;
    this.transport = new TcpTransport({
      nodeId,
      cluster: changes.cluster ?? 'test',
      listen,
      peers,
      folder: { id: nodeId, replacesLostDisk: false },
      peerMemory: changes.peerMemory ?? new VolatilePeerMemory(),
      log: (_level, code) => this.codes.push(code),
      limits: changes.limits ?? {},
    });
  }

  onHeartbeat: () => void = () => {};

  onFrame(_from: number, _group: number, frame: PeerFrame): void {
    this.frames.push(frame);
    if (heartbeatIn(frame) !== undefined) this.onHeartbeat();
  }

  onPeerUp(peer: number): void {
    this.news.push(`up ${peer}`);
  }

  onPeerDown(peer: number): void {
    this.news.push(`down ${peer}`);
  }
}

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function addresses(count: number): Promise<Map<number, PeerAddress>> {
  const ports = await findFreePorts(count);
  return new Map(ports.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
}

async function startNode(
  nodeId: number,
  peers: ReadonlyMap<number, PeerAddress>,
  changes: NodeChanges = {},
): Promise<Node> {
  const node = new Node(nodeId, peers, changes);
  cleanUps.push(() => node.transport.close());
  await node.transport.start(node);
  return node;
}

/** Somebody who dials a node by hand. */
class Caller implements FrameConnectionHandler {
  readonly connection: FrameConnection;
  readonly socket: Socket;
  readonly closed: Promise<WireError | undefined>;
  refusal: string | undefined;
  welcome: PeerWelcome | undefined;
  #onClosed: (reason: WireError | undefined) => void = () => {};

  constructor(port: number) {
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.socket = connect(port, '127.0.0.1');
    cleanUps.push(() => this.socket.destroy());
    const bytesMax = 1 << 26;
    this.connection = new FrameConnection(
      this.socket,
      { protocol: peerProtocol, frameBytesMax: bytesMax, queueBytesMax: bytesMax },
      this,
    );
  }

  greet(hello: Partial<PeerHello>): this {
    writePeerHello(this.connection, {
      cluster: 'test',
      from: 2,
      to: 1,
      instance: 5,
      versions: peerVersionsKnown,
      folder: undefined,
      ...hello,
    });
    return this;
  }

  onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    if (type === HelloFrame.refusal) this.refusal = readPeerRefusal(bytes, start, end).code;
    if (type === HelloFrame.welcome) this.welcome = readPeerWelcome(bytes, start, end);
  }

  get isWelcome(): boolean {
    return this.welcome !== undefined;
  }

  onClose(reason: WireError | undefined): void {
    this.#onClosed(reason);
  }
}

/** Welcomes whoever calls, and says nothing more, not even pings. */
class SilentHost implements FrameConnectionHandler {
  readonly #connection: FrameConnection;
  readonly #version: number;
  readonly #folder: FolderIdentity | undefined;
  #hasWelcomed = false;
  /** All that came after the welcome, by type. */
  readonly types: number[] = [];

  constructor(socket: Socket, version: number = peerVersionsKnown.newest, folder?: FolderIdentity) {
    this.#version = version;
    this.#folder = folder;
    const bytesMax = 1 << 20;
    const options = { protocol: peerProtocol, frameBytesMax: bytesMax, queueBytesMax: bytesMax };
    this.#connection = new FrameConnection(socket, options, this);
    cleanUps.push(() => socket.destroy());
  }

  onRefusal: (code: string) => void = () => {};

  onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    if (type === HelloFrame.refusal) {
      this.onRefusal(readPeerRefusal(bytes, start, end).code);
      return;
    }
    if (this.#hasWelcomed) {
      this.types.push(type);
      return;
    }
    this.#hasWelcomed = true;
    this.#connection.admit();
    writePeerWelcome(this.#connection, { nodeId: 2, instance: 9, version: this.#version, folder: this.#folder });
  }

  onClose(): void {}
}

async function sendRaw(port: number, bytes: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(bytes);
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
}

describe('a node that listens for its peers', () => {
  test.each([
    ['TLS', Buffer.from('1603010200010001fc0303', 'hex'), 'SPEAKS_TLS'],
    ['HTTP', Buffer.from('POST /rest/v2/insertTablet HTTP/1.1\r\n\r\n'), 'SPEAKS_HTTP'],
    ['junk', Buffer.alloc(100_000, 0xa5), 'SPEAKS_JUNK'],
    ['the preamble of a client', Buffer.from('42414c5341430100', 'hex'), 'PROTOCOL_MISMATCH'],
    ['a frame of 4 GiB', Buffer.from('42414c5341500100ffffffff1e', 'hex'), 'FRAME_TOO_LARGE'],
    ['no hello', Buffer.from('42414c53415001000500000005aabbccdd', 'hex'), 'BYTES_MALFORMED'],
    ['a broken hello', Buffer.from('42414c5341500100030000001eff00', 'hex'), 'BYTES_TRUNCATED'],
  ])('closes a connection that sends %s, logs the code, and goes on', async (_what, bytes, code) => {
    const peers = await addresses(2);
    const node = await startNode(1, peers);
    await sendRaw(node.port, bytes);
    await eventually(() => expect(node.codes).toContain(code));
    const other = await startNode(2, peers);
    await eventually(() => expect([node.news, other.news]).toEqual([['up 2'], ['up 1']]));
  });

  test.each<[string, Partial<PeerHello>, string]>([
    ['another cluster', { cluster: 'other' }, 'PEER_CLUSTER_MISMATCH'],
    ['another node', { to: 3 }, 'PEER_ADDRESS_WRONG'],
    ['its own id', { from: 1 }, 'PEER_ID_OURS'],
    ['an id that is not a member', { from: 9 }, 'PEER_ID_UNKNOWN'],
    ['versions of a later age', { versions: { oldest: 7, newest: 9 } }, 'PEER_VERSION_MISMATCH'],
  ])('refuses a caller with %s, and tells why', async (_what, hello, code) => {
    const node = await startNode(1, await addresses(2));
    const caller = new Caller(node.port).greet(hello);
    await caller.closed;
    expect(caller.refusal).toBe(code);
    expect(node.codes).toContain(code);
  });

  test('answers a caller of a later release in the newest version that it knows itself', async () => {
    const node = await startNode(1, await addresses(2));
    const caller = new Caller(node.port).greet({ versions: { oldest: 1, newest: 900 } });
    await eventually(() => expect(caller.welcome?.version).toBe(peerVersionsKnown.newest));
  });

  test('closes a connection on which a frame of another version comes than was agreed on', async () => {
    const node = await startNode(1, await addresses(2));
    const caller = new Caller(node.port).greet({ versions: { oldest: 1, newest: 1 } });
    await eventually(() => expect(caller.welcome?.version).toBe(1));
    const [ack] = heartbeatAcks(2, 1, [5]);
    writePeerFrame(caller.connection, 1, ack!, 2);
    await caller.closed;
    expect([node.frames, node.codes.includes('BYTES_MALFORMED')]).toEqual([[], true]);
  });

  test('closes a connection on which gathered heartbeats come that the version does not have', async () => {
    const node = await startNode(1, await addresses(2));
    const caller = new Caller(node.port).greet({ versions: { oldest: 1, newest: 2 } });
    await eventually(() => expect(caller.welcome?.version).toBe(2));
    const run = new HeartbeatRun(1 << 20);
    run.add(1, heartbeatIn(heartbeatOf(2, 1, 7))!, 2);
    run.writeTo(caller.connection);
    await caller.closed;
    expect([node.frames, node.codes.includes('BYTES_MALFORMED')]).toEqual([[], true]);
  });

  test('refuses a caller with the id of a peer that is up elsewhere', async () => {
    const peers = await addresses(2);
    const [node, peer] = [await startNode(1, peers), await startNode(2, peers)];
    await eventually(() => expect([node.news, peer.news]).toEqual([['up 2'], ['up 1']]));
    const impostor = new Caller(node.port).greet({ from: 2 });
    await impostor.closed;
    expect(impostor.refusal).toBe('PEER_ID_TAKEN');
    peer.transport.send(1, 1, numbered(2, 1, 1));
    await eventually(() => expect(node.frames).toHaveLength(1));
  });

  test('drops a caller with the id of a peer once that peer answers as somebody else', async () => {
    const peers = await addresses(2);
    const node = await startNode(1, peers);
    const impostor = new Caller(node.port).greet({ from: 2 });
    await eventually(() => expect(impostor.isWelcome).toBe(true));
    await startNode(2, peers);
    await impostor.closed;
    await eventually(() => expect(node.news).toEqual(['up 2']));
  });

  test('closes those who do not say who they are in time, and has a bound of them', async () => {
    const node = await startNode(1, await addresses(2), { limits: { strangersMax: 3, helloTimeoutMs: 150 } });
    const callers = Array.from({ length: 5 }, () => new Caller(node.port));
    await Promise.all(callers.map(({ closed }) => closed));
    expect(node.codes.filter((code) => code === 'STRANGERS_TOO_MANY')).toHaveLength(2);
    await eventually(() => expect(node.codes.filter((code) => code === 'HELLO_TIMEOUT')).toHaveLength(3));
    const late = new Caller(node.port).greet({});
    await eventually(() => expect(late.isWelcome).toBe(true));
  });

  test('closes the connection on which a damaged batch comes, and hands nothing of it on', async () => {
    const node = await startNode(1, await addresses(2));
    const caller = new Caller(node.port).greet({});
    const append = appendOf(1, 2, 1, 2, 200);
    if (append.message.type !== 5) throw new Error('not an append');
    append.message.batches[1]!.bytes[60]! ^= 1;
    writePeerFrame(caller.connection, 1, append, peerVersionsKnown.newest);
    await caller.closed;
    expect(node.frames).toEqual([]);
    expect(node.codes).toContain('RECORD_DAMAGED');
  });

  test('closes the connection on which broken heartbeats come, and hands nothing of them on', async () => {
    const node = await startNode(1, await addresses(2));
    const caller = new Caller(node.port).greet({});
    await eventually(() => expect(caller.isWelcome).toBe(true));
    const run = new HeartbeatRun(1 << 20);
    for (const group of [1, 2]) run.add(group, heartbeatIn(heartbeatOf(2, 1, 7))!, peerVersionsKnown.newest);
    const queue = new FrameQueue();
    run.writeTo(queue);
    const bytes = Buffer.concat(queue.take().pieces);
    caller.connection.begin(25).raw(bytes.subarray(frameHeaderBytes, -1));
    caller.connection.end();
    await caller.closed;
    expect(node.frames).toEqual([]);
    expect(node.codes).toContain('BYTES_TRUNCATED');
  });

  test('hands out no heartbeats behind one that made it close', async () => {
    const peers = await addresses(2);
    const [node, peer] = [await startNode(1, peers), await startNode(2, peers)];
    await eventually(() => expect([node.news, peer.news]).toEqual([['up 2'], ['up 1']]));
    node.onHeartbeat = () => void node.transport.close();
    for (const group of [1, 2, 3]) peer.transport.send(1, group, heartbeatOf(2, 1, group));
    await eventually(() => expect(node.frames).toHaveLength(1));
    await node.transport.close();
    expect(node.frames).toHaveLength(1);
  });

  test('replaces a connection of the same process by its newer one', async () => {
    const node = await startNode(1, await addresses(2));
    const first = new Caller(node.port).greet({});
    await eventually(() => expect(first.isWelcome).toBe(true));
    const second = new Caller(node.port).greet({});
    await first.closed;
    writePeerFrame(second.connection, 1, numbered(2, 1, 8), peerVersionsKnown.newest);
    await eventually(() => expect(node.frames).toHaveLength(1));
  });

  test('says that its port is in use, or not to be had', async () => {
    const peers = await addresses(1);
    await startNode(1, peers);
    await expect(startNode(1, peers)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    const elsewhere = new Map([[1, { host: '192.0.2.1', port: 7000 }]]);
    await expect(startNode(1, elsewhere)).rejects.toMatchObject({ code: 'ADDRESS_UNUSABLE' });
  });

  test('does not let strangers fill its log', async () => {
    const node = await startNode(1, await addresses(2));
    await Promise.all(Array.from({ length: 40 }, () => sendRaw(node.port, Buffer.from('junk junk'))));
    expect(node.codes.filter((code) => code === 'SPEAKS_JUNK').length).toBeLessThanOrEqual(10);
  });
});

const folderA = { id: 11, replacesLostDisk: false };
const folderB = { id: 12, replacesLostDisk: false };
const replacement = { id: 13, replacesLostDisk: true };

/** A disk that is done when told to. */
class SlowPeerMemory extends VolatilePeerMemory {
  readonly waiting: ((error?: Error) => void)[] = [];

  override async remember(peer: number, folder: number): Promise<void> {
    this.note(peer, folder);
    await new Promise<void>((resolve, reject) => {
      this.waiting.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  }
}

describe('a node that remembers the data folders of its peers', () => {
  test.each([
    ['a caller without one', undefined, undefined, true],
    ['a caller without one, where one is known', folderA, undefined, true],
    ['the first one', undefined, folderA, true],
    ['the same one again', folderA, folderA, true],
    ['another one', folderA, folderB, false],
    ['another one that replaces a lost disk', folderA, replacement, true],
  ])('%s', async (_what, before, folder, isWelcome) => {
    const peerMemory = new VolatilePeerMemory(before && [[2, { current: before.id, earlier: [] }]]);
    const node = await startNode(1, await addresses(2), { peerMemory });
    const caller = new Caller(node.port).greet({ folder });
    await eventually(() => expect([caller.isWelcome, caller.refusal]).toContain(isWelcome || 'PEER_FOLDER_CHANGED'));
    expect(peerMemory.known(2)?.current).toBe((isWelcome ? folder : undefined)?.id ?? before?.id);
    expect(node.codes.includes('PEER_FOLDER_CHANGED')).toBe(!isWelcome);
  });

  test('refuses a folder that was replaced, whatever it says of itself', async () => {
    const peerMemory = new VolatilePeerMemory([[2, { current: 20, earlier: [folderA.id, replacement.id] }]]);
    const node = await startNode(1, await addresses(2), { peerMemory });
    for (const folder of [folderA, replacement]) {
      const caller = new Caller(node.port).greet({ folder });
      await caller.closed;
      expect([caller.isWelcome, caller.refusal]).toEqual([false, 'PEER_FOLDER_CHANGED']);
    }
    expect(peerMemory.known(2)?.current).toBe(20);
  });

  test('welcomes a caller only once its folder is durably remembered, and takes nothing from it before', async () => {
    const peerMemory = new SlowPeerMemory();
    const node = await startNode(1, await addresses(2), { peerMemory });
    const caller = new Caller(node.port).greet({ folder: folderA });
    await eventually(() => expect(peerMemory.waiting).toHaveLength(1));
    const impatient = new Caller(node.port).greet({ folder: folderA });
    writePeerFrame(impatient.connection, 1, numbered(2, 1, 1), peerVersionsKnown.newest);
    const insistent = new Caller(node.port).greet({ folder: folderA }).greet({ folder: folderA });
    await Promise.all([impatient.closed, insistent.closed]);
    expect([caller, impatient, insistent].map(({ isWelcome }) => isWelcome)).toEqual([false, false, false]);
    expect(node.frames).toEqual([]);
    for (const done of peerMemory.waiting.splice(0)) done();
    await eventually(() => expect(caller.isWelcome).toBe(true));
  });

  test('of two callers that it never met, only the one that it remembers first is welcome', async () => {
    const peerMemory = new SlowPeerMemory();
    const node = await startNode(1, await addresses(2), { peerMemory });
    const first = new Caller(node.port).greet({ folder: folderA });
    await eventually(() => expect(peerMemory.waiting).toHaveLength(1));
    const second = new Caller(node.port).greet({ folder: folderB });
    await second.closed;
    expect(second.refusal).toBe('PEER_FOLDER_CHANGED');
    // While the first waits, its disk is replaced.
    const third = new Caller(node.port).greet({ folder: replacement });
    await eventually(() => expect(peerMemory.waiting).toHaveLength(2));
    for (const done of peerMemory.waiting.splice(0)) done();
    await first.closed;
    expect([first.isWelcome, first.refusal]).toEqual([false, 'PEER_FOLDER_CHANGED']);
    await eventually(() => expect(third.isWelcome).toBe(true));
  });

  test('does not welcome a caller whose folder it could not remember, and tries again', async () => {
    const peerMemory = new SlowPeerMemory();
    const node = await startNode(1, await addresses(2), { peerMemory });
    const caller = new Caller(node.port).greet({ folder: folderA });
    await eventually(() => expect(peerMemory.waiting).toHaveLength(1));
    peerMemory.waiting.pop()?.(new Error('the disk is full'));
    await caller.closed;
    expect([caller.isWelcome, node.codes.includes('DATA_FOLDER_UNUSABLE')]).toEqual([false, true]);
    const again = new Caller(node.port).greet({ folder: folderA });
    await eventually(() => expect(peerMemory.waiting).toHaveLength(1));
    peerMemory.waiting.pop()?.();
    await eventually(() => expect(again.isWelcome).toBe(true));
  });

  test('hears from a caller that it is not accepted itself', async () => {
    const node = await startNode(1, await addresses(2));
    const caller = new Caller(node.port).greet({ folder: folderA });
    await eventually(() => expect(caller.isWelcome).toBe(true));
    writePeerRefusal(caller.connection, { code: 'PEER_FOLDER_CHANGED', message: 'because' });
    await caller.closed;
    expect(node.codes).toContain('PEER_REFUSED_US');
  });

  test('turns away from a node that answers with another folder, and tells it why', async () => {
    const peers = await addresses(2);
    const refusals: string[] = [];
    const host = createServer((socket) => {
      const silent = new SilentHost(socket, peerVersionsKnown.newest, folderB);
      silent.onRefusal = (code) => refusals.push(code);
    });
    cleanUps.push(() => host.close());
    host.listen(peers.get(2)!.port, '127.0.0.1');
    await once(host, 'listening');
    const peerMemory = new VolatilePeerMemory([[2, { current: folderA.id, earlier: [] }]]);
    const node = await startNode(1, peers, { peerMemory });
    await eventually(() => expect(refusals.length).toBeGreaterThan(1));
    expect([node.news, node.transport.send(2, 1, numbered(1, 2, 1))]).toEqual([[], false]);
    expect([new Set(refusals), node.codes.filter((code) => code === 'PEER_FOLDER_CHANGED').length]).toEqual([
      new Set(['PEER_FOLDER_CHANGED']),
      1,
    ]);
  });

  test('sends nothing to a node before the folder that it answered with is durably remembered', async () => {
    const peers = await addresses(2);
    const host = createServer((socket) => new SilentHost(socket, peerVersionsKnown.newest, folderA));
    cleanUps.push(() => host.close());
    host.listen(peers.get(2)!.port, '127.0.0.1');
    await once(host, 'listening');
    const peerMemory = new SlowPeerMemory();
    const node = await startNode(1, peers, { peerMemory });
    await eventually(() => expect(peerMemory.waiting).toHaveLength(1));
    expect([node.news, node.transport.send(2, 1, numbered(1, 2, 1))]).toEqual([[], false]);
    peerMemory.waiting.pop()?.();
    await eventually(() => expect(node.news).toEqual(['up 2']));
    expect(node.transport.send(2, 1, numbered(1, 2, 1))).toBe(true);
  });
});

describe('a node that dials its peers', () => {
  test('reports a lost peer at once, and keeps trying without filling the log', async () => {
    const peers = await addresses(2);
    const peer = await startNode(2, peers);
    const node = await startNode(1, peers);
    await eventually(() => expect(node.news).toEqual(['up 2']));
    await peer.transport.close();
    await vi.waitFor(() => expect(node.news).toEqual(['up 2', 'down 2']), { interval: 1, timeout: 200 });
    await sleep(300);
    expect(node.codes.filter((code) => code === 'PEER_UNREACHABLE')).toHaveLength(1);
    await startNode(2, peers);
    await eventually(() => expect(node.news.at(-1)).toBe('up 2'));
  });

  test('dials back at once whoever greets it, whatever its back-off', async () => {
    const peers = await addresses(2);
    const node = await startNode(1, peers, { limits: { redialFirstMs: 60_000, redialCapMs: 60_000 } });
    await eventually(() => expect(node.codes).toContain('PEER_UNREACHABLE'));
    await sleep(50);
    const peer = await startNode(2, peers);
    await eventually(() => expect([node.news, peer.news]).toEqual([['up 2'], ['up 1']]));
  });

  test('does not send to a node of another cluster or with another id', async () => {
    const peers = await addresses(3);
    const swapped = new Map(peers).set(2, peers.get(3)!).set(3, peers.get(2)!);
    const node = await startNode(1, peers);
    await startNode(2, swapped);
    await startNode(3, swapped, { cluster: 'other' });
    await eventually(() => expect(node.codes.filter((code) => code === 'PEER_REFUSED_US')).toHaveLength(2));
    await sleep(100);
    expect(node.codes.filter((code) => code === 'PEER_REFUSED_US')).toHaveLength(2);
    expect(node.news).toEqual([]);
    expect(node.transport.send(2, 1, numbered(1, 2, 1))).toBe(false);
  });

  test('does not send to a node that chose a version which was not offered', async () => {
    const peers = await addresses(2);
    const strange = createServer((socket) => new SilentHost(socket, peerVersionsKnown.newest + 1));
    cleanUps.push(() => strange.close());
    strange.listen(peers.get(2)!.port, '127.0.0.1');
    await once(strange, 'listening');
    const node = await startNode(1, peers);
    await eventually(() => expect(node.codes).toContain('PEER_UNREACHABLE'));
    expect([node.news, node.transport.send(2, 1, numbered(1, 2, 1))]).toEqual([[], false]);
  });

  test('does not take versions that it cannot speak', async () => {
    const peers = await addresses(1);
    const options = {
      nodeId: 1,
      cluster: 'test',
      listen: peers.get(1)!,
      peers,
      folder: { id: 1, replacesLostDisk: false },
      peerMemory: new VolatilePeerMemory(),
      log: () => {},
    };
    for (const [oldest, newest] of [
      [0, 1],
      [1, peerVersionsKnown.newest + 1],
      [2, 1],
    ] as const) {
      expect(() => new TcpTransport({ ...options, versions: { oldest, newest } })).toThrow(RangeError);
    }
  });

  test('drops a peer that has gone silent without closing', async () => {
    const peers = await addresses(2);
    const limits = { pingIntervalMs: 20, silenceTimeoutMs: 100, redialFirstMs: 10_000, redialCapMs: 10_000 };
    const silent = createServer((socket) => new SilentHost(socket));
    cleanUps.push(() => silent.close());
    silent.listen(peers.get(2)!.port, '127.0.0.1');
    await once(silent, 'listening');
    const node = await startNode(1, peers, { limits });
    await eventually(() => expect(node.news).toEqual(['up 2', 'down 2', 'up 2']));
    expect(node.codes).toContain('PEER_DOWN');
  });

  test('does not send a frame that the peer would refuse', async () => {
    const peers = await addresses(2);
    const limits = { frameBytesMax: 10_000 };
    const node = await startNode(1, peers, { limits });
    await startNode(2, peers, { limits });
    await eventually(() => expect(node.news).toEqual(['up 2']));
    expect(node.transport.send(2, 1, appendOf(1, 1, 2, 1, 20_000))).toBe(false);
    expect(node.codes).toContain('FRAME_TOO_LARGE');
    expect(node.transport.send(2, 1, numbered(1, 2, 1))).toBe(true);
  });

  const manyGroups = Array.from({ length: heartbeatsPerFrameMax + 100 }, (_, group) => group);
  const [heartbeat, heartbeats, acks] = [MessageType.heartbeat, 25, 26];

  test.each([
    [3, [heartbeats, heartbeats, MessageType.readIndexRequest, heartbeats, acks, heartbeats]],
    [2, [...manyGroups.map(() => heartbeat), MessageType.readIndexRequest, heartbeat, heartbeat, 9, heartbeat]],
  ])(
    'in version %i, heartbeats that follow one another leave in as few frames as it has',
    async (version, expected) => {
      const peers = await addresses(2);
      const hosts: SilentHost[] = [];
      const server = createServer((socket) => hosts.push(new SilentHost(socket, version)));
      cleanUps.push(() => server.close());
      server.listen(peers.get(2)!.port, '127.0.0.1');
      await once(server, 'listening');
      const node = await startNode(1, peers);
      await eventually(() => expect(node.news).toEqual(['up 2']));
      const frames = [
        ...manyGroups.map(() => heartbeatOf(1, 2, 1)),
        numbered(1, 2, 1),
        heartbeatOf(1, 2, 2),
        heartbeatOf(1, 2, 3),
        ...heartbeatAcks(1, 2, [5]),
        heartbeatOf(1, 2, 4),
      ];
      for (const [group, frame] of frames.entries()) expect(node.transport.send(2, group, frame)).toBe(true);
      await eventually(() => expect(hosts[0]?.types).toEqual(expected));
      // The turns of the event loop bound it.
      node.transport.send(2, 1, heartbeatOf(1, 2, 5));
      await new Promise(setImmediate);
      node.transport.send(2, 2, heartbeatOf(1, 2, 5));
      const one = version === 3 ? heartbeats : heartbeat;
      await eventually(() => expect(hosts[0]?.types).toEqual([...expected, one, one]));
    },
  );

  test('sends heartbeats that wait when it is closed', async () => {
    const peers = await addresses(2);
    const [node, peer] = [await startNode(1, peers), await startNode(2, peers)];
    await eventually(() => expect(node.news).toEqual(['up 2']));
    node.transport.send(2, 1, heartbeatOf(1, 2, 1));
    await node.transport.close();
    await eventually(() => expect(peer.frames).toEqual([heartbeatOf(1, 2, 1)]));
  });

  test('gathers heartbeats in frames that the peer does not refuse', async () => {
    const peers = await addresses(2);
    const limits = { frameBytesMax: 500 };
    const [node, peer] = [await startNode(1, peers, { limits }), await startNode(2, peers, { limits })];
    await eventually(() => expect(node.news).toEqual(['up 2']));
    for (const group of manyGroups) expect(node.transport.send(2, group, heartbeatOf(1, 2, group))).toBe(true);
    await eventually(() => expect(peer.frames).toHaveLength(manyGroups.length));
    expect(node.news).toEqual(['up 2']);
  });

  test('lets go of everything at the close, even in the middle of dialling', async () => {
    const peers = await addresses(2);
    const node = await startNode(1, peers, { limits: transportLimitsDefault });
    await node.transport.close();
    await node.transport.close();
    const again = await startNode(1, peers);
    await again.transport.close();
    expect(again.news).toEqual([]);
  });

  test('finds a peer that has moved, and lets go of where it was', async () => {
    const peers = await addresses(3);
    const [node, peer] = [await startNode(1, peers), await startNode(2, peers)];
    await eventually(() => expect([node.news, peer.news]).toEqual([['up 2'], ['up 1']]));
    await peer.transport.close();
    await eventually(() => expect(node.news).toEqual(['up 2', 'down 2']));
    const elsewhere = new Map(peers).set(2, peers.get(3)!);
    const moved = await startNode(2, elsewhere);
    node.transport.setPeer(2, elsewhere.get(2)!);
    await eventually(() => expect([node.news, moved.news]).toEqual([['up 2', 'down 2', 'up 2'], ['up 1']])); // biome-ignore format: pairs
    expect(node.transport.send(2, 1, numbered(1, 2, 1))).toBe(true);
    await eventually(() => expect(moved.frames).toHaveLength(1));
  });

  test('hears once that a peer is down which is up when it is told another address of it', async () => {
    const peers = await addresses(3);
    const [node, peer] = [await startNode(1, peers), await startNode(2, peers)];
    await eventually(() => expect([node.news, peer.news]).toEqual([['up 2'], ['up 1']]));
    node.transport.setPeer(2, peers.get(3)!);
    expect(node.news).toEqual(['up 2', 'down 2']);
    node.transport.setPeer(2, peers.get(2)!);
    await eventually(() => expect(node.news).toEqual(['up 2', 'down 2', 'up 2']));
  });

  test('dials once a peer of which it hears while it begins to listen, and none once it is closed', async () => {
    const peers = await addresses(3);
    // It knows nothing of the third, or it would call there itself.
    const peer = await startNode(2, new Map([...peers].slice(0, 2)));
    const node = new Node(1, new Map([[1, peers.get(1)!]]), {});
    cleanUps.push(() => node.transport.close());
    const starting = node.transport.start(node);
    node.transport.setPeer(2, peers.get(2)!);
    await starting;
    await eventually(() => expect([node.news, peer.news]).toEqual([['up 2'], ['up 1']]));
    await sleep(50);
    expect(node.news).toEqual(['up 2']);
    await node.transport.close();
    await eventually(() => expect(peer.news).toEqual(['up 1', 'down 1']));
    let calls = 0;
    const server = createServer(() => calls++);
    cleanUps.push(() => server.close());
    server.listen(peers.get(3)!.port, '127.0.0.1');
    await once(server, 'listening');
    node.transport.setPeer(2, peers.get(3)!);
    await sleep(50);
    expect(calls).toBe(0);
  });

  test('is closed only when the connections to peers that were removed are', async () => {
    const peers = await addresses(2);
    const accepted: Socket[] = [];
    const server = createServer((socket) => {
      accepted.push(socket);
      new SilentHost(socket);
    });
    cleanUps.push(() => server.close());
    server.listen(peers.get(2)!.port, '127.0.0.1');
    await once(server, 'listening');
    const node = await startNode(1, peers);
    await eventually(() => expect(node.news).toEqual(['up 2']));
    // More than the system takes at once, and the other side reads nothing of it.
    accepted[0]!.pause();
    node.transport.send(2, 1, appendOf(1, 1, 2, 40, 1_000_000));
    node.transport.removePeer(2);
    expect(node.news).toEqual(['up 2', 'down 2']);
    const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const before = sockets();
    await node.transport.close();
    expect(sockets()).toBe(before - 1);
  });
});
