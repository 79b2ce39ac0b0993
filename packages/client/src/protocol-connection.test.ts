import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import {
  ClientFrame,
  clientProtocol,
  encodePreamble,
  FrameQueue,
  ReadConsistency,
  ReadKind,
  StatusCode,
  writeWelcome,
} from '@balsa/wire';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ProtocolConnection } from './protocol-connection.ts';
import type { ProtocolConnectionOptions, RequestFailure, WriteSink } from './protocol-types.ts';
import { TestCluster } from './test-cluster.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

class Sink implements WriteSink {
  readonly written = vi.fn<WriteSink['written']>();
  readonly failures: { token: number; failure: RequestFailure }[] = [];

  failed(token: number, failure: RequestFailure): void {
    this.failures.push({ token, failure });
  }
}

/** Returns the address. */
async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  return `127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`;
}

async function connectToNode(
  options: Partial<ProtocolConnectionOptions> = {},
): Promise<{ cluster: TestCluster; connection: ProtocolConnection }> {
  const cluster = await TestCluster.start(1);
  cleanUps.push(() => cluster.stop());
  const connection = await ProtocolConnection.connect({ address: cluster.leaderAddress, ...options });
  cleanUps.push(() => connection.close());
  return { cluster, connection };
}

const position = { group: 1, sessionId: 0, sequence: 1, acknowledgedBelow: 1 };

describe('a connection of the protocol', () => {
  test('carries many sessions at a time, and gives every answer to whoever asked', async () => {
    const { connection, cluster } = await connectToNode();
    const sessions = await Promise.all(Array.from({ length: 5 }, () => connection.openSession(1, 1000)));
    expect(new Set(sessions).size).toBe(5);
    const sink = new Sink();
    for (const [token, sessionId] of sessions.entries()) {
      expect(connection.write({ ...position, sessionId }, Buffer.from(`command ${token}`), 1000, sink, token)).toBe(
        true,
      );
    }
    expect(connection.pendingCount).toBe(5);
    await vi.waitFor(() => expect(sink.written).toHaveBeenCalledTimes(5));
    expect(sink.written.mock.calls).toEqual(sessions.map((_, token) => [token, token + 1, StatusCode.SUCCESS, '']));
    expect(cluster.applied).toEqual(sessions.map((_, token) => `command ${token}`));
    expect(connection.pendingCount).toBe(0);
  });

  test('tells what the node said of itself, and who leads', async () => {
    const onLeader = vi.fn();
    const { connection, cluster } = await connectToNode({ onLeader });
    expect(connection.welcome).toMatchObject({ nodeId: 1, cluster: 't' });
    cluster.moveLeader(0);
    await vi.waitFor(() => expect(onLeader).toHaveBeenCalledWith(1, cluster.leaderAddress));
  });

  test('hands on why a node refused', async () => {
    const { connection } = await connectToNode();
    const sink = new Sink();
    connection.write({ ...position, sessionId: 77 }, Buffer.alloc(1), 1000, sink, 3);
    await vi.waitFor(() => expect(sink.failures).toHaveLength(1));
    expect(sink.failures[0]).toMatchObject({
      token: 3,
      failure: { status: StatusCode.SESSION_UNKNOWN, retryAfterMs: 5 },
    });
  });

  test('fails all that is under way when it is lost, once', async () => {
    const onClose = vi.fn();
    const { connection, cluster } = await connectToNode({ onClose });
    cluster.nodes[0]!.isHung = true;
    const sink = new Sink();
    for (let token = 0; token < 10; token++) connection.write(position, Buffer.alloc(1), 1000, sink, token);
    const reading = connection.read(1, ReadKind.statistics, ReadConsistency.local, Buffer.alloc(0), 1000);
    const lost = expect(reading).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await new Promise(setImmediate);
    cluster.nodes[0]!.dropConnections();
    await lost;
    expect(sink.failures.map(({ token, failure }) => [token, failure.status])).toEqual(
      Array.from({ length: 10 }, (_, token) => [token, undefined]),
    );
    expect(onClose).toHaveBeenCalledTimes(1);
    expect(connection.write(position, Buffer.alloc(1), 1000, sink, 11)).toBe(false);
    await expect(connection.status(100)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  test('does not wait for a node that owes an answer beyond its time', async () => {
    const { connection, cluster } = await connectToNode();
    cluster.nodes[0]!.isHung = true;
    await expect(connection.status(50)).rejects.toThrow(/did not answer a request in time/);
  });

  test('takes no more than its queue holds, and tells when there is room', async () => {
    const onRoom = vi.fn();
    const { connection } = await connectToNode({ queueBytesMax: 100_000, onRoom });
    const sessionId = await connection.openSession(1, 1000);
    const sink = new Sink();
    let sequence = 0;
    const send = (): boolean =>
      connection.write({ ...position, sessionId, sequence: ++sequence }, Buffer.alloc(30_000), 1000, sink, 0);
    expect([send(), send(), send(), send()]).toEqual([true, true, true, false]);
    await vi.waitFor(() => expect(onRoom).toHaveBeenCalled());
    expect(send()).toBe(true);
  });

  test('tells a request whose refusal cannot be read that the connection is lost', async () => {
    const queue = new FrameQueue();
    writeWelcome(queue, { nodeId: 1, frameBytesMax: 65536, version: '0.1.0', cluster: 't' });
    const welcome = Buffer.concat(queue.take().pieces);
    // Request 0 is refused, in words that are not all there.
    const refusal = Buffer.from([5, 0, 0, 0, ClientFrame.failed, 0, 0, 0, 0]);
    const server = createServer((socket) => {
      socket.write(Buffer.concat([encodePreamble(clientProtocol), welcome]));
      // The second that comes, behind the hello, is the request.
      socket.once('data', () => socket.once('data', () => socket.write(refusal)));
    });
    cleanUps.push(() => server.close());
    const connection = await ProtocolConnection.connect({ address: await listen(server) });
    await expect(connection.status(60_000)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  test('cannot be made to what is no node', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    cleanUps.push(() => server.close());
    const address = await listen(server);
    await expect(ProtocolConnection.connect({ address })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      cause: { code: 'SPEAKS_HTTP' },
    });
  });

  test('gives up connecting when asked to, and in time', async () => {
    const server = createServer((socket) => socket.pause());
    cleanUps.push(() => server.close());
    const address = await listen(server);
    const signal = AbortSignal.timeout(30);
    await expect(ProtocolConnection.connect({ address, signal })).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    await expect(ProtocolConnection.connect({ address, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      cause: { code: 'HELLO_TIMEOUT' },
    });
  });
});
