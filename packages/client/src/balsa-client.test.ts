import { setTimeout as sleep } from 'node:timers/promises';
import { DataType, encodeCommandResult, StatusCode, type Tablet } from '@balsa/wire';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BalsaClient, type ClientOptions } from './balsa-client.ts';
import { type Fault, TestCluster } from './test-cluster.ts';

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startCluster(nodes = 3): Promise<TestCluster> {
  const cluster = await TestCluster.start(nodes);
  cleanUps.push(() => cluster.stop());
  return cluster;
}

async function connectTo(cluster: TestCluster, options: Partial<ClientOptions> = {}): Promise<BalsaClient> {
  const client = await BalsaClient.connect({ nodes: cluster.addresses, timeoutMs: 8000, ...options });
  cleanUps.push(async () => {
    await client.close();
  });
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

/** How often each device was written to; each test writes to a device once. */
function timesApplied(cluster: TestCluster): Map<string, number> {
  const times = new Map<string, number>();
  for (const command of cluster.applied) {
    const device = /root\.d\d+/.exec(command)?.[0] ?? '?';
    times.set(device, (times.get(device) ?? 0) + 1);
  }
  return times;
}

async function writeMany(client: BalsaClient, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => client.insertTablet(tablet(i))));
}

function expectEachOnce(cluster: TestCluster, count: number): void {
  const times = timesApplied(cluster);
  expect(times.size).toBe(count);
  expect(Math.max(...times.values())).toBe(1);
  expect(cluster.violations).toEqual([]);
}

describe('writing', () => {
  test('pipelines writes in one session, far beyond what may be under way', async () => {
    const cluster = await startCluster();
    const client = await connectTo(cluster, { inFlightMax: 16, connections: 2 });
    await writeMany(client, 5000);
    expectEachOnce(cluster, 5000);
    expect(cluster.sessionsOpened).toBe(1);
    expect((await client.insertTablet(tablet(9000))).index).toBe(5001);
  });

  test('applies everything once, whatever is lost on the way', async () => {
    const faults: Fault[] = ['lose', 'applyThenLose', 'busy', 'applyThenLeaderChange', 'timeOut'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 200 }), fc.constantFrom(...faults)), { maxLength: 12 }),
        fc.boolean(),
        async (planned, redirects) => {
          const cluster = await TestCluster.start(3);
          const plan = new Map(planned);
          cluster.faultOf = (attempt) => plan.get(attempt) ?? 'none';
          cluster.redirects = redirects;
          const client = await BalsaClient.connect({ nodes: cluster.addresses, inFlightMax: 32 });
          try {
            await writeMany(client, 150);
            expectEachOnce(cluster, 150);
            expect(cluster.sessionsOpened).toBe(1);
          } finally {
            await client.close();
            await cluster.stop();
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('follows the leader where it is told to', async () => {
    const cluster = await startCluster();
    cluster.redirects = true;
    cluster.leader = 2;
    const client = await connectTo(cluster, { nodes: cluster.addresses.slice(0, 1) });
    await client.insertTablet(tablet(1));
    cluster.writesReceived = 0;
    await writeMany(client, 50);
    expect(cluster.writesReceived).toBe(50);
    cluster.moveLeader(1);
    await vi.waitFor(async () => {
      cluster.writesReceived = 0;
      await client.insertTablet(tablet(1));
      expect(cluster.writesReceived).toBe(1);
    });
  });

  test('goes on with the other nodes when the one in use dies, and comes back', async () => {
    const cluster = await startCluster();
    const client = await connectTo(cluster);
    await client.insertTablet(tablet(0));
    for (const node of cluster.nodes) {
      await node.stop();
      await client.insertTablet(tablet(1 + node.number));
      await node.restart();
    }
    expectEachOnce(cluster, 4);
  });

  test('does not wait for a node that hangs', async () => {
    const cluster = await startCluster(2);
    const client = await connectTo(cluster, { timeoutMs: 10_000 });
    cluster.moveLeader(0);
    await client.insertTablet(tablet(0));
    cluster.nodes[0]!.isHung = true;
    await writeMany(client, 20);
    expect(timesApplied(cluster).size).toBe(20);
  });

  test('waits for a node to return, no longer than its deadline', async () => {
    const cluster = await startCluster(1);
    const client = await connectTo(cluster);
    await cluster.nodes[0]!.stop();
    await expect(client.insertTablet(tablet(1), { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      outcome: 'rejected',
    });
    const waiting = client.insertTablet(tablet(2));
    await sleep(50);
    await cluster.nodes[0]!.restart();
    await waiting;
    expect([...timesApplied(cluster).keys()]).toEqual(['root.d2']);
  });

  test('says that the outcome is unknown when it does not know it', async () => {
    const cluster = await startCluster(1);
    cluster.faultOf = () => 'applyThenLeaderChange';
    const client = await connectTo(cluster);
    await expect(client.insertTablet(tablet(1), { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      outcome: 'unknown',
      status: StatusCode.REGION_LEADER_CHANGE,
    });
    cluster.faultOf = () => 'busy';
    // Long enough that it has been refused, and waits to be sent again, when the deadline comes, on a busy machine too.
    await expect(client.insertTablet(tablet(2), { timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      outcome: 'rejected',
      status: StatusCode.WRITE_PROCESS_REJECT,
    });
    expectEachOnce(cluster, 1);
  });

  test('opens a new session when its own has expired', async () => {
    const cluster = await startCluster();
    const client = await connectTo(cluster);
    await writeMany(client, 20);
    cluster.expireSessions();
    await Promise.all(Array.from({ length: 20 }, (_, i) => client.insertTablet(tablet(100 + i))));
    expectEachOnce(cluster, 40);
    expect(cluster.sessionsOpened).toBe(2);
  });

  test('replaces a session that expired while writes waited to be sent again, if none can have been applied', async () => {
    const cluster = await startCluster(1);
    const client = await connectTo(cluster);
    await client.insertTablet(tablet(0));
    const first = cluster.writesReceived;
    cluster.faultOf = (attempt) => {
      if (attempt < first + 20) return 'busy';
      if (attempt === first + 20) cluster.expireSessions();
      return 'none';
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => client.insertTablet(tablet(100 + i))));
    expectEachOnce(cluster, 21);
    expect(cluster.sessionsOpened).toBe(2);
  });

  test('opens a new session at once, however many have expired before, if they were of use', async () => {
    // The longest waits that there may be.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.99);
    cleanUps.push(async () => random.mockRestore());
    const cluster = await startCluster(1);
    const client = await connectTo(cluster);
    for (let round = 0; round < 12; round++) {
      await client.insertTablet(tablet(round), { timeoutMs: 450 });
      cluster.expireSessions();
    }
    expectEachOnce(cluster, 12);
  });

  test('asks for fewer and fewer sessions where each ends at once, and says why it gives up', async () => {
    const cluster = await startCluster(1);
    cluster.faultOf = () => {
      cluster.expireSessions();
      return 'none';
    };
    const client = await connectTo(cluster);
    const writing = Promise.allSettled(
      [1, 2, 3].map((number) => client.insertTablet(tablet(number), { timeoutMs: 400 })),
    );
    for (const result of await writing) {
      expect(result).toMatchObject({
        reason: { code: 'DEADLINE_EXCEEDED', outcome: 'rejected', status: StatusCode.SESSION_UNKNOWN },
      });
    }
    expect(cluster.sessionsOpened).toBeGreaterThan(2);
    expect(cluster.sessionsOpened).toBeLessThan(20);
    expect(cluster.applied).toEqual([]);
  });

  test('is honest about every write, whenever sessions expire and whatever is lost', async () => {
    const faults: Fault[] = ['lose', 'applyThenLose', 'busy', 'applyThenLeaderChange', 'timeOut'];
    const mishap = fc.record({ fault: fc.constantFrom<Fault>('none', ...faults), expires: fc.boolean() });
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat({ max: 120 }), mishap), { maxLength: 20 }), async (planned) => {
        const cluster = await TestCluster.start(2);
        const plan = new Map(planned);
        cluster.faultOf = (attempt) => {
          const { fault, expires } = plan.get(attempt) ?? { fault: 'none', expires: false };
          // Once the answers under way are there: nobody hears of it before.
          if (expires) setImmediate(() => cluster.expireSessions());
          return fault;
        };
        const client = await BalsaClient.connect({ nodes: cluster.addresses, inFlightMax: 16 });
        try {
          const writing = Array.from({ length: 80 }, (_, i) => client.insertTablet(tablet(i)));
          const results = await Promise.allSettled(writing);
          const times = timesApplied(cluster);
          for (const [i, result] of results.entries()) {
            const applied = times.get(`root.d${i}`) ?? 0;
            const outcome = result.status === 'fulfilled' ? 'applied' : result.reason.code;
            outcomes.add(outcome);
            if (outcome === 'applied') expect(applied).toBe(1);
            else expect([outcome, applied <= 1]).toEqual(['OUTCOME_UNKNOWN', true]);
          }
          const uncertain = planned.some(([, { fault }]) => fault !== 'none' && fault !== 'busy');
          if (!uncertain) expect(times.size).toBe(80);
          expect(cluster.violations).toEqual([]);
        } finally {
          await client.close();
          await cluster.stop();
        }
      }),
      { numRuns: 25 },
    );
    expect([...outcomes].sort()).toEqual(['OUTCOME_UNKNOWN', 'applied']);
  });

  test('does not guess what became of a write when the session expired under it', async () => {
    const cluster = await startCluster(1);
    const client = await connectTo(cluster);
    await client.insertTablet(tablet(0));
    const first = cluster.writesReceived;
    cluster.faultOf = (attempt) => {
      if (attempt > first) return 'none';
      setImmediate(() => cluster.expireSessions());
      return 'applyThenLose';
    };
    await expect(client.insertTablet(tablet(1))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    await client.insertTablet(tablet(2));
    expectEachOnce(cluster, 3);
  });

  test('hands on what the state machine refuses, and does not try again', async () => {
    const cluster = await startCluster();
    cluster.result = encodeCommandResult(StatusCode.DATA_TYPE_MISMATCH, 's is INT32');
    const client = await connectTo(cluster);
    await expect(client.insertTablet(tablet(1))).rejects.toMatchObject({
      code: 'REFUSED',
      status: StatusCode.DATA_TYPE_MISMATCH,
      outcome: 'applied',
      message: 's is INT32',
    });
    expect(cluster.writesReceived).toBe(1);
  });

  test('refuses what is over the limit of the node, and loses nothing else for it', async () => {
    const cluster = await startCluster(1);
    const client = await connectTo(cluster);
    const others = writeMany(client, 50);
    const huge = {
      ...tablet(1),
      timestamps: new Float64Array(1 << 20),
      columns: [{ values: new Float64Array(1 << 20) }],
    };
    await expect(client.insertTablet(huge)).rejects.toMatchObject({
      code: 'REFUSED',
      status: StatusCode.REQUEST_TOO_LARGE,
      outcome: 'rejected',
    });
    await others;
    expectEachOnce(cluster, 50);
    expect(cluster.writesReceived).toBe(50);
  });

  test('can be aborted, before and after it was sent', async () => {
    const cluster = await startCluster(1);
    const client = await connectTo(cluster, { inFlightMax: 1 });
    const signal = AbortSignal.abort(new Error('no more'));
    await expect(client.insertTablet(tablet(1), { signal })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'rejected',
    });
    await client.insertTablet(tablet(2));
    cluster.nodes[0]!.isHung = true;
    const controller = new AbortController();
    const { signal: later } = controller;
    const sent = client.insertTablet(tablet(3), { signal: later });
    const queued = client.insertTablet(tablet(4), { signal: later });
    await sleep(20);
    controller.abort();
    await expect(sent).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    await expect(queued).rejects.toMatchObject({ code: 'ABORTED', outcome: 'rejected' });
  });

  test('turns writes away when too many wait', async () => {
    const cluster = await startCluster(1);
    const client = await connectTo(cluster, { inFlightMax: 1, waitingMax: 2 });
    await client.insertTablet(tablet(0));
    cluster.nodes[0]!.isHung = true;
    const pending = [1, 2, 3].map((number) => client.insertTablet(tablet(number)));
    await expect(client.insertTablet(tablet(4))).rejects.toMatchObject({ code: 'OVERLOADED', outcome: 'rejected' });
    const settled = Promise.allSettled(pending);
    await client.close();
    expect((await settled).map((result) => result.status === 'rejected' && result.reason.code)).toEqual([
      'CLOSED',
      'CLOSED',
      'CLOSED',
    ]);
  });

  test('refuses what makes no sense before it is sent', async () => {
    const cluster = await startCluster(1);
    const client = await connectTo(cluster);
    await expect(client.insertTablet({ ...tablet(1), device: '' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(client.insertTablet(tablet(1), { timeoutMs: Number.NaN })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(cluster.writesReceived).toBe(0);
    await client.insertTablet(tablet(1));
  });
});

describe('reading', () => {
  test('asks the node that is named, whoever leads', async () => {
    const cluster = await startCluster();
    const client = await connectTo(cluster, { nodes: cluster.addresses.slice(0, 1) });
    await client.insertTablet(tablet(1));
    for (const node of cluster.nodes) {
      expect(await client.statistics({ node: node.address })).toMatchObject({ devices: node.number, rowsApplied: 1 });
      expect(await client.status({ node: node.address })).toMatchObject({ nodeId: node.number + 1 });
    }
  });

  test('goes to another node when one is lost, unless one is named', async () => {
    const cluster = await startCluster();
    const client = await connectTo(cluster);
    await cluster.nodes[0]!.stop();
    await Promise.all(Array.from({ length: 10 }, () => client.statistics()));
    const named = client.statistics({ node: cluster.nodes[0]!.address, timeoutMs: 150 });
    await expect(named).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await cluster.nodes[0]!.restart();
    expect(await client.statistics({ node: cluster.nodes[0]!.address })).toMatchObject({ devices: 0 });
  });

  test('ends at its deadline, at an abort and at the close', async () => {
    const cluster = await startCluster(1);
    const client = await connectTo(cluster);
    cluster.nodes[0]!.isHung = true;
    await expect(client.statistics({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(client.status({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'ABORTED' });
    const reading = client.statistics();
    const closed = expect(reading).rejects.toMatchObject({ code: 'CLOSED' });
    await client.close();
    await closed;
    await expect(client.statistics()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('connecting', () => {
  test('fails with a reason for every node when none answers', async () => {
    const cluster = await TestCluster.start(2);
    const nodes = cluster.addresses;
    await cluster.stop();
    const attempt = BalsaClient.connect({ nodes, timeoutMs: 200 });
    await expect(attempt).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    await expect(attempt).rejects.toThrow(/ECONNREFUSED.*ECONNREFUSED/);
  });

  test('is content with one node that answers', async () => {
    const cluster = await startCluster();
    await cluster.nodes[0]!.stop();
    const client = await connectTo(cluster);
    await client.insertTablet(tablet(1));
  });

  test.each([
    ['no nodes', { nodes: [] }],
    ['an address without a port', { nodes: ['localhost'] }],
    ['a port that is none', { nodes: ['localhost:70000'] }],
    ['no connections', { nodes: ['localhost:1'], connections: 0 }],
    ['more in flight than a session allows', { nodes: ['localhost:1'], inFlightMax: 1e6 }],
  ])('refuses %s', async (_what, options) => {
    await expect(BalsaClient.connect(options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('leaves nothing open after the close', async () => {
    const cluster = await startCluster();
    const client = await connectTo(cluster, { connections: 3 });
    await writeMany(client, 10);
    await client.close();
    await client.close();
    await vi.waitFor(() => expect(cluster.nodes.map(({ connections }) => connections.size)).toEqual([0, 0, 0]));
    await expect(client.insertTablet(tablet(1))).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
