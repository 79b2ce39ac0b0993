import type { GroupStatusReport, NodeStatus } from '@balsa/wire';
import { expect, it } from 'vitest';
import { createStyle } from '../terminal/style.ts';
import { sampleStore } from '../testing/sample-report.ts';
import { renderStatus } from './status-table.ts';

const addresses = (id: number) => ({
  id,
  peer: `10.0.0.${id}:7001`,
  client: `10.0.0.${id}:7101`,
  http: `10.0.0.${id}:7201`,
});

const group = (id: number, fields: Partial<GroupStatusReport> = {}): GroupStatusReport => ({
  group: id,
  name: ['metadata', 'data'][id] ?? '',
  role: 'follower',
  term: 3,
  lastIndex: 1200,
  durableIndex: 1200,
  commitIndex: 1200,
  appliedIndex: 1199,
  members: [{ id: 1 }, { id: 2 }, { id: 3 }],
  ...fields,
});

const figures = {
  windowMs: 60_000,
  entriesPerSecond: 100,
  batchesPerSecond: 10,
  totalP50Ms: 2,
  totalP99Ms: 8.26,
  durableP50Ms: 1,
  durableP99Ms: 0.9,
  applyP99Ms: 0.1,
};

const node = (id: number, groups: readonly GroupStatusReport[]): NodeStatus => ({
  nodeId: id,
  version: '0.1.0',
  uptimeMs: 3_725_000,
  health: 'ready',
  members: [addresses(1), addresses(2), addresses(3)],
  groups,
  store: sampleStore,
});

it('shows nodes, the newest leader of each group, and the lag that it sees', () => {
  const members = [
    { id: 1, matchIndex: 1200, lag: 0, appliedIndex: 1199, applyLag: 1 },
    { id: 2 },
    { id: 3, matchIndex: 900, lag: 300 },
    // Of a release that does not tell what it has applied.
    { id: 4, matchIndex: 1198, lag: 2 },
  ];
  const answers = [
    {
      id: 1,
      address: '10.0.0.1:7101',
      status: node(1, [group(0), group(1, { role: 'leader', term: 4, members, figures })]),
    },
    // Cut off and not yet aware of it.
    { id: 2, address: '10.0.0.2:7101', status: node(2, [group(0), group(1, { role: 'leader', lastIndex: 1300 })]) },
    { id: 3, address: '10.0.0.3:7101', error: { code: 'CONNECT_FAILED', message: 'connection refused' } },
    { id: 4, address: '10.0.0.4:7101', status: node(4, [group(1, { figures: { ...figures, totalP99Ms: 0 } })]) },
  ];
  expect(renderStatus(answers, createStyle(false)).join('\n')).toMatchInlineSnapshot(`
    "node  clients        HTTP           health          up for  series   stored
       1  10.0.0.1:7101  10.0.0.1:7201  ready        1 h 2 min       3  280 KiB
       2  10.0.0.2:7101  10.0.0.2:7201  ready        1 h 2 min       3  280 KiB
       3  10.0.0.3:7101                 unreachable
       4  10.0.0.4:7101                 ready        1 h 2 min       3  280 KiB
    node 3: CONNECT_FAILED: connection refused

    group 0, metadata: no leader
    node  role      term   last  durable  commit  applied  lag  apply lag  write p99  disk p99
       1  follower     3  1,200    1,200   1,200    1,199
       2  follower     3  1,200    1,200   1,200    1,199

    group 1, data: node 1 leads
    node  role      term   last  durable  commit  applied  lag  apply lag  write p99  disk p99
       1  leader       4  1,200    1,200   1,200    1,199    0          1     8.3 ms   0.90 ms
       2  leader       3  1,300    1,200   1,200    1,199
       4  follower     3  1,200    1,200   1,200    1,199    2          -              0.90 ms"
  `);
});

it('shows that a group was forced to go on without a quorum, if any node knows it', () => {
  const answersOf = (times: number) => [
    { id: 1, address: '10.0.0.1:7101', status: node(1, [group(1, { forcedRecoveries: times })]) },
    { id: 2, address: '10.0.0.2:7101', status: node(2, [group(1)]) },
  ];
  const style = createStyle(false);
  expect(renderStatus(answersOf(1), style)).toContain('forced to go on without a quorum once: see docs/recovery.md');
  expect(renderStatus(answersOf(2), style)).toContain('forced to go on without a quorum 2 times: see docs/recovery.md');
  expect(renderStatus(answersOf(0), style).join()).not.toContain('forced');
});

it('shows how the leader feeds the others, if not all by itself', () => {
  const lineOf = (dispatch?: { strategy: string; mode: string; reason?: string }): string => {
    const report = group(1, { role: 'leader', ...(dispatch && { dispatch }) });
    const answers = [{ id: 1, address: '10.0.0.1:7101', status: node(1, [report]) }];
    return renderStatus(answers, createStyle(false)).find((line) => line.startsWith('group 1'))!;
  };
  expect(lineOf()).toBe('group 1, data: node 1 leads');
  expect(lineOf({ strategy: 'direct', mode: 'direct' })).toBe('group 1, data: node 1 leads');
  expect(lineOf({ strategy: 'relay', mode: 'relay' })).toBe('group 1, data: node 1 leads, dispatch relay');
  const auto = { strategy: 'auto', mode: 'relay', reason: '3.9 MB/s with relay, 1.0 MB/s with direct' };
  expect(lineOf(auto)).toBe(
    'group 1, data: node 1 leads, dispatch auto: relay (3.9 MB/s with relay, 1.0 MB/s with direct)',
  );
});

it('shows why a node has failed', () => {
  const failure = { code: 'LOG_FAILED', message: 'the disk is full' };
  const answers = [{ id: 1, address: '10.0.0.1:7101', status: { ...node(1, []), health: 'failed' as const, failure } }];
  expect(renderStatus(answers, createStyle(false))).toContain('node 1: LOG_FAILED: the disk is full');
});
