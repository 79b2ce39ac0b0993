// docs/observability.md explains every figure that a report has.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withCluster } from '../host/testing/test-cluster.ts';

const page = readFileSync(new URL('../../../../docs/observability.md', import.meta.url), 'utf8');
const words = new Set([...page.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => code.split(/[^A-Za-z0-9]+/)));

/** Names of fields, however deep. */
function* namesIn(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(value)) {
    if (!Array.isArray(value)) yield name;
    yield* namesIn(field);
  }
}

test('every figure is explained', async () => {
  await withCluster({ size: 3, statistics: { collect: 'always' } }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('something');
    await cluster.quiet();
    const reports = [leader.group().statistics(), leader.host.statistics()];
    expect(leader.group().statistics().slowBatches.length).toBeGreaterThan(0);
    const names = new Set(reports.flatMap((report) => [...namesIn(report)]));
    expect(names.size).toBeGreaterThan(60);
    expect([...names].filter((name) => !words.has(name))).toEqual([]);
  });
});
