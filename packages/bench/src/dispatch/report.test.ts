import { expect, test } from 'vitest';
import { describeEnvironment } from '../measure/environment.ts';
import { describeDispatch } from './describe.ts';
import type { NodeWindow, WindowLoad } from './node-protocol.ts';
import { dispatchPlot } from './plot/dispatch-plot.ts';
import { dispatchReport } from './report.ts';
import type { MeasuredRound, MeasuredShape } from './run-dispatch.ts';
import type { DispatchSettings, StrategyName } from './settings.ts';

const settings: DispatchSettings = {
  nodes: [3],
  valueBytes: [10_000],
  compressible: 0,
  clients: 8,
  groups: 1,
  seconds: 10,
  warmupSeconds: 1,
  rounds: 2,
  strategies: ['direct', 'relay'],
  egressMbit: 80,
  slow: [],
  slowInTurn: false,
  killRelay: false,
  zones: [],
  electionTimeoutMs: 1000,
  heartbeatIntervalMs: 100,
  batchBytesMax: 1_048_576,
  batchesUnderWayMax: 4,
  seed: 1,
};

const noTrouble = { restarts: 0, rejectedAppends: 0, refusedMessages: 0, inflightBytes: 0, behind: 0 };

const idle: NodeWindow = {
  seconds: 10,
  cpuUs: 1e6,
  sentBytes: 0,
  crossedBytes: 0,
  terms: 0,
  applied: 0,
  load: null,
  watchedRelayForMs: null,
  followers: [],
};

/** Ten seconds in which node 1 sent `sent[0]` bytes, and so on. */
function round(
  strategy: StrategyName,
  completed: number,
  sent: readonly number[],
  changes: Partial<NodeWindow> = {},
): MeasuredRound {
  const windows = sent.map((sentBytes, i): NodeWindow => {
    return {
      ...idle,
      sentBytes,
      applied: completed - i,
      ...(i === 0 ? leaderOf(completed) : {}),
      ...(i === 0 ? changes : {}),
    };
  });
  return { strategy, slowed: false, windows };
}

function loadOf(completed: number, fields: Partial<WindowLoad> = {}): WindowLoad {
  return { completed, failed: {}, latenciesUs: [], longestStallMs: 0, completedByTenth: [], ...fields };
}

function leaderOf(completed: number): Partial<NodeWindow> {
  const load = loadOf(completed, { latenciesUs: [[20_000, completed]] });
  return { load, followers: [2, 3].map((node) => ({ node, ...noTrouble })) };
}

const state = { led: 1, lastIndexes: 5, appliedIndexes: 5, entries: 4, bytes: 40_000 };

const shape: MeasuredShape = {
  nodes: 3,
  valueBytes: 10_000,
  rounds: [
    round('direct', 4000, [9e7, 0, 0]),
    round('relay', 8000, [9e7, 6e7, 3e7]),
    round('direct', 5000, [9e7, 0, 0]),
    round('relay', 9000, [9e7, 6e7, 3e7]),
  ],
  kills: [],
  states: [[state, state, state]],
};

const reportOf = (changes: Partial<MeasuredShape> = {}, caps: Partial<DispatchSettings> = {}) =>
  dispatchReport({ ...settings, ...caps }, describeEnvironment('/tmp'), [{ ...shape, ...changes }]);

test('strategies are compared with the first, round by round, and with what their links allow', () => {
  const report = reportOf();
  const [direct, relay] = report.shapes[0]!.strategies;
  expect(report.shapes[0]!.limits).toEqual({ direct: 5e6, relay: 1e7, coded: 5e6, auto: 1e7 });
  expect(direct).toMatchObject({ entriesPerSecond: { median: 450, min: 400, max: 500 }, ratios: null });
  expect(direct!.ofLimit!.median).toBeCloseTo(0.9);
  expect(relay).toMatchObject({ payloadBytesPerSecond: { median: 8.5e6 }, cpuUsPerEntry: { max: 375 } });
  expect(relay!.ofLimit!.median).toBeCloseTo(0.85);
  // Neither 2 nor 1.8 nor the quotient of the medians.
  expect(relay!.ratios!.entriesPerSecond).toBeCloseTo(1.9);
  expect(relay!.slowestNodeEntriesPerSecond.min).toBeCloseTo(799.8);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('what each node sends is compared with the average', () => {
  const [direct, relay] = reportOf().shapes[0]!.strategies;
  expect(direct!.sentUnevenness!.median).toBeCloseTo(3);
  expect(relay!.sentUnevenness!.median).toBeCloseTo(1.5);
  expect(relay!.sentBytesPerSecond!.map(({ median }) => median)).toEqual([9e6, 6e6, 3e6]);
});

test('without caps there are no limits, and nobody knows what was sent', () => {
  const rounds = shape.rounds.map(({ windows, ...round }) => {
    return { ...round, windows: windows.map((window) => ({ ...window, sentBytes: null })) };
  });
  const report = reportOf({ rounds }, { egressMbit: null });
  expect(report.shapes[0]).toMatchObject({
    limits: null,
    strategies: [{ ofLimit: null, sentBytesPerSecond: null, sentUnevenness: null }, {}],
  });
  expect(describeDispatch(report)).toContain('links are not capped');
});

test('a slow leader has less to give', () => {
  const rounds = shape.rounds.map((round) => ({ ...round, slowed: true }));
  expect(reportOf({ rounds }, { slow: [{ node: 1, factor: 2 }] }).shapes[0]!.limits).toEqual({
    direct: 2.5e6,
    relay: 5e6,
    coded: 2.5e6,
    auto: 5e6,
  });
});

test('the text says what was measured, and what should not have occurred', () => {
  const text = describeDispatch(reportOf());
  expect(text).toMatch(/relay +850 \(800-900\) +8\.5 +85 % +1\.90 +20 /);
  expect(text).toContain('relay: MB/s sent by each node: 9 6 3');
  expect(text).not.toMatch(/round \d:|FAILED/);
  const followers = [{ node: 2, ...noTrouble, restarts: 2, rejectedAppends: 1 }];
  const rounds = [...shape.rounds.slice(0, 3), round('relay', 9000, [9e7, 0, 0], { followers, terms: 1 })];
  expect(describeDispatch(reportOf({ rounds }))).toContain(
    'relay, round 2: the leader changed, replication began anew 2 times, 1 appends rejected',
  );
});

test('with zones, what crossed from one into another is told by the entry', () => {
  const crossedBytes = 8.8e7;
  const rounds = shape.rounds.map(({ windows, ...round }) => {
    const isRelay = round.strategy === 'relay';
    return { ...round, windows: windows.map((window) => (isRelay ? { ...window, crossedBytes } : window)) };
  });
  const report = reportOf({ rounds }, { zones: ['a', 'b'] });
  const [direct, relay] = report.shapes[0]!.strategies;
  expect(direct!.crossings).toMatchObject({ median: 0 });
  // Three nodes, 8,000 and 9,000 entries of 10,000 bytes.
  expect(relay!.crossings).toMatchObject({ max: 3.3 });
  expect(describeDispatch(report)).toMatch(/nodes in zones a, b;.*relay: each entry crossed from zone to zone 3\.1/s);
  expect(reportOf().shapes[0]!.strategies[0]!.crossings).toBeNull();
});

test('slow nodes are compared with none, round by round', () => {
  const slowed = shape.rounds.map((round) => {
    const windows = round.windows.map((window) => {
      const load = window.load && { ...window.load, completed: window.load.completed / 2 };
      return { ...window, load };
    });
    return { ...round, slowed: true, windows };
  });
  const slow = [{ node: 3, factor: 10 }];
  const report = reportOf({ rounds: [...shape.rounds, ...slowed] }, { slow, slowInTurn: true });
  const [direct] = report.shapes[0]!.strategies;
  expect(direct).toMatchObject({
    entriesPerSecond: { median: 225 },
    slowness: { entriesPerSecond: { median: 450 }, ratios: { entriesPerSecond: 0.5, p99: 1 } },
  });
  expect(describeDispatch(report)).toContain('direct: with the slow nodes 0.50 of the entries without them');
  expect(reportOf().shapes[0]!.strategies[0]!.slowness).toBeNull();
});

test('of a relay that is killed, the report tells how long it was relied on, and how long anybody waited', () => {
  const killOf = (longestMs: number, completedByTenth: readonly number[]) => {
    const latenciesUs: [number, number][] = [[1000 * longestMs, 1]];
    const load = loadOf(900, { latenciesUs, longestStallMs: 120, completedByTenth });
    const before = loadOf(1000, {
      latenciesUs: [
        [40_000, 999],
        [90_000, 1],
      ],
      longestStallMs: 30,
    });
    return {
      strategy: 'relay',
      killed: 3,
      before: { ...idle, load: before },
      after: { ...idle, load, watchedRelayForMs: 60 },
    } as const;
  };
  // Fifty entries in each half second before; enough are forty.
  const kills = [killOf(250, [0, 0, 5, 10, 10, 8, 8, 8, 8, 8, 9, 9]), killOf(500, [1, 1, 1, 1, 1])];
  const [quick, slow] = reportOf({ kills }).shapes[0]!.strategies[1]!.kills;
  expect(quick).toMatchObject({
    killed: 3,
    relayedForMs: 60,
    longestStallMs: 120,
    recoveredMs: 500,
    isWithinRetry: true,
  });
  // Two heartbeats, and what an entry takes.
  expect(quick!.retryMs).toBeCloseTo(240, 0);
  expect(slow).toMatchObject({ recoveredMs: null, isWithinRetry: false });
  const text = describeDispatch(reportOf({ kills }));
  expect(text).toContain('relay: node 3 killed: others were fed through it for 60 ms');
  expect(text).toMatch(/a retry and a round trip take 240: LONGER\)/);
});

test('replicas that counted otherwise are not good', () => {
  const report = reportOf({ states: [[state, state, { ...state, bytes: 39_999 }]] });
  expect(report.good).toBe(false);
  expect(describeDispatch(report)).toContain('DIFFERENT');
  expect(reportOf().good).toBe(true);
});

test('the plot has a line for each strategy, and one for each limit', () => {
  const svg = dispatchPlot(reportOf(), 10_000);
  for (const name of ['direct', 'relay', 'links allow, direct', 'links allow, relayed'])
    expect(svg).toContain(`>${name}<`);
  expect(svg.match(/<polyline/g)).toHaveLength(6);
  expect(dispatchPlot(reportOf({}, { egressMbit: null }), 10_000)).not.toContain('links allow');
});

test('where clients are told early, it says so, and how much was applied meanwhile', () => {
  const strategies = ['relay-ordered', 'relay-weak'] as const;
  const rounds = [round('relay-ordered', 4000, [0, 0, 0]), round('relay-weak', 6000, [0, 0, 0], { applied: 5000 })];
  const other = { ...state, entries: 7 };
  const states = [
    [state, state],
    [other, other],
  ];
  const report = reportOf({ rounds, states }, { strategies });
  expect(report.good).toBe(true);
  expect(report.shapes[0]!.strategies).toMatchObject([
    { acknowledge: 'committed', hasWindow: false },
    { acknowledge: 'weak', hasWindow: true, entriesPerSecond: { median: 600 }, appliedPerSecond: { median: 500 } },
  ]);
  const text = describeDispatch(report);
  expect(text).toContain('relay-ordered: clients waited for committed, and followers had no window; applied/s: 400');
  expect(text).toContain('relay-weak: clients waited for weak; applied/s: 500');
  expect(
    reportOf(
      {
        rounds,
        states: [
          [state, state],
          [state, other],
        ],
      },
      { strategies },
    ).good,
  ).toBe(false);
});
