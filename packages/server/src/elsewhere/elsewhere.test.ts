// Three nodes, and files of theirs in which a bit has turned.

import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeAggregateResult,
  decodeRangeResult,
  encodeAggregateQuery,
  encodeRangeQuery,
  ReadConsistency,
  ReadKind,
  StatusCode,
  writeRead,
} from '@balsa/wire';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { GroupIds } from '../group-ids.ts';
import { insertRows, readRows, runSql, statusOf } from '../testing/http-client.ts';
import { type RawAnswer, RawClient } from '../testing/raw-client.ts';
import { storeStatisticsOf } from '../testing/store-statistics.ts';
import { type ClusterNode, type NodeCluster, startNodeCluster } from '../testing/test-cluster.ts';

const device = 'root.plant.line1';
const rows = Array.from({ length: 500 }, (_, i) => [i, i / 7] as const);
const sum = rows.reduce((all, [, value]) => all + value, 0);
const selectAll = `select s from ${device}`;
let cluster: NodeCluster;
let damaged: ClusterNode;

beforeAll(async () => {
  cluster = await startNodeCluster({
    'timing-election-timeout-ms': '300',
    'timing-heartbeat-interval-ms': '50',
    // What was read before a bit turned must not be remembered.
    'storage-index-cache-bytes': '0',
  });
  damaged = cluster.nodes[1]!;
  const { http } = damaged.config.listen;
  await vi.waitUntil(async () => (await insertRows(http, device, rows)).code === 200, { timeout: 20_000 });
  expect(await runSql(http, 'flush', 'nonQuery')).toMatchObject({ code: 200 });
  turnBits(damaged);
}, 60_000);

afterAll(() => cluster.stop());

/** In every data file, where its points are. */
function turnBits({ config }: ClusterNode): void {
  const folder = join(config.dataFolder, 'storage', String(GroupIds.data));
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.tsfile')) continue;
    const file = openSync(join(folder, name), 'r+');
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, 50);
    byte[0]! ^= 1;
    writeSync(file, byte, 0, 1, 50);
    closeSync(file);
  }
}

async function streamed(node: ClusterNode, accept: string): Promise<string> {
  const response = await fetch(`${node.url}/rest/v2/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ sql: selectAll }),
  });
  expect(response.headers.get('content-type')).toContain(accept);
  return response.text();
}

async function readAsClient(
  node: ClusterNode,
  kind: ReadKind,
  query: Buffer,
  how: ReadConsistency,
): Promise<RawAnswer> {
  const client = await RawClient.connect(node.config.listen.client);
  try {
    return await client.ask((connection, id) => writeRead(connection, id, 5000, GroupIds.data, kind, how, query));
  } finally {
    await client.close();
  }
}

async function answered({ url }: ClusterNode): Promise<{ readonly answered: number; readonly unanswered: number }> {
  const statistics = (await (await fetch(`${url}/statistics`)).json()) as { askedOthers: never };
  return statistics.askedOthers;
}

test('what is in a damaged file another node answers, over HTTP and to clients', async () => {
  const { http } = damaged.config.listen;
  const [timestamps, values] = [rows.map(([time]) => time), [rows.map(([, value]) => value)]];
  // The streamed one is the first to meet the damage.
  const lines = (await streamed(damaged, 'application/x-ndjson')).trim().split('\n');
  expect(lines).toHaveLength(rows.length + 1);
  expect(JSON.parse(lines.at(-1)!)).toEqual(rows.at(-1));
  expect((await streamed(damaged, 'text/csv')).trim().split('\n')).toHaveLength(rows.length + 1);
  expect(await runSql(http, selectAll)).toMatchObject({ timestamps, values });
  expect(await runSql(http, `select last s from ${device}`)).toMatchObject({ timestamps: [499] });
  expect(await readRows(http, device)).toEqual(rows);
  const query = { device, measurements: ['s'], startMs: 0, endMs: 1000 };
  const aggregate = await fetch(`${damaged.url}/api/v1/aggregate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...query, functions: ['sum'], windowMs: 1000 }),
  });
  expect(JSON.stringify(await aggregate.json())).toContain(String(Math.floor(sum)));
  const { linearizable } = ReadConsistency;
  const range = await readAsClient(damaged, ReadKind.range, encodeRangeQuery({ ...query, limit: 1000 }), linearizable);
  expect(range.kind === 'body' && decodeRangeResult(range.bytes).timestamps.length).toBe(rows.length);
  const counted = encodeAggregateQuery({ ...query, functions: ['count'], windowMs: 1000 });
  const counts = await readAsClient(damaged, ReadKind.aggregate, counted, linearizable);
  expect(counts.kind === 'body' && [...decodeAggregateResult(counts.bytes).columns[0]!.values]).toEqual([rows.length]);

  expect(await statusOf(http)).toMatchObject({
    health: 'degraded',
    problem: { code: 'STORAGE_DAMAGED' },
    store: { damagedFiles: 1 },
  });
  // The last point is remembered since it was flushed: nobody needs the file for it.
  expect(await answered(damaged)).toEqual({ answered: 7, unanswered: 0 });
  expect(await (await fetch(`${damaged.url}/metrics`)).text()).toContain('balsa_node_asked_others_answered_total 7');
});

const typed = { device, measurements: ['s'], startMs: 0, endMs: 1000 };
const expression = { expression: ['s'], prefix_path: [device], start_time: 0, end_time: 1000 };

test.each([
  ['/api/v1/range', typed],
  ['/api/v1/aggregate', { ...typed, functions: ['sum'], windowMs: 1000 }],
  [`/api/v1/range?device=${device}&measurements=s&startMs=0&endMs=1000`, undefined],
  [`/api/v1/aggregate?device=${device}&measurements=s&functions=sum&startMs=0&endMs=1000&windowMs=1000`, undefined],
  ['/rest/v1/query', { sql: selectAll }],
  ['/rest/v2/query', { sql: selectAll }],
  ['/grafana/v1/query/expression', { ...expression, prefixPath: [device], startTime: 0, endTime: 1000 }],
  ['/grafana/v2/query/expression', expression],
  ['/grafana/v1/variable', { sql: selectAll }],
  ['/grafana/v2/variable', { sql: selectAll }],
])('%s is answered whichever node is asked', async (path, body) => {
  const ask = async ({ url }: ClusterNode): Promise<unknown> => {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, body === undefined ? {} : post);
    expect(response.status).toBe(200);
    return response.json();
  };
  const before = await answered(damaged);
  const whole = cluster.nodes.find((node) => node !== damaged)!;
  expect(await ask(damaged)).toEqual(await ask(whole));
  expect(await answered(damaged)).toEqual({ ...before, answered: before.answered + 1 });
});

test('an error of another node is passed on as it is', async () => {
  const answer = await runSql(damaged.config.listen.http, `select s + from ${device}`);
  expect(answer).toMatchObject({ code: StatusCode.SQL_PARSE_ERROR });
});

test('what this node has is asked of nobody else', async () => {
  const { http } = damaged.config.listen;
  const before = await answered(damaged);
  await expect(readRows(http, device, 'local')).rejects.toThrow(String(StatusCode.STORAGE_ENGINE_ERROR));
  const query = encodeRangeQuery({ device, measurements: ['s'], startMs: 0, endMs: 1000, limit: 1000 });
  for (const how of [ReadConsistency.local, ReadConsistency.linearizableHere]) {
    const answer = await readAsClient(damaged, ReadKind.range, query, how);
    expect(answer).toMatchObject({ kind: 'failed', status: StatusCode.STORAGE_ENGINE_ERROR });
  }
  expect(await answered(damaged)).toEqual(before);
});

test('who waits is not kept longer than he said', async () => {
  const response = await fetch(`${damaged.url}/rest/v2/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql: selectAll, timeout_ms: 1 }),
  });
  const { code } = (await response.json()) as { code: number };
  expect([StatusCode.STORAGE_ENGINE_ERROR, StatusCode.QUERY_TIMEOUT]).toContain(code);
});

async function repair({ url }: ClusterNode): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/repair`, { method: 'POST' });
  return response.json();
}

test('a node whose state was restored from that of another answers by itself again, and its files are whole', async () => {
  const { http } = damaged.config.listen;
  const before = await statusOf(http);
  const repaired = await repair(damaged);
  expect(repaired).toEqual({ damagedFilesBefore: 1, damagedFiles: 0, restoredFrom: expect.any(Number) });
  await vi.waitUntil(async () => (await statusOf(http)).health === 'ready', { timeout: 20_000 });
  expect(await readRows(http, device, 'local')).toEqual(rows);
  const after = await statusOf(http);
  // If it led, it has handed over; besides that, nobody noticed.
  const expected = before.groups.map(({ name, term, leader }) => {
    return name === 'data' && leader === damaged.config.nodeId ? term + 1 : term;
  });
  expect(after.groups.map(({ term }) => term)).toEqual(expected);
  expect(await insertRows(http, device, [[1000, 1]])).toMatchObject({ code: 200 });
  expect(await readRows(http, device)).toHaveLength(rows.length + 1);
  const checksums = (): Promise<number[]> =>
    Promise.all(cluster.nodes.map(async ({ config }) => (await storeStatisticsOf(config.listen.client)).checksum));
  // What was written last comes to each in its own time.
  await vi.waitUntil(async () => new Set(await checksums()).size === 1, { timeout: 20_000 });
  expect(await repair(damaged)).toEqual({ damagedFilesBefore: 0, damagedFiles: 0 });
}, 60_000);

test('a flush is for all members, or for the one that is asked', async () => {
  const [first, second, third] = cluster.nodes.map(({ config }) => config.listen.http) as [string, string, string];
  const durableOf = async (http: string): Promise<number> => (await statusOf(http)).store!.durableIndex;
  const durable = (): Promise<number[]> => Promise.all([first, second, third].map(durableOf));
  const before = await durable();
  expect(await insertRows(first, device, [[2000, 1]])).toMatchObject({ code: 200 });
  expect(await runSql(second, 'flush on local', 'nonQuery')).toMatchObject({ code: 200 });
  const local = await durable();
  expect(local.map((index, i) => index > before[i]!)).toEqual([false, true, false]);
  expect(await runSql(first, 'flush', 'nonQuery')).toMatchObject({ code: 200 });
  expect(Math.min(...(await durable()))).toBeGreaterThanOrEqual(local[1]!);
});

test('who finds only when it is asked that it is damaged, too, is passed over', async () => {
  const { http, client } = damaged.config.listen;
  const before = await storeStatisticsOf(client);
  await runSql(http, 'flush', 'nonQuery');
  const leader = (await statusOf(http)).groups.find(({ name }) => name === 'data')!.leader;
  const others = cluster.nodes.filter((node) => node !== damaged);
  const first = others.find(({ config }) => config.nodeId === leader) ?? others[0]!;
  const second = others.find((node) => node !== first)!;
  turnBits(damaged);
  turnBits(first);
  await expect(readRows(http, device, 'local')).rejects.toThrow(String(StatusCode.STORAGE_ENGINE_ERROR));
  expect((await statusOf(first.config.listen.http)).store?.damagedFiles).toBe(0);
  expect(await repair(damaged)).toMatchObject({ damagedFiles: 0, restoredFrom: second.config.nodeId });
  expect((await storeStatisticsOf(client)).checksum).toBe(before.checksum);
  expect(await repair(first)).toMatchObject({ damagedFilesBefore: expect.any(Number), damagedFiles: 0 });
}, 60_000);

test('where all are damaged, all say so, and ask nobody in a circle', async () => {
  await runSql(damaged.config.listen.http, 'flush', 'nonQuery');
  for (const node of cluster.nodes) turnBits(node);
  for (const { config } of cluster.nodes) {
    expect(await runSql(config.listen.http, selectAll)).toMatchObject({ code: StatusCode.STORAGE_ENGINE_ERROR });
  }
  for (const node of cluster.nodes) expect((await answered(node)).unanswered).toBeGreaterThan(0);
  const query = encodeRangeQuery({ device, measurements: ['s'], startMs: 0, endMs: 1000, limit: 1000 });
  const answer = await readAsClient(damaged, ReadKind.range, query, ReadConsistency.linearizable);
  expect(answer).toMatchObject({ kind: 'failed', status: StatusCode.STORAGE_ENGINE_ERROR });
  // Nor has any of them a snapshot for another.
  expect(await repair(damaged)).toMatchObject({ code: StatusCode.STORAGE_ENGINE_ERROR });
});
