// Writes that are acknowledged before they are applied: the client keeps them, and sends them again, until it knows what became of them.

import { setTimeout as sleep } from 'node:timers/promises';
import { DataType, encodeCommandResult, StatusCode, type Tablet } from '@balsa/wire';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BalsaClient, type ClientOptions } from './balsa-client.ts';
import { type Fault, TestCluster } from './test-cluster.ts';

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startCluster(nodes = 3): Promise<TestCluster> {
  const cluster = await TestCluster.start(nodes);
  cleanUps.push(() => cluster.stop());
  return cluster;
}

async function connectTo(cluster: TestCluster, options: Partial<ClientOptions> = {}): Promise<BalsaClient> {
  const client = await BalsaClient.connect({ nodes: cluster.addresses, timeoutMs: 4000, ...options });
  cleanUps.push(() => client.close({ confirmTimeoutMs: 0 }));
  return client;
}

function tablet(number: number): Tablet {
  return {
    device: `root.d${number}`,
    measurements: ['s'],
    dataTypes: [DataType.DOUBLE],
    timestamps: Float64Array.of(number),
    columns: [{ values: Float64Array.of(number) }],
  };
}

/** Devices that were written to, each as often as it was. */
function devicesOf(cluster: TestCluster): (string | undefined)[] {
  return cluster.applied.map((command) => /root\.d\d+/.exec(command)?.[0]).sort();
}

const weak = { acknowledge: 'weak' } as const;

test('a weak write is told of before it is applied, and then confirmed', async () => {
  const cluster = await startCluster();
  cluster.faultOf = () => 'acceptThenHang';
  const client = await connectTo(cluster);
  const { acknowledged, confirmed } = await client.write(tablet(1), weak);
  expect([acknowledged, cluster.applied.length, client.unconfirmed]).toEqual(['weak', 0, 1]);
  cluster.faultOf = () => 'none';
  for (const node of cluster.nodes) node.dropConnections();
  expect(await confirmed).toEqual({ index: 1 });
  expect([client.unconfirmed, devicesOf(cluster), cluster.violations]).toEqual([0, ['root.d1'], []]);
});

test('who asks for no more than applied, or is told of it first, hears so', async () => {
  const cluster = await startCluster();
  const client = await connectTo(cluster);
  const plain = await client.write(tablet(1));
  const early = await client.write(tablet(2), { acknowledge: 'committed' });
  expect([plain.acknowledged, await plain.confirmed]).toEqual(['applied', { index: 1 }]);
  expect([early.acknowledged, await early.confirmed]).toEqual(['applied', { index: 2 }]);
  expect((await client.insertTablet(tablet(3))).index).toBe(3);
});

test('committed is told as such', async () => {
  const cluster = await startCluster();
  cluster.faultOf = () => 'acceptThenApply';
  const client = await connectTo(cluster);
  const { acknowledged, confirmed } = await client.write(tablet(1), { acknowledge: 'committed' });
  expect([acknowledged, (await confirmed).index, cluster.acceptances]).toEqual(['committed', 1, ['committed']]);
});

describe('what was told early and lost with its leader', () => {
  test.each<Fault>(['acceptThenLose', 'acceptThenLeaderChange'])(
    '%s: is sent again, and applied once',
    async (fault) => {
      const cluster = await startCluster();
      cluster.faultOf = (attempt) => (attempt < 3 ? fault : 'none');
      const client = await connectTo(cluster);
      const writes = await Promise.all([0, 1, 2].map((number) => client.write(tablet(number), weak)));
      for (const { confirmed } of writes) await confirmed;
      expect([devicesOf(cluster), cluster.violations]).toEqual([['root.d0', 'root.d1', 'root.d2'], []]);
    },
  );

  test('is sent again for longer than the write had time, and nobody is told twice', async () => {
    const cluster = await startCluster();
    let isOver = false;
    cluster.faultOf = () => (isOver ? 'none' : 'acceptThenLeaderChange');
    const client = await connectTo(cluster);
    const { confirmed } = await client.write(tablet(1), { ...weak, timeoutMs: 100 });
    await sleep(300);
    isOver = true;
    expect((await confirmed).index).toBe(1);
    // What was sent again asked for nothing early.
    expect(cluster.acceptances).toEqual(['weak']);
  });

  test('is not given up by its signal', async () => {
    const cluster = await startCluster();
    cluster.faultOf = (attempt) => (attempt === 0 ? 'acceptThenLeaderChange' : 'none');
    const client = await connectTo(cluster);
    const controller = new AbortController();
    const { confirmed } = await client.write(tablet(1), { ...weak, signal: controller.signal });
    controller.abort();
    expect((await confirmed).index).toBe(1);
  });

  test('is sent to a leader that would not take it weakly, as a write like any other', async () => {
    const cluster = await startCluster();
    cluster.faultOf = (attempt) => (attempt === 0 ? 'acceptThenLeaderChange' : 'none');
    const client = await connectTo(cluster);
    const { confirmed } = await client.write(tablet(1), weak);
    cluster.weakRefusal = StatusCode.WEAK_WRITES_OFF;
    expect((await confirmed).index).toBe(1);
  });

  test('holds its place in the session: a later write does not say that it is settled', async () => {
    const cluster = await startCluster();
    cluster.faultOf = (attempt) => (attempt === 0 ? 'acceptThenHang' : 'none');
    const client = await connectTo(cluster);
    const { confirmed } = await client.write(tablet(1), weak);
    for (let number = 2; number < 12; number++) await client.insertTablet(tablet(number));
    for (const node of cluster.nodes) node.dropConnections();
    await confirmed;
    expect([cluster.applied.length, cluster.violations]).toEqual([11, []]);
  });

  test('cannot be found out once its session is lost, and that is said', async () => {
    const cluster = await startCluster();
    cluster.faultOf = (attempt) => (attempt === 0 ? 'acceptThenLeaderChange' : 'none');
    const client = await connectTo(cluster);
    const { confirmed } = await client.write(tablet(1), weak);
    cluster.expireSessions();
    await expect(confirmed).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    await client.insertTablet(tablet(2));
  });
});

test('what the state machine says to it reaches whoever looks, and disturbs nobody else', async () => {
  const cluster = await startCluster();
  cluster.faultOf = () => 'acceptThenApply';
  cluster.result = encodeCommandResult(StatusCode.DATA_TYPE_MISMATCH, 'another type');
  const client = await connectTo(cluster);
  await client.write(tablet(1), weak);
  const { acknowledged, confirmed } = await client.write(tablet(2), weak);
  expect(acknowledged).toBe('weak');
  await expect(confirmed).rejects.toMatchObject({ code: 'REFUSED', status: 614, outcome: 'applied' });
});

test('where weak writes are not allowed, they are refused', async () => {
  const cluster = await startCluster();
  cluster.weakRefusal = StatusCode.WEAK_WRITES_OFF;
  const client = await connectTo(cluster);
  await expect(client.write(tablet(1), weak)).rejects.toMatchObject({
    code: 'REFUSED',
    status: StatusCode.WEAK_WRITES_OFF,
    outcome: 'rejected',
  });
  await expect(client.write(tablet(1), { acknowledge: 'sometimes' as 'weak' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  expect([cluster.applied, client.unconfirmed]).toEqual([[], 0]);
});

test('a node of an older release is asked for applied, which says more', async () => {
  const cluster = await startCluster();
  cluster.tellsEarly = false;
  const client = await connectTo(cluster, { connections: 2 });
  const writes = await Promise.all(Array.from({ length: 50 }, (_, i) => client.write(tablet(i), weak)));
  expect(new Set(writes.map(({ acknowledged }) => acknowledged))).toEqual(new Set(['applied']));
  expect([cluster.applied.length, cluster.violations]).toEqual([50, []]);
});

test('what is not confirmed counts as under way, so that a client holds no more of it than it may', async () => {
  const cluster = await startCluster();
  cluster.faultOf = () => 'acceptThenHang';
  const client = await connectTo(cluster, { inFlightMax: 3 });
  const writes = await Promise.all([0, 1, 2].map((number) => client.write(tablet(number), weak)));
  await expect(client.write(tablet(3), { ...weak, timeoutMs: 150 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    outcome: 'rejected',
  });
  expect(client.unconfirmed).toBe(3);
  cluster.faultOf = () => 'none';
  for (const node of cluster.nodes) node.dropConnections();
  await client.insertTablet(tablet(4));
  await Promise.all(writes.map(({ confirmed }) => confirmed));
});

describe('closing', () => {
  test('waits until the outcome of what was told early is known', async () => {
    const cluster = await startCluster();
    cluster.faultOf = (attempt) => (attempt === 0 ? 'acceptThenLeaderChange' : 'none');
    const client = await connectTo(cluster);
    const { confirmed } = await client.write(tablet(1), weak);
    const closing = client.close();
    await expect(client.write(tablet(2))).rejects.toMatchObject({ code: 'CLOSED' });
    expect([await closing, (await confirmed).index]).toEqual([{ unconfirmed: 0 }, 1]);
  });

  test('fails at once what nobody was told of, and says how many are left after its time', async () => {
    const cluster = await startCluster();
    cluster.faultOf = () => 'acceptThenHang';
    const client = await connectTo(cluster);
    const { confirmed } = await client.write(tablet(1), weak);
    const plain = client.insertTablet(tablet(2));
    const failed = expect(plain).rejects.toMatchObject({ code: 'CLOSED' });
    await vi.waitFor(() => expect(cluster.writesReceived).toBe(2));
    const closing = client.close({ confirmTimeoutMs: 200 });
    await failed;
    expect(client.unconfirmed).toBe(1);
    const denied = expect(confirmed).rejects.toMatchObject({ code: 'CLOSED', outcome: 'unknown' });
    expect(await closing).toEqual({ unconfirmed: 1 });
    await denied;
  });
});

test('whatever happens to it, every write that was told of is applied, once', async () => {
  const faults: readonly Fault[] = [
    'lose',
    'applyThenLose',
    'busy',
    'applyThenLeaderChange',
    'timeOut',
    'acceptThenLose',
    'acceptThenLeaderChange',
    'acceptThenApply',
    'none',
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...faults), { minLength: 1, maxLength: 60 }), async (script) => {
      const cluster = await TestCluster.start(3);
      cluster.faultOf = (attempt) => script[attempt] ?? 'none';
      const client = await BalsaClient.connect({ nodes: cluster.addresses, timeoutMs: 20_000, inFlightMax: 16 });
      try {
        const writing = Array.from({ length: 40 }, (_, i) =>
          client.write(tablet(i), { acknowledge: (['weak', 'committed', 'applied'] as const)[i % 3]! }),
        );
        if (script.length % 2 === 0) cluster.moveLeader(1);
        const writes = await Promise.all(writing);
        await Promise.all(writes.map(({ confirmed }) => confirmed));
        const times = devicesOf(cluster);
        expect([new Set(times).size, times.length, cluster.violations]).toEqual([40, 40, []]);
      } finally {
        await client.close();
        await cluster.stop();
      }
    }),
    { numRuns: 12 },
  );
});
