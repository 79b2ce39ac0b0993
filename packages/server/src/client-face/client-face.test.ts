import { connect } from 'node:net';
import {
  ClientFrame,
  CommandOperation,
  DataType,
  decodeAggregateResult,
  decodeRangeResult,
  decodeStoreStatistics,
  encodeAggregateQuery,
  encodeInsertTablet,
  encodeRangeQuery,
  ReadConsistency,
  ReadKind,
  StatusCode,
  type Tablet,
  writeOpenSession,
  writeRead,
  writeStatus,
  writeWrite,
} from '@balsa/wire';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { mustParseAddress } from '../address.ts';
import { GroupIds } from '../group-ids.ts';
import { type RawAnswer, RawClient } from '../testing/raw-client.ts';
import { startTestNode, type TestNode } from '../testing/test-node.ts';

const timeoutMs = 5000;
const { data: group } = GroupIds;
let node: TestNode;
const clients: RawClient[] = [];

beforeAll(async () => {
  node = await startTestNode({
    'limits-frame-bytes-max': '131072',
    'limits-proposal-bytes-max': '65536',
    'limits-connection-in-flight-bytes-max': '65536',
  });
});

afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

afterAll(() => node.stop());

async function newClient(frameBytesMax?: number): Promise<RawClient> {
  const client = await RawClient.connect(node.config.listen.client, frameBytesMax);
  clients.push(client);
  return client;
}

function tablet(device: string, timestamps: readonly number[], measurement = 's'): Tablet {
  return {
    device,
    measurements: [measurement],
    dataTypes: [DataType.DOUBLE],
    timestamps: Float64Array.from(timestamps),
    columns: [{ values: Float64Array.from(timestamps) }],
  };
}

async function openSession(client: RawClient): Promise<number> {
  const answer = await client.ask((connection, id) => writeOpenSession(connection, id, timeoutMs, group));
  expect(answer).toMatchObject({ kind: 'sessionOpened' });
  return answer.kind === 'sessionOpened' ? answer.sessionId : 0;
}

function write(client: RawClient, session: number, sequence: number, command: Uint8Array): Promise<RawAnswer> {
  return client.ask((connection, id) => writeWrite(connection, id, timeoutMs, group, session, sequence, 1, command));
}

function read(
  client: RawClient,
  kind: ReadKind,
  query: Uint8Array,
  consistency: ReadConsistency = ReadConsistency.linearizable,
): Promise<RawAnswer> {
  return client.ask((connection, id) => writeRead(connection, id, timeoutMs, group, kind, consistency, query));
}

function bodyOf(answer: RawAnswer): Buffer {
  expect(answer).toMatchObject({ kind: 'body' });
  return answer.kind === 'body' ? answer.bytes : Buffer.alloc(0);
}

const written = { kind: 'written', status: StatusCode.SUCCESS };

test('a client hears at once who leads', async () => {
  const client = await newClient();
  await openSession(client);
  expect(client.leaders).toEqual([node.config.listen.client]);
});

describe('writes', () => {
  test('many at once under a session, read back by range, aggregate and statistics', async () => {
    const client = await newClient();
    const session = await openSession(client);
    const device = 'root.client.many';
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => write(client, session, i + 1, encodeInsertTablet(tablet(device, [i])))),
    );
    expect(answers).toEqual(answers.map(() => expect.objectContaining(written)));

    const range = { device, measurements: ['s'], startMs: 0, endMs: 1000, limit: 1000 };
    const rows = decodeRangeResult(bodyOf(await read(client, ReadKind.range, encodeRangeQuery(range))));
    expect([...rows.timestamps]).toEqual(Array.from({ length: 200 }, (_, i) => i));
    const { limit: _, ...subject } = range;
    const query = encodeAggregateQuery({ ...subject, functions: ['count'], windowMs: 1000 });
    const counts = decodeAggregateResult(bodyOf(await read(client, ReadKind.aggregate, query)));
    expect([...(counts.columns[0]?.values ?? [])]).toEqual([200]);
    const statistics = decodeStoreStatistics(
      bodyOf(await read(client, ReadKind.statistics, Buffer.alloc(0), ReadConsistency.local)),
    );
    expect(statistics.points).toBeGreaterThanOrEqual(200);
  });

  test('a repeated sequence is applied once', async () => {
    const client = await newClient();
    const session = await openSession(client);
    const before = decodeStoreStatistics(bodyOf(await read(client, ReadKind.statistics, Buffer.alloc(0))));
    const command = encodeInsertTablet(tablet('root.client.once', [1, 2, 3]));
    const first = await write(client, session, 1, command);
    const again = await write(await newClient(), session, 1, command);
    expect([first, again]).toMatchObject([written, written]);
    const after = decodeStoreStatistics(bodyOf(await read(client, ReadKind.statistics, Buffer.alloc(0))));
    expect(after.rowsApplied - before.rowsApplied).toBe(3);
  });

  test('under a session that never was', async () => {
    const answer = await write(await newClient(), 999_999, 1, encodeInsertTablet(tablet('root.client.x', [1])));
    expect(answer).toMatchObject({ kind: 'failed', status: StatusCode.SESSION_UNKNOWN });
  });

  test.each([
    ['an unknown command', Buffer.from([77]), StatusCode.UNSUPPORTED_OPERATION],
    ['an empty command', Buffer.alloc(0), StatusCode.UNSUPPORTED_OPERATION],
    ['a tablet that is cut off', Buffer.from([CommandOperation.insertTablet, 1, 50]), StatusCode.ILLEGAL_PARAMETER],
    ['an illegal path', encodeInsertTablet(tablet('nowhere', [1])), StatusCode.ILLEGAL_PATH],
    ['more than a proposal may have', Buffer.alloc(70_000, 1), StatusCode.REQUEST_TOO_LARGE],
  ])('%s is refused and the connection goes on', async (_, command, status) => {
    const client = await newClient();
    const session = await openSession(client);
    expect(await write(client, session, 1, command)).toMatchObject({ kind: 'failed', status });
    expect(await write(client, session, 2, encodeInsertTablet(tablet('root.client.after', [1])))).toMatchObject(
      written,
    );
  });

  test('a tablet whose rows are damaged is refused by the store', async () => {
    const client = await newClient();
    const session = await openSession(client);
    const command = encodeInsertTablet(tablet('root.client.damaged', [1, 2])).subarray(0, -3);
    expect(await write(client, session, 1, command)).toMatchObject({
      kind: 'written',
      status: StatusCode.ILLEGAL_PARAMETER,
    });
  });

  test('beyond the bytes that may be in flight, with when to come back', async () => {
    const client = await newClient();
    const session = await openSession(client);
    const command = encodeInsertTablet(
      tablet(
        'root.client.flood',
        Array.from({ length: 1000 }, (_, i) => i),
      ),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => write(client, session, i + 1, command)));
    const refused = answers.filter((answer) => answer.kind === 'failed');
    expect(answers.filter((answer) => answer.kind === 'written').length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ status: StatusCode.WRITE_PROCESS_REJECT, retryAfterMs: 20 });
    // What was answered has been given back.
    expect(await write(client, session, 100, command)).toMatchObject(written);
  });

  test('to another group', async () => {
    const client = await newClient();
    const toMetadata = await client.ask((connection, id) =>
      writeWrite(connection, id, timeoutMs, GroupIds.metadata, 0, 0, 0, Buffer.from([1])),
    );
    expect(toMetadata).toMatchObject({ kind: 'failed', status: StatusCode.GROUP_UNKNOWN });
    const session = await client.ask((connection, id) => writeOpenSession(connection, id, timeoutMs, 7));
    expect(session).toMatchObject({ kind: 'failed', status: StatusCode.GROUP_UNKNOWN });
  });
});

describe('reads', () => {
  test('that make no sense are refused and the connection goes on', async () => {
    const client = await newClient();
    expect(await read(client, ReadKind.range, Buffer.from([1, 2, 3]))).toMatchObject({
      kind: 'failed',
      status: StatusCode.ILLEGAL_PARAMETER,
    });
    const unknown = encodeRangeQuery({ device: 'root.not.there', measurements: ['s'], startMs: 0, endMs: 1, limit: 1 });
    expect(await read(client, ReadKind.range, unknown)).toMatchObject({
      kind: 'failed',
      status: StatusCode.PATH_NOT_EXIST,
    });
    const answer = await client.ask((connection, id) => writeStatus(connection, id, timeoutMs));
    expect(JSON.parse(bodyOf(answer).toString())).toMatchObject({ nodeId: 1, health: 'ready' });
  });

  test('with answers beyond what the client takes', async () => {
    const device = 'root.client.large';
    const writer = await newClient();
    const session = await openSession(writer);
    await write(
      writer,
      session,
      1,
      encodeInsertTablet(
        tablet(
          device,
          Array.from({ length: 2000 }, (_, i) => i),
        ),
      ),
    );
    const query = encodeRangeQuery({ device, measurements: ['s'], startMs: 0, endMs: 5000, limit: 5000 });
    const answer = await read(await newClient(8192), ReadKind.range, query);
    expect(answer).toMatchObject({ kind: 'failed', status: StatusCode.REQUEST_TOO_LARGE });
  });

  test('a client that does not take its answers is paused, not buffered, and gets all of them in the end', async () => {
    const device = 'root.client.slow';
    const client = await newClient();
    const session = await openSession(client);
    await write(
      client,
      session,
      1,
      encodeInsertTablet(
        tablet(
          device,
          Array.from({ length: 3000 }, (_, i) => i),
        ),
      ),
    );
    const query = encodeRangeQuery({ device, measurements: ['s'], startMs: 0, endMs: 5000, limit: 5000 });
    client.connection.socket.pause();
    const answers = Array.from({ length: 40 }, () => read(client, ReadKind.range, query));
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.connection.socket.resume();
    for (const answer of await Promise.all(answers)) {
      expect(decodeRangeResult(bodyOf(answer)).timestamps.length).toBe(3000);
    }
  });
});

describe.each(['client', 'peer'] as const)('strangers on the %s port', (face) => {
  const hello = (version: number): Buffer =>
    Buffer.from([...Buffer.from('BALSA'), face === 'client' ? 0x43 : 0x50, version, 0]);

  test.each([
    ['junk', Buffer.from('hello, is anybody there?\n'), 'SPEAKS_JUNK'],
    ['TLS', Buffer.from('16030100c4010000c00303', 'hex'), 'SPEAKS_TLS'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'SPEAKS_HTTP'],
    ['another version', hello(77), 'PROTOCOL_MISMATCH'],
    ['a frame over the limit', Buffer.concat([hello(1), Buffer.from('ffffff7f01', 'hex')]), 'FRAME_TOO_LARGE'],
    [
      'a frame of nothing',
      Buffer.concat([hello(1), Buffer.from('00000000', 'hex'), Buffer.alloc(8)]),
      'BYTES_MALFORMED',
    ],
  ])('%s is recognised, logged and closed', async (_, bytes, code) => {
    const loggedBefore = node.logged.length;
    const socket = connect(mustParseAddress(node.config.listen[face]));
    socket.on('error', () => {});
    socket.resume();
    socket.write(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
    await vi.waitFor(() => expect(node.logged.slice(loggedBefore)).toContain(code));
  });
});

describe('a client that breaks the protocol', () => {
  test.each([
    [
      'a frame over the limit',
      (client: RawClient) => client.connection.attach(Buffer.alloc(200_000)),
      'FRAME_TOO_LARGE',
    ],
    ['a frame of an unknown type', () => {}, 'BYTES_MALFORMED'],
  ])('%s ends the connection, and only that', async (_, fill, code) => {
    const client = await newClient();
    const bystander = await newClient();
    client.connection.begin(99);
    fill(client);
    client.connection.end();
    await client.closed;
    expect(node.logged).toContain(code);
    expect(await openSession(bystander)).toBeGreaterThan(0);
  });

  test('a second hello ends the connection', async () => {
    const client = await newClient();
    client.connection.begin(ClientFrame.hello);
    client.connection.end();
    await client.closed;
    expect(node.logged).toContain('BYTES_MALFORMED');
  });
});

test('a node that stops answers or closes, and leaves nothing open', async () => {
  const other = await startTestNode();
  const client = await RawClient.connect(other.config.listen.client);
  const session = await openSession(client);
  const command = encodeInsertTablet(tablet('root.a.b', [1]));
  const answers = Array.from({ length: 10 }, (_, i) => write(client, session, i + 1, command));
  await other.stop();
  await client.closed;
  for (const answer of await Promise.all(answers)) {
    expect([written, { kind: 'failed', status: StatusCode.NODE_STOPPING }, { kind: 'lost' }]).toContainEqual(
      answer.kind === 'failed'
        ? { kind: answer.kind, status: answer.status }
        : answer.kind === 'written'
          ? written
          : answer,
    );
  }
  await expect(RawClient.connect(other.config.listen.client)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
});
