// Weak writes over real processes, of which the leader is killed: whoever was told early, and lives, loses nothing. Needs `npm run build`.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AcknowledgedWrite, BalsaClient } from '@balsa/client';
import { GroupIds, LocalCluster } from '@balsa/server';
import { DataType, type Tablet } from '@balsa/wire';
import { expect, test } from 'vitest';

const writes = 300;
const kills = 2;
const device = 'root.plant.press1';

function tablet(i: number): Tablet {
  return {
    device,
    measurements: ['pressure'],
    dataTypes: [DataType.DOUBLE],
    timestamps: Float64Array.of(i),
    columns: [{ values: Float64Array.of(i) }],
  };
}

async function leaderOf(cluster: LocalCluster, client: BalsaClient): Promise<number> {
  for (;;) {
    for (const node of cluster.nodes.filter(({ running }) => running)) {
      const { groups } = await client.status({ node: node.client });
      if (groups.some(({ group, role }) => group === GroupIds.data && role === 'leader')) return node.id;
    }
    await sleep(20);
  }
}

test('whatever was told weakly is applied once, although leaders are killed', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'balsa-weak-'));
  const settings = { limits: { weakBytesMax: 1 << 20 }, timing: { electionTimeoutMs: 300, heartbeatIntervalMs: 50 } };
  const cluster = await LocalCluster.start({ nodes: 3, folder, settings });
  try {
    const client = await BalsaClient.connect({ nodes: cluster.nodes.map((node) => node.client), timeoutMs: 60_000 });
    const told: AcknowledgedWrite[] = [];
    for (let i = 0; i < writes; i++) {
      if (i > 0 && i % Math.ceil(writes / (kills + 1)) === 0) {
        const leader = await leaderOf(cluster, client);
        // In the middle of what is under way.
        const under = [client.write(tablet(i), { acknowledge: 'weak' }), cluster.kill(leader)] as const;
        told.push(await under[0]);
        await under[1];
        await cluster.start(leader);
      } else {
        told.push(await client.write(tablet(i), { acknowledge: 'weak' }));
      }
    }
    await Promise.all(told.map(({ confirmed }) => confirmed));
    expect(told.filter(({ acknowledged }) => acknowledged === 'weak').length).toBeGreaterThan(0);
    const { timestamps } = await client.queryRange({
      device,
      measurements: ['pressure'],
      startMs: 0,
      endMs: writes,
      limit: writes + 1,
    });
    expect([...timestamps]).toEqual(Array.from({ length: writes }, (_, i) => i));
    const { rowsApplied } = await client.statistics({ consistency: 'linearizable' });
    expect(rowsApplied).toBe(writes);
    expect(await client.close()).toEqual({ unconfirmed: 0 });
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
