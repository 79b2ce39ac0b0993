import { type PlannedRelay, planFault, SeededRandom } from '@balsa/raft';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { defaultRelayOptions } from './dispatch-options.ts';
import { RelayTurns } from './relay-turns.ts';
import { type Candidate, drawPlan, weightsOf } from './route-planner.ts';

const idle = (node: number, fields: Partial<Candidate> = {}): Candidate => {
  return { node, latencyMs: undefined, measuredAgoMs: undefined, outgoingBytesPerSecond: undefined, ...fields };
};

/** How often each node stands in the first level, of many plans. */
function firstLevelShares(candidates: readonly Candidate[], draws = 20_000): number[] {
  const random = new SeededRandom(7);
  const turns = new RelayTurns();
  const counts = new Map<number, number>();
  for (let i = 0; i < draws; i++) {
    for (const { node } of drawPlan(
      candidates,
      undefined,
      defaultRelayOptions,
      turns,
      () => random.nextUint32() / 2 ** 32,
    )) {
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }
  }
  return candidates.map(({ node }) => (counts.get(node) ?? 0) / draws);
}

function nodesOf(plan: readonly PlannedRelay[]): number[] {
  return plan.flatMap(({ node, receivers }) => [node, ...nodesOf(receivers)]);
}

function depthOf(plan: readonly PlannedRelay[]): number {
  return plan.length === 0 ? 0 : 1 + Math.max(...plan.map(({ receivers }) => depthOf(receivers)));
}

describe('who relays', () => {
  it('is drawn evenly among those of whom nothing is known, or who are alike', () => {
    for (const fields of [
      {},
      { latencyMs: 0, outgoingBytesPerSecond: 0 },
      { latencyMs: 5, outgoingBytesPerSecond: 1e9 },
    ]) {
      const shares = firstLevelShares([1, 2, 3, 4].map((node) => idle(node, fields)));
      for (const share of shares) expect(share).toBeCloseTo(0.25, 1);
    }
  });

  it('is one of whom nothing is known no more often than the best of the others, however slow those are', () => {
    const shares = firstLevelShares([idle(1, { latencyMs: 900 }), idle(2, { latencyMs: 1000 }), idle(3)]);
    for (const share of shares) expect(share).toBeCloseTo(1 / 3, 1);
  });

  it('is alike within a factor of four; beyond, a quarter as often one that takes twice as long, half as often one that sends twice as much', () => {
    const alike = { latencyMs: 4, outgoingBytesPerSecond: 4e6 };
    const [one, other] = firstLevelShares([idle(1, { latencyMs: 1, outgoingBytesPerSecond: 1e6 }), idle(2, alike)]);
    expect(other! / one!).toBeCloseTo(1, 1);
    const [quick, slow] = firstLevelShares([idle(1, { latencyMs: 1 }), idle(2, { latencyMs: 8 })]);
    expect(slow! / quick!).toBeCloseTo(1 / 4, 1);
    const loaded = [1e6, 8e6].map((outgoingBytesPerSecond, i) => idle(i + 1, { outgoingBytesPerSecond }));
    const [less, more] = firstLevelShares(loaded);
    expect(more! / less!).toBeCloseTo(1 / 2, 1);
  });

  it('is each in turn where all are alike, and nobody twice before the others', () => {
    const candidates = [1, 2, 3, 4].map((node) => idle(node));
    const turns = new RelayTurns();
    const random = new SeededRandom(7);
    for (let cycle = 0; cycle < 50; cycle++) {
      const relays = candidates.map(
        () => drawPlan(candidates, undefined, defaultRelayOptions, turns, () => random.nextUint32() / 2 ** 32)[0]!.node,
      );
      expect(relays.sort()).toEqual([1, 2, 3, 4]);
    }
  });

  it('is now and then one that is slow beyond measure, so that it is measured again', () => {
    const slow = (measuredAgoMs: number): number =>
      firstLevelShares([idle(1, { latencyMs: 1 }), idle(2, { latencyMs: 1e9, measuredAgoMs })])[1]!;
    expect(slow(9_999)).toBe(0);
    const shares = [0, slow(10_000)];
    expect(shares[1]).toBeGreaterThan(0.01);
    expect(shares[1]).toBeLessThan(0.04);
  });

  it('does not depend on figures that make no sense', () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, Number.MAX_VALUE];
    const candidates = odd.flatMap((latencyMs, i) =>
      odd.map((outgoingBytesPerSecond, k) => idle(10 * i + k + 1, { latencyMs, outgoingBytesPerSecond })),
    );
    for (const weight of weightsOf(candidates)) {
      expect(weight).toBeGreaterThanOrEqual(0);
      expect(weight).toBeLessThanOrEqual(1);
    }
    // What is not a number says nothing: such a node is tried.
    expect(weightsOf([idle(1, { latencyMs: Number.NaN, outgoingBytesPerSecond: Number.NaN }), idle(2)])).toEqual([
      1, 1,
    ]);
  });
});

it('is somebody, where the quickest is busiest and the idlest slowest', () => {
  const candidates = [
    idle(1, { latencyMs: 1, outgoingBytesPerSecond: 1e9 }),
    idle(2, { latencyMs: 1000, outgoingBytesPerSecond: 0 }),
  ];
  const [busy, slow] = weightsOf(candidates);
  expect(busy).toBe(1);
  expect(slow).toBeGreaterThan(0);
  expect(firstLevelShares(candidates, 100)).toSatisfy(([one, other]) => one > other && other > 0);
});

describe('the first level', () => {
  const relays = (size: number, own: number, ...loads: readonly number[]): number => {
    const candidates = loads.map((outgoingBytesPerSecond, i) => idle(i + 1, { outgoingBytesPerSecond }));
    return drawPlan(candidates, own, { ...defaultRelayOptions, firstLevelSize: size }, new RelayTurns(), () => 0.5)
      .length;
  };

  it('grows while a relay sends more than the leader, as far as there are followers', () => {
    expect(relays(1, 1e6, 1e6, 1e6, 1e6, 1e6)).toBe(1);
    expect(relays(1, 1e6, 3.5e6, 1e6, 1e6, 1e6)).toBe(3);
    expect(relays(2, 1e6, 1e5, 1e5, 1e5, 1e5)).toBe(2);
    expect(relays(1, 0, 1e12, 1e6)).toBe(2);
  });

  it('is no larger than there are followers', () => {
    expect(relays(9, 0, 0, 0)).toBe(2);
  });
});

test('a plan feeds everybody once, in as many levels and as wide as it was asked to be', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1, max: 16 }),
      fc.integer(),
      (followers, firstLevelSize, depth, seed) => {
        const random = new SeededRandom(seed);
        const candidates = Array.from({ length: followers }, (_, i) => idle(i + 2));
        const options = { ...defaultRelayOptions, firstLevelSize, depth };
        const plan = drawPlan(candidates, undefined, options, new RelayTurns(), () => random.nextUint32() / 2 ** 32);
        expect(planFault(plan)).toBeUndefined();
        if (depth === 1) {
          expect(plan).toEqual([]);
          return;
        }
        expect(nodesOf(plan).sort((a, b) => a - b)).toEqual(candidates.map(({ node }) => node));
        expect(plan).toHaveLength(Math.min(firstLevelSize, followers));
        expect(depthOf(plan)).toBe(Math.min(depth, Math.ceil(followers / firstLevelSize)));
        // Nobody has two receivers before everybody on its level has one.
        const widths = plan.map(({ receivers }) => receivers.length);
        expect(Math.max(0, ...widths) - Math.min(...widths, Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(1);
      },
    ),
  );
});
