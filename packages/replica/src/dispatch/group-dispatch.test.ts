import { MessageType, type RaftStatus, type RoutePlan, SeededRandom } from '@balsa/raft';
import { expect, test } from 'vitest';
import type { DispatchOptions } from './dispatch-options.ts';
import { GroupDispatch } from './group-dispatch.ts';
import { LoopLag } from './loop-lag.ts';
import { NodeLoads } from './node-loads.ts';
import { Zones } from './zones.ts';

/** Of a leader, 1, with followers 2 to 5; all of them can relay, unless it says otherwise. */
class Rig {
  nowMs = 0;
  plan: RoutePlan = [];
  fragments: { readonly bytesMin: number; readonly nodes: ReadonlySet<number> } | undefined;
  plans = 0;
  areCarried: boolean | undefined;
  able = new Set([2, 3, 4, 5]);
  readonly loads = new NodeLoads();
  readonly zones = new Zones(new Map());
  readonly dispatch: GroupDispatch;
  #index = 0;
  #round = 0;

  constructor(options: DispatchOptions, leads = true) {
    this.dispatch = new GroupDispatch(options, {
      nodeId: 1,
      raft: {
        useRoutes: (plan) => {
          this.plan = plan;
          this.plans++;
        },
        useFragments: (fragments) => {
          this.fragments = fragments;
        },
        bypass: () => {},
        status: () => this.#status(),
      },
      random: new SeededRandom(1),
      nowMs: () => this.nowMs,
      loads: this.loads,
      lag: new LoopLag(),
      zones: this.zones,
      areCarried: (areCarried) => {
        this.areCarried = areCarried;
      },
      canRelay: (node) => this.able.has(node),
    });
    this.dispatch.membersAre([1, 2, 3, 4, 5]);
    this.dispatch.roleIs(leads);
  }

  /** All that the dispatch looks at. */
  #status(): RaftStatus {
    const followers = [2, 3, 4, 5].map((id) => ({ id, matchIndex: this.#index }));
    return { followers } as unknown as RaftStatus;
  }

  /** Time passes: every 10 ms a batch, which is committed after so long, and heartbeats that take so long. */
  run(ms: number, bytes: number, takesMs: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      const index = ++this.#index;
      this.dispatch.batchProposed(index, bytes);
      const round = ++this.#round;
      for (const node of [2, 3, 4, 5]) this.dispatch.heartbeatSent(node, round);
      this.nowMs += takesMs;
      for (const node of [2, 3, 4, 5]) this.dispatch.heartbeatAnswered(node, round);
      this.dispatch.committed(index);
      this.dispatch.tick(this.nowMs);
    }
  }
}

test('whoever does not lead makes no plans', () => {
  const rig = new Rig({ strategy: 'relay' }, false);
  rig.dispatch.reachChanged();
  rig.dispatch.batchProposed(1, 100);
  expect(rig.plans).toBe(0);
  rig.dispatch.roleIs(true);
  expect(rig.plan).toHaveLength(1);
});

test('relays are drawn anew after so many batches, and not too soon', () => {
  const rig = new Rig({ strategy: 'relay', replanBatches: 3, replanMs: 50 });
  const { plans } = rig;
  for (let i = 1; i <= 6; i++) rig.dispatch.batchProposed(i, 100);
  expect(rig.plans).toBe(plans);
  rig.nowMs = 60;
  rig.dispatch.batchProposed(7, 100);
  expect(rig.plans).toBe(plans + 1);
});

test('only nodes that can relay are planned with, or get fragments', () => {
  const rig = new Rig({ strategy: 'relay', firstLevelSize: 9 });
  rig.able = new Set([3, 5]);
  rig.dispatch.reachChanged();
  expect(rig.plan.map(({ node }) => node).toSorted()).toEqual([3, 5]);
  rig.dispatch.use({ strategy: 'coded', fragmentBytesMin: 7 });
  expect(rig.plan).toEqual([]);
  expect(rig.fragments).toEqual({ bytesMin: 7, nodes: new Set([3, 5]) });
  expect(rig.areCarried).toBe(true);
  rig.dispatch.use({ strategy: 'direct' });
  expect(rig.fragments).toBeUndefined();
  expect(rig.areCarried).toBe(false);
});

test('auto is direct as long as answers are quick, tries others when they are not, and says why', () => {
  const rig = new Rig({ strategy: 'auto' });
  expect(rig.dispatch.report()).toEqual({ strategy: 'auto', mode: 'direct', reason: 'the network is not full' });
  rig.run(10_000, 1000, 1);
  expect(rig.dispatch.report().mode).toBe('direct');
  // The link fills up. Through relays, answers are quick again.
  for (let i = 0; i < 50 && rig.plan.length === 0; i++) rig.run(100, 1000, 100);
  expect(rig.plan).toHaveLength(1);
  rig.run(3000, 1000, 5);
  expect(rig.dispatch.report()).toMatchObject({ strategy: 'auto', mode: 'relay' });
  expect(rig.dispatch.report().reason).toMatch(/MB\/s, committed after 5\.0 ms with relay, .* with direct/);
});

test('auto sends fragments only of what is large enough', () => {
  const modes = (bytes: number): Set<string> => {
    const rig = new Rig({ strategy: 'auto', fragmentBytesMin: 5000 });
    rig.run(1000, bytes, 1);
    const seen = new Set<string>();
    for (let i = 0; i < 300; i++) {
      rig.run(100, bytes, 100);
      seen.add(rig.dispatch.report().mode);
    }
    return seen;
  };
  expect(modes(1000)).toEqual(new Set(['direct', 'relay']));
  expect(modes(10_000)).toEqual(new Set(['direct', 'relay', 'coded']));
});

test('a new leadership begins with nothing that an earlier one has learnt', () => {
  const rig = new Rig({ strategy: 'auto' });
  rig.run(1000, 1000, 1);
  for (let i = 0; i < 50 && rig.plan.length === 0; i++) rig.run(100, 1000, 100);
  rig.dispatch.roleIs(false);
  rig.dispatch.roleIs(true);
  expect(rig.dispatch.report()).toMatchObject({ mode: 'direct', reason: 'the network is not full' });
  expect(rig.plan).toEqual([]);
});

test('what the leader sends through a relay is timed until its receivers have it', () => {
  const rig = new Rig({ strategy: 'relay', replanBatches: 1000 });
  const relay = rig.plan[0]!.node;
  const receivers = rig.plan[0]!.receivers.map(({ node }) => node);
  const routes = receivers.map((node) => ({ node, session: 1, prevIndex: 0, lastIndex: 1, routes: [] }));
  const message = {
    type: MessageType.append,
    from: 1,
    to: relay,
    term: 1,
    leader: 1,
    session: 1,
    prevIndex: 0,
  } as const;
  rig.dispatch.appendSent({ ...message, prevTerm: 0, commitIndex: 0, batches: [], mayOvertake: true, routes });
  rig.nowMs = 500;
  for (const node of receivers) rig.dispatch.acknowledged(node, 1);
  const [quick, receiver] = receivers;
  const next = [{ node: receiver!, session: 1, prevIndex: 1, lastIndex: 2, routes: [] }];
  const nextMessage = { ...message, to: quick!, prevIndex: 1, prevTerm: 1, commitIndex: 0, batches: [] };
  rig.dispatch.appendSent({ ...nextMessage, mayOvertake: true, routes: next });
  rig.nowMs = 505;
  rig.dispatch.acknowledged(receiver!, 2);
  const { relays } = rig.dispatch.routing();
  expect(relays.find(({ node }) => node === relay)).toMatchObject({ relayMs: 500, weight: 0 });
  expect(relays.find(({ node }) => node === quick)).toMatchObject({ relayMs: 5, weight: 1 });
  // It is slow, so it is hardly ever chosen again.
  const chosen = Array.from({ length: 30 }, () => {
    rig.dispatch.reachChanged();
    return rig.plan[0]!.node;
  });
  expect(chosen).not.toContain(relay);
});

test('tells the plan, whom it plans with and by what, and how many batches went which way', () => {
  const rig = new Rig({ strategy: 'direct' });
  rig.dispatch.batchProposed(1, 100);
  expect(rig.dispatch.routing()).toEqual({
    plan: [],
    relays: [],
    zoneCrossings: undefined,
    ways: [],
    linkBytesPerSecond: undefined,
    batches: { direct: 1, relay: 0, coded: 0 },
  });
  rig.able = new Set([2, 3, 4]);
  rig.loads.told(3, 8_000_000, 0);
  rig.loads.told(4, 1_000_000, 0);
  rig.dispatch.use({ strategy: 'relay' });
  for (let index = 2; index <= 4; index++) rig.dispatch.batchProposed(index, 100);
  const { plan, relays, batches } = rig.dispatch.routing();
  expect(plan).toEqual(rig.plan);
  expect(relays.map(({ node, toldBytesPerSecond }) => [node, toldBytesPerSecond])).toEqual([
    [2, 0],
    [3, 8_000_000],
    [4, 1_000_000],
  ]);
  const [idle, busiest, busy] = relays.map(({ weight }) => weight);
  expect(idle).toBe(1);
  expect(busiest! * 8).toBeCloseTo(busy!);
  expect(batches).toEqual({ direct: 1, relay: 3, coded: 0 });
  rig.dispatch.roleIs(false);
  expect(rig.dispatch.routing()).toMatchObject({ plan: [], relays: [] });
});

test('with zones, each is entered once, and nodes are weighed with those next to them', () => {
  const rig = new Rig({ strategy: 'relay' });
  for (const [node, zone] of [
    [1, 'a'],
    [2, 'a'],
    [3, 'b'],
    [4, 'b'],
    [5, 'b'],
  ] as const)
    rig.zones.set(node, zone);
  // Of those that are far away, the one that sends most has its turn less often, however little it is next to the near one.
  rig.loads.told(2, 1e9, 0);
  rig.loads.told(3, 16e6, 0);
  rig.loads.told(4, 1e6, 0);
  rig.loads.told(5, 1e6, 0);
  rig.dispatch.reachChanged();
  expect(rig.plan.map(({ node, receivers }) => [node === 2 ? 'a' : 'b', receivers.length])).toEqual([
    ['a', 0],
    ['b', 2],
  ]);
  const { relays, zoneCrossings } = rig.dispatch.routing();
  expect(relays.map(({ node, zone, weight }) => [node, zone, weight])).toEqual([
    [2, 'a', 1],
    [3, 'b', 0.25],
    [4, 'b', 1],
    [5, 'b', 1],
  ]);
  // All three are still fed by the leader, as far as anybody knows.
  expect(zoneCrossings).toBe(3);
});

test('with zones, fragments are exchanged in the leader’s, and the others get whole batches by relays', () => {
  const rig = new Rig({ strategy: 'coded', fragmentBytesMin: 7 });
  expect(rig.plan).toEqual([]);
  for (const node of [4, 5]) rig.zones.set(node, 'b');
  rig.dispatch.reachChanged();
  expect(rig.fragments?.nodes).toEqual(new Set([2, 3]));
  expect(rig.plan).toHaveLength(1);
  expect([rig.plan[0]!.node, rig.plan[0]!.receivers[0]!.node].toSorted()).toEqual([4, 5]);
  // Whose turn it is changes with each batch.
  const before = rig.plan[0]!.node;
  rig.dispatch.batchProposed(1, 100);
  expect(rig.plan[0]!.node).not.toBe(before);
});

test('auto sends no fragments where too few followers stand with the leader', () => {
  const rig = new Rig({ strategy: 'auto', fragmentBytesMin: 1000 });
  for (const node of [4, 5]) rig.zones.set(node, 'b');
  rig.run(1000, 10_000, 1);
  const seen = new Set<string>();
  for (let i = 0; i < 300; i++) {
    rig.run(100, 10_000, 100);
    seen.add(rig.dispatch.report().mode);
  }
  expect(seen).toEqual(new Set(['direct', 'relay']));
});
