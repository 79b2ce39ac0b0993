import { afterEach, expect, test, vi } from 'vitest';
import type { NodeConfig } from '../config/node-config.ts';
import { GroupIds } from '../group-ids.ts';
import { BalsaNode } from '../node.ts';
import type { NodeReport } from '../report/node-report.ts';
import { runSql, type SqlAnswer, statusOf } from '../testing/http-client.ts';
import { temporaryFolder, testConfig, untilReady } from '../testing/test-node.ts';

const open: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
});

async function start(config: NodeConfig): Promise<() => Promise<void>> {
  const node = await BalsaNode.start(config);
  open.push(() => node.stop());
  await untilReady(config);
  return () => node.stop();
}

test('what has outlived its time is gone from the files, and no query tells the difference, nor a restart', async () => {
  const folder = temporaryFolder();
  open.push(folder.remove);
  const config = await testConfig(folder.path, {
    'storage-expiry-interval-ms': '100',
    'storage-memtable-age-ms': '1000',
    'snapshots-log-entries': '1',
    'snapshots-log-tail-bytes': '0',
  });
  const stop = await start(config);
  const { http } = config.listen;
  const carryOut = async (sql: string): Promise<void> => {
    expect(await runSql(http, sql, 'nonQuery')).toMatchObject({ code: 200 });
  };
  const answers = (): Promise<SqlAnswer[]> =>
    Promise.all(
      ['select count(s) from root.**', 'select s from root.**', 'select last s from root.**'].map((sql) =>
        runSql(http, sql),
      ),
    );
  const filePoints = async (): Promise<number> => (await statusOf(http)).store!.filePoints;

  const isInSnapshot = async (): Promise<boolean> => {
    const { groups } = (await (await fetch(`http://${http}/report?group=${GroupIds.data}`)).json()) as NodeReport;
    return groups[0]!.snapshotIndex === (await statusOf(http)).store!.appliedIndex;
  };

  const hourMs = 3_600_000;
  const nowMs = Date.now();
  for (const device of ['root.short.d', 'root.long.d', 'root.long.d.e']) {
    await carryOut(`insert into ${device}(time, s) values (${nowMs - 2 * hourMs}, 1)`);
  }
  await carryOut('flush');
  for (const device of ['root.short.d', 'root.long.d']) {
    await carryOut(`insert into ${device}(time, s) values (${nowMs}, 2)`);
  }
  await carryOut('flush');
  expect(await filePoints()).toBe(5);
  // A rule of one device alone, and one of all below a path.
  await carryOut(`set ttl to root.short.** ${hourMs}`);
  await carryOut(`set ttl to root.long.d ${hourMs}`);
  const before = await answers();
  expect(before[0]!.values.flat()).toEqual(expect.arrayContaining([1, 1, 1]));
  // root.long.d.e has no rule: its file stays, and so does what lies in it.
  await carryOut(`set ttl to root.long.d.e ${hourMs}`);
  const after = await answers();
  await vi.waitUntil(async () => (await filePoints()) === 2, { timeout: 20_000 });
  expect(await answers()).toEqual(after);
  await vi.waitUntil(isInSnapshot, { timeout: 20_000 });
  await stop();
  await start(config);
  // The snapshot may be one that still names what compaction has left out since.
  await vi.waitUntil(async () => (await filePoints()) === 2, { timeout: 20_000 });
  expect(await answers()).toEqual(after);
}, 60_000);
