// SQL on real processes: any node takes any statement, and what one has done the others show. Needs `npm run build`.

import { afterEach, expect, test } from 'vitest';
import { LocalCluster, type LocalNode } from './cluster/local-cluster.ts';
import { runSql, type SqlAnswer } from './testing/http-client.ts';
import { temporaryFolder } from './testing/test-node.ts';

const retried: readonly unknown[] = [606, 905, 906, 9002, 9005, 9006];
const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (let cleanUp = cleanUps.pop(); cleanUp !== undefined; cleanUp = cleanUps.pop()) await cleanUp();
});

async function startCluster(): Promise<LocalCluster> {
  const folder = temporaryFolder();
  cleanUps.push(folder.remove);
  const settings = { timing: { electionTimeoutMs: 300, heartbeatIntervalMs: 50 } };
  const cluster = await LocalCluster.start({ nodes: 3, folder: folder.path, settings });
  cleanUps.push(() => cluster.stop());
  return cluster;
}

/** Again until somebody leads: all statements here may be repeated. */
async function carryOut(node: LocalNode, sql: string, kind: 'query' | 'nonQuery' = 'nonQuery'): Promise<SqlAnswer> {
  for (;;) {
    const answer = await runSql(node.http, sql, kind);
    if (!retried.includes(answer.code)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('any node takes any statement, and all answer the same, whoever was killed or restarted', async () => {
  const cluster = await startCluster();
  const [first, second, third] = cluster.nodes as [LocalNode, LocalNode, LocalNode];
  const done = { code: 200 };
  expect(await carryOut(first, 'create database root.plant')).toMatchObject(done);
  expect(await carryOut(second, 'create aligned timeseries root.plant.line1(speed INT64, on BOOLEAN)')).toMatchObject(
    done,
  );
  // What another node has just acknowledged is seen at once.
  expect(await carryOut(third, 'count timeseries root.plant.**', 'query')).toMatchObject({ values: [[2]] });
  for (let i = 0; i < 10; i++) {
    const node = cluster.nodes[i % 3]!;
    const sql = `insert into root.plant.line1(time, speed, on) aligned values (${1000 * i}, ${i}, ${i % 2 === 0})`;
    expect(await carryOut(node, sql)).toMatchObject(done);
    const count = await carryOut(cluster.nodes[(i + 1) % 3]!, 'select count(speed) from root.plant.line1', 'query');
    expect(count.values).toEqual([[i + 1]]);
  }
  expect(await carryOut(second, 'delete from root.plant.line1.speed where time >= 8000')).toMatchObject(done);

  const windows = 'select sum(speed), count(on) from root.plant.* group by ([0, 10000), 5s)';
  const expected = {
    timestamps: [0, 5000],
    values: [
      [10, 18],
      [5, 5],
    ],
  };
  const everywhere = async (): Promise<void> => {
    for (const node of cluster.nodes) expect(await carryOut(node, windows, 'query')).toMatchObject(expected);
  };
  await everywhere();
  await cluster.kill(1);
  for (const node of [second, third]) expect(await carryOut(node, windows, 'query')).toMatchObject(expected);
  expect(await carryOut(third, 'set ttl to root.other.** 1000')).toMatchObject(done);
  await cluster.start(1);
  await everywhere();
  for (const node of cluster.nodes) {
    expect(await carryOut(node, 'show all ttl', 'query')).toMatchObject({
      values: [
        ['root.**', 'root.other.**'],
        ['INF', '1000'],
      ],
    });
  }
  expect(await carryOut(first, 'drop database root.plant')).toMatchObject(done);
  for (const node of cluster.nodes) {
    expect(await carryOut(node, 'count timeseries root.plant.**', 'query')).toMatchObject({ values: [[0]] });
  }
}, 120_000);
