import type { NodeReport } from '@balsa/server';
import { expect, it } from 'vitest';
import { createStyle } from '../terminal/style.ts';
import { follower, group, leading, measured, quiet, sampleReport, slowBatch } from '../testing/sample-report.ts';
import { renderReport } from './report-text.ts';

const textOf = (fields: Partial<NodeReport> = {}): string =>
  renderReport({ ...sampleReport, ...fields }, createStyle(false)).join('\n');

it('shows a leader: its links, who feeds whom, how far followers are, and what batches wait for', () => {
  expect(textOf()).toMatchInlineSnapshot(`
    "node 2 of plant: ready, up for 1 h 2 min, Balsa 0.1.0 on Node.js v20.19.0
    2026-11-29T12:00:00.000Z; times and rates are of the last 60 s
    process  210 MiB of memory, 80.0 MiB of it heap; 1 min 23 s of processor time
    loop     what is due is late by 0.20 ms, p99 0.80 ms
    log      12.5 MiB, 5,210 flushes; a write takes 1.5 ms, p99 6.0 ms
    store    3 series of 1 device; 256 KiB in 2 files, 24.0 KiB in memory
    network  2.48 MiB/s to others

    link to  is          for  version  messages        sent    queued    it sends
     node 1  up    1 h 2 min        4   1,430/s  1.24 MiB/s  64.0 KiB  2.86 MiB/s
     node 3  down      4.2 s                0/s       0 B/s       0 B       0 B/s

    group 1, data: leads, term 3
    last 1,200, durable 1,200, commit 1,199, applied 1,199
    log behind 400, snapshot at 800
    dispatch auto: relay; batches so far: 120 direct, 1,080 relay
      because: 11.3 MB/s, committed after 18.2 ms with relay, 2.9 MB/s,
      committed after 71.5 ms with direct
      the link has shown to give 11.3 MiB/s
      direct: 2.77 MiB/s after 71.5 ms, 1 min 35 s ago
      coded: nothing, 4.0 s ago, not to be tried for 16.0 s

    routes
    node 2
    ├─ node 1
    │  ├─ node 3
    │  │  └─ node 5
    │  └─ node 6
    └─ node 4, in fragments

    follower  state        lag  apply lag  fed by     under way  weight  relays in
      node 1  replicate      0          1  leader      2.00 KiB    1.00     7.5 ms
      node 3  replicate     17          1  node 1      2.00 KiB    0.25          -
      node 4  replicate      0          1  fragments   2.00 KiB       -          -
      node 5  probe      1,200          -  leader           0 B       -          -

    follower  beat p50     p99  append p50      p99  held p99    acks    appended
      node 1   0.50 ms  2.0 ms      5.0 ms  20.0 ms   0.20 ms  20.0/s  1.25 MiB/s
      node 3   0.50 ms  2.0 ms      5.0 ms  20.0 ms   0.20 ms  20.0/s  1.25 MiB/s
      node 4   0.50 ms  2.0 ms      5.0 ms  20.0 ms   0.20 ms  20.0/s  1.25 MiB/s
      node 5         -       -           -        -         -       -           -

    20.0 batches/s of 12.0 entries and 64.1 KiB
    stage           p50      p90      p99      max
    queue       0.50 ms   1.0 ms   2.0 ms   4.0 ms
    commit       5.0 ms  10.0 ms  20.0 ms  40.0 ms
      own disk   2.0 ms   4.0 ms   8.0 ms  16.0 ms
    apply       0.10 ms  0.20 ms  0.40 ms  0.80 ms
    total        5.8 ms  11.5 ms  23.0 ms  46.0 ms

    slowest, from     bytes    total    queue   commit   apply  longest
    1,004 (97)     64.1 KiB  62.5 ms  0.50 ms  60.0 ms  2.0 ms  node 4
    1,101 (1)      64.1 KiB  62.5 ms  0.50 ms  60.0 ms  2.0 ms  own disk
    1 (1)          64.1 KiB  62.5 ms  0.50 ms  60.0 ms  2.0 ms  state machine
    2 (1)          64.1 KiB  62.5 ms  0.50 ms  60.0 ms  2.0 ms  state machine
    3 (1)          64.1 KiB  62.5 ms  0.50 ms  60.0 ms  2.0 ms  state machine"
  `);
});

it('shows where nodes stand, and where batches come from one zone into another', () => {
  const routes = [
    { node: 1, zone: 'a', takesFragments: false, receivers: [] },
    {
      node: 3,
      zone: 'b',
      takesFragments: false,
      receivers: [{ node: 5, zone: 'b', takesFragments: false, receivers: [] }],
    },
  ];
  const text = textOf({ node: { ...sampleReport.node, zone: 'a' }, groups: [{ ...leading, routes }] });
  expect(text).toContain('node 2 of plant, in a: ready');
  expect(text).toContain('node 2, in a\n├─ node 1\n└─ node 3, into b\n   └─ node 5\n');
});

it('shows a follower, a group in silence, and one without a leader', () => {
  const following = {
    ...quiet.following,
    ackMs: measured(2),
    acksSent: 1,
    relayedArrivals: 2440,
    passedOnAppends: 3660,
    passedOnBytes: 5_000_000,
    passedOnFragments: 732,
    leaderContactAgeMs: 16.4,
  };
  const { leader: _, ...leaderless } = group({ group: 2, name: 'other', role: 'candidate', term: 9 });
  const groups = [
    group({ group: 0, name: 'metadata', hibernates: true }),
    group({ role: 'follower', leader: 1, following }),
    leaderless,
  ];
  const { store: __, ...counting } = sampleReport;
  const text = renderReport({ ...counting, peers: [], groups }, createStyle(false)).join('\n');
  expect(text.split('\n').slice(5).join('\n')).toMatchInlineSnapshot(`
    "network  2.48 MiB/s to others

    group 0, metadata: leads, term 3, silent: nothing happens in it
    last 1,200, durable 1,200, commit 1,199, applied 1,199
    dispatch direct

    group 1, data: follower, node 1 leads, term 3
    last 1,200, durable 1,200, commit 1,199, applied 1,199
    dispatch direct
    leader   heard of 16.4 ms ago; 1 acknowledgement
    appends  acknowledged after 2.0 ms, p99 8.0 ms
    applies  240 entries/s
    relays   2,440 appends came by way of others
             3,660 appends of 4.77 MiB, 732 fragments passed on

    group 2, other: candidate without a leader, term 9
    last 1,200, durable 1,200, commit 1,199, applied 1,199
    dispatch direct"
  `);
});

it('shows what has failed, and what has not been measured yet', () => {
  const node = {
    ...sampleReport.node,
    health: 'failed',
    failure: { code: 'LOG_FAILED', message: 'the disk is full' },
  } as const;
  const text = textOf({ node, groups: [group({ failure: 'it threw', followers: [follower(1, {})], role: 'leader' })] });
  expect(text).toContain('node 2 of plant: failed, up for');
  expect(text).toContain('LOG_FAILED: the disk is full');
  expect(text).toContain('it has stopped: it threw');
  expect(text).not.toContain('batches/s');
  expect(text).not.toContain('NaN');
});

it('fits a terminal of 80 columns', () => {
  const index = 123_456_789;
  const indexes = { lastIndex: index, durableIndex: index, commitIndex: index, appliedIndex: index };
  const slowBatches = [slowBatch(index - 2047, index, 'followers')];
  const large = { ...leading, ...indexes, baseIndex: index, snapshotIndex: index, slowBatches };
  expect(
    textOf({ groups: [large] })
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
});
