// Reports of real nodes, which relay to each other.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GroupIds } from '../group-ids.ts';
import { insertRows } from '../testing/http-client.ts';
import { type ClusterNode, type NodeCluster, startNodeCluster } from '../testing/test-cluster.ts';
import { startTestNode } from '../testing/test-node.ts';
import type { GroupReport, NodeReport } from './node-report.ts';

const device = 'root.plant.line1';
const waiting = { timeout: 20_000 };

async function reportOf({ url }: Pick<ClusterNode, 'url'>, query = ''): Promise<NodeReport> {
  return (await (await fetch(`${url}/report${query}`)).json()) as NodeReport;
}

function dataGroupOf(report: NodeReport): GroupReport {
  return report.groups.find(({ group }) => group === GroupIds.data)!;
}

async function leaderOf({ nodes }: NodeCluster): Promise<ClusterNode> {
  return vi.waitUntil(async () => {
    for (const node of nodes) if (dataGroupOf(await reportOf(node)).role === 'leader') return node;
    return undefined;
  }, waiting);
}

/** What a node has written by itself, the oldest first. */
function writtenBy(folder: string): NodeReport[] {
  return (
    ['reports.earlier.jsonl', 'reports.jsonl']
      .map((name) => join(folder, 'reports', name))
      .filter((path) => existsSync(path))
      // The last line may be about to be written.
      .flatMap((path) => readFileSync(path, 'utf8').split('\n').slice(0, -1))
      .map((line) => JSON.parse(line) as NodeReport)
  );
}

describe('three nodes with relays', () => {
  let cluster: NodeCluster;
  let leader: ClusterNode;

  beforeAll(async () => {
    cluster = await startNodeCluster({
      'dispatch-strategy': 'relay',
      'timing-election-timeout-ms': '1500',
      'timing-heartbeat-interval-ms': '100',
      'report-at-shutdown': 'yes',
    });
    leader = await leaderOf(cluster);
  }, 60_000);

  afterAll(() => cluster?.stop());

  test('the leader shows its routes, its followers and what its batches waited for', async () => {
    // The first batches after an election go directly, until followers are in step.
    const report = await vi.waitUntil(async () => {
      expect(await insertRows(leader.config.listen.http, device, [[1, 1]])).toMatchObject({ code: 200 });
      const seen = await reportOf(leader);
      const { followers, dispatch, routes } = dataGroupOf(seen);
      const isMeasured = followers.every(({ measured }) => (measured?.indirectAppends ?? 0) > 0);
      return isMeasured && dispatch.relays.length === 2 && routes.length === 1 ? seen : undefined;
    }, waiting);
    const leaderId = leader.config.nodeId;
    const followerIds = [1, 2, 3].filter((id) => id !== leaderId);
    expect(report).toMatchObject({
      reportVersion: 1,
      reason: 'request',
      node: { nodeId: leaderId, cluster: 'balsa', health: 'ready' },
      store: { rowsApplied: expect.any(Number), reads: { pagesRead: expect.any(Number) } },
    });
    expect(Date.parse(report.writtenAt)).not.toBeNaN();
    expect(report.process.residentBytes).toBeGreaterThan(0);
    expect(report.log.keptBytes).toBeGreaterThan(0);
    expect(report.peers.map(({ peer }) => peer).toSorted()).toEqual(followerIds);
    for (const peer of report.peers)
      expect(peer).toMatchObject({ connected: true, protocolVersion: expect.any(Number) });

    const { dispatch, routes, followers, proposals, slowBatches } = dataGroupOf(report);
    expect(dispatch).toMatchObject({ strategy: 'relay', mode: 'relay' });
    expect(dispatch.batches.relay).toBeGreaterThan(0);
    expect(dispatch.relays.map(({ node }) => node).toSorted()).toEqual(followerIds);
    for (const { weight } of dispatch.relays) expect(weight).toBeGreaterThan(0);
    const [first] = routes;
    const [second] = first!.receivers;
    expect([first!.node, second!.node].toSorted()).toEqual(followerIds);
    expect(followers.find(({ node }) => node === first!.node)).toMatchObject({ fedBy: 'leader' });
    expect(followers.find(({ node }) => node === second!.node)).toMatchObject({ fedBy: 'relay', relay: first!.node });
    expect(followers.some(({ measured }) => measured!.entrustedBytes > 0)).toBe(true);
    expect(proposals.totalMs.count).toBeGreaterThan(0);
    expect(slowBatches.length).toBeGreaterThan(0);

    const metrics = await (await fetch(`${leader.url}/metrics`)).text();
    expect(metrics).toContain('balsa_group_dispatch_mode{group="1",name="data",mode="relay"} 1\n');
    expect(metrics).toMatch(/balsa_group_fed_followers\{group="1",name="data",by="leader"\} 1\n/);
    expect(metrics).toMatch(/balsa_group_relay_weight\{group="1",name="data",peer="\d"\} /);
  });

  test('a follower shows what it passed on', async () => {
    const followers = cluster.nodes.filter((node) => node !== leader);
    const reports = await Promise.all(followers.map((node) => reportOf(node)));
    for (const report of reports) {
      expect(dataGroupOf(report)).toMatchObject({ role: 'follower', routes: [], followers: [] });
      expect(dataGroupOf(report).leader).toBe(leader.config.nodeId);
    }
    expect(reports.some((report) => dataGroupOf(report).following.passedOnAppends > 0)).toBe(true);
  });

  test('the last report of a leader shows its routes, for it is written before leadership is handed over', async () => {
    await leader.node.stop();
    const reports = writtenBy(leader.config.dataFolder);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ reason: 'shutdown', node: { nodeId: leader.config.nodeId } });
    expect(dataGroupOf(reports[0]!)).toMatchObject({ role: 'leader', dispatch: { mode: 'relay' } });
    expect(dataGroupOf(reports[0]!).routes).not.toEqual([]);
    expect(dataGroupOf(reports[0]!).proposals.totalMs.count).toBeGreaterThan(0);
  });
});

describe('a node alone', () => {
  test('writes a report at every interval, of what nobody has asked for, and none when it is stopped', async () => {
    const node = await startTestNode({ 'report-interval-ms': '100' });
    try {
      await insertRows(node.config.listen.http, device, [[1, 1]]);
      const reports = await vi.waitUntil(() => {
        const written = existsSync(join(node.config.dataFolder, 'reports')) ? writtenBy(node.config.dataFolder) : [];
        return written.length >= 3 ? written : undefined;
      }, waiting);
      expect(new Set(reports.map(({ reason }) => reason))).toEqual(new Set(['interval']));
      expect(dataGroupOf(reports.at(-1)!).proposals.totalMs.count).toBeGreaterThan(0);
      await node.node.stop();
      expect(writtenBy(node.config.dataFolder).some(({ reason }) => reason === 'shutdown')).toBe(false);
    } finally {
      await node.stop();
    }
  });

  test('says in its log that a report cannot be written, and goes on', async () => {
    const node = await startTestNode({ 'report-at-shutdown': 'yes' });
    writeFileSync(join(node.config.dataFolder, 'reports'), 'a file in its place');
    await node.stop();
    expect(node.logged.slice(-2)).toEqual(['REPORT_FAILED', 'NODE_STOPPED']);
  });

  test('is asked for one group, and refuses others with a code', async () => {
    const node = await startTestNode();
    const ask = async (query: string): Promise<unknown> => {
      const response = await fetch(`${node.url}/report${query}`);
      return [response.status, await response.json()];
    };
    try {
      const { groups } = await reportOf(node, '?group=0');
      expect(groups.map(({ name }) => name)).toEqual(['metadata']);
      const message = 'there is no group 7 on this node, only 0 (metadata), 1 (data)';
      expect(await ask('?group=7')).toEqual([404, { code: 9004, message }]);
      for (const wrong of ['?group=', '?group=-1', '?group=data', '?group=1e3', '?group=1&group=2', '?grup=1']) {
        expect(await ask(wrong)).toMatchObject([400, { code: 303 }]);
      }
    } finally {
      await node.stop();
    }
  });
});
