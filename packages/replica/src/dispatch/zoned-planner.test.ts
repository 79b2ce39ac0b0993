import { type NodeId, type PlannedRelay, planFault, type RoutePlan, SeededRandom } from '@balsa/raft';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { defaultRelayOptions, type RelayOptions } from './dispatch-options.ts';
import { RelayTurns } from './relay-turns.ts';
import { type Candidate, drawPlan } from './route-planner.ts';
import { ZonedPlanner } from './zoned-planner.ts';

type Places = ReadonlyMap<NodeId, string>;

const leader = 1;

const idle = (node: number, fields: Partial<Candidate> = {}): Candidate => {
  return { node, latencyMs: undefined, measuredAgoMs: undefined, outgoingBytesPerSecond: undefined, ...fields };
};

/** Leader 1 in the first place, its followers in the others. */
function placesOf(zones: readonly string[]): Places {
  return new Map(zones.map((zone, i) => [i + 1, zone]));
}

class Planned {
  readonly #planner = new ZonedPlanner();
  readonly #random: SeededRandom;
  readonly #places: Places;
  readonly #options: RelayOptions;
  readonly #candidates: readonly Candidate[];

  constructor(
    places: Places,
    options: Partial<RelayOptions>,
    seed: number,
    measured: Readonly<Record<number, Partial<Candidate>>> = {},
  ) {
    this.#random = new SeededRandom(seed);
    this.#places = places;
    this.#options = { ...defaultRelayOptions, ...options };
    this.#candidates = [...places.keys()].filter((node) => node !== leader).map((node) => idle(node, measured[node]));
  }

  draw(): RoutePlan {
    const zoneOf = (node: NodeId): string => this.#places.get(node)!;
    const random = (): number => this.#random.nextUint32() / 2 ** 32;
    return this.#planner.draw(this.#candidates, zoneOf(leader), zoneOf, undefined, this.#options, random);
  }
}

interface Hop {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly level: number;
}

function hopsOf(plan: readonly PlannedRelay[], from: NodeId = leader, level = 1): Hop[] {
  return plan.flatMap(({ node, receivers }) => [{ from, to: node, level }, ...hopsOf(receivers, node, level + 1)]);
}

/** How often each zone is entered from another. */
function entriesOf(plan: RoutePlan, places: Places): Map<string, number> {
  const entries = new Map<string, number>();
  for (const { from, to } of hopsOf(plan)) {
    const zone = places.get(to)!;
    if (places.get(from) !== zone) entries.set(zone, (entries.get(zone) ?? 0) + 1);
  }
  return entries;
}

/** `2(3 4)`: node 2, which feeds 3 and 4. */
function textOf(plan: RoutePlan): string {
  return plan.map(({ node, receivers }) => `${node}${receivers.length > 0 ? `(${textOf(receivers)})` : ''}`).join(' ');
}

const anyZones = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 15 });
const anySize = fc.integer({ min: 1, max: 16 });

test('however nodes stand, every follower is fed once, and every other zone is entered once', () => {
  fc.assert(
    fc.property(anyZones, anySize, anySize, fc.integer(), (zones, firstLevelSize, depth, seed) => {
      const places = placesOf(zones);
      const planned = new Planned(places, { firstLevelSize, depth }, seed);
      const others = new Set(zones.filter((zone) => zone !== zones[0]));
      for (let draws = 0; draws < 4; draws++) {
        const plan = planned.draw();
        const hops = hopsOf(plan);
        expect(planFault(plan)).toBeUndefined();
        // In one zone, depth 1 is the plan of no relays: who stands in none is fed by the leader.
        if (depth === 1 && others.size === 0) {
          expect(plan).toEqual([]);
          continue;
        }
        expect(hops.map(({ to }) => to).toSorted((x, y) => x - y)).toEqual([...places.keys()].slice(1));
        expect(entriesOf(plan, places)).toEqual(new Map([...others].map((zone) => [zone, 1])));
        expect(Math.max(0, ...hops.map(({ level }) => level))).toBeLessThanOrEqual(Math.max(depth, 2));
        if (depth >= 3) expect(plan.length).toBeLessThanOrEqual(firstLevelSize);
      }
    }),
    { numRuns: 400 },
  );
});

test('the same seed makes the same plans', () => {
  fc.assert(
    fc.property(anyZones, anySize, anySize, fc.integer(), (zones, firstLevelSize, depth, seed) => {
      const draws = (): RoutePlan[] => {
        const planned = new Planned(placesOf(zones), { firstLevelSize, depth }, seed);
        return Array.from({ length: 5 }, () => planned.draw());
      };
      expect(draws()).toEqual(draws());
    }),
  );
});

test('where all stand in one zone, plans are those of no zones', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 15 }),
      anySize,
      anySize,
      fc.integer(),
      (nodes, firstLevelSize, depth, seed) => {
        const zoned = new Planned(placesOf(Array.from({ length: nodes }, () => 'a')), { firstLevelSize, depth }, seed);
        const candidates = Array.from({ length: nodes - 1 }, (_, i) => idle(i + 2));
        const random = new SeededRandom(seed);
        const turns = new RelayTurns();
        const options = { ...defaultRelayOptions, firstLevelSize, depth };
        for (let draws = 0; draws < 4; draws++) {
          const plain = drawPlan(candidates, undefined, options, turns, () => random.nextUint32() / 2 ** 32);
          expect(zoned.draw()).toEqual(plain);
        }
      },
    ),
  );
});

describe('what wins', () => {
  const shapeOf = (zones: string, options: Partial<RelayOptions>): string =>
    textOf(new Planned(placesOf([...zones]), options, 1).draw()).replaceAll(/\d+/g, (node) => zones[Number(node) - 1]!);

  it.each([
    // Two hops: the leader feeds one of each zone.
    ['aaabbbcc', {}, 'a(a) c(c) b(b b)'],
    // Three: its own zone carries it to the others, and it feeds one follower as without zones.
    ['aaabbbcc', { depth: 3 }, 'a(a c(c) b(b b))'],
    // Where a zone has one node, two hops are enough for that.
    ['abcd', {}, 'c(b d)'],
    ['aabbc', {}, 'a(c) b(b)'],
    // A chain goes through each zone.
    ['abbcc', { depth: 14 }, 'c(c(b(b)))'],
    ['aaabb', { depth: 14 }, 'a(a(b(b)))'],
    // A first level that has room is filled.
    ['aabbcc', { firstLevelSize: 3, depth: 3 }, 'a b(b) c(c)'],
    // To enter a zone once takes two hops, whatever else is asked for.
    ['aaabb', { depth: 1 }, 'a a b(b)'],
    // Inside, too, a zone has a first level, if there are hops enough.
    ['abbbb', { depth: 3 }, 'b(b(b b))'],
  ])('%s %j', (zones, options, expected) => {
    expect(shapeOf(zones, options)).toBe(expected);
  });
});

describe('over many plans', () => {
  /** How often each node is the one by which its zone is entered. */
  function entryShares(zones: string, measured: Readonly<Record<number, Partial<Candidate>>> = {}): number[] {
    const places = placesOf([...zones]);
    const planned = new Planned(places, {}, 7, measured);
    const draws = 6000;
    const counts = new Map<NodeId, number>();
    for (let i = 0; i < draws; i++) {
      for (const { from, to } of hopsOf(planned.draw())) {
        if (places.get(from) !== places.get(to)) counts.set(to, (counts.get(to) ?? 0) + 1);
      }
    }
    return [...places.keys()].map((node) => (counts.get(node) ?? 0) / draws);
  }

  it('everybody in a zone has as many turns, if all are alike', () => {
    const shares = entryShares('aabbbcc');
    for (const [node, share] of [
      [3, 1 / 3],
      [4, 1 / 3],
      [5, 1 / 3],
      [6, 1 / 2],
      [7, 1 / 2],
    ] as const) {
      expect(shares[node - 1]).toBeCloseTo(share, 2);
    }
  });

  it('a node is compared with those of its zone, however far that is', () => {
    const far = { latencyMs: 100 };
    const shares = entryShares('aabbb', { 2: { latencyMs: 1 }, 3: far, 4: far, 5: { latencyMs: 800 } });
    // Twice beyond what is alike: a quarter of the weight.
    expect(shares[4]! / shares[2]!).toBeCloseTo(1 / 4, 1);
    expect(shares[2]! / shares[3]!).toBeCloseTo(1, 1);
  });

  it('one that is slow beyond measure is measured again now and then', () => {
    const slow = (measuredAgoMs: number): number =>
      entryShares('abb', { 2: { latencyMs: 1 }, 3: { latencyMs: 1e9, measuredAgoMs } })[2]!;
    expect(slow(9_999)).toBe(0);
    expect(slow(10_000)).toBeGreaterThan(0.01);
    expect(slow(10_000)).toBeLessThan(0.04);
  });

  it('by which zone the others are entered goes by turns, and by weight', () => {
    const zones = 'abbcc';
    const places = placesOf([...zones]);
    const firstShare = (measured: Readonly<Record<number, Partial<Candidate>>>): number => {
      const planned = new Planned(places, { depth: 4 }, 7, measured);
      const draws = Array.from({ length: 2000 }, () => places.get(planned.draw()[0]!.node));
      return draws.filter((zone) => zone === 'b').length / draws.length;
    };
    expect(firstShare({})).toBeCloseTo(1 / 2, 2);
    const slow = { latencyMs: 8 };
    expect(firstShare({ 2: slow, 3: slow, 4: { latencyMs: 1 }, 5: { latencyMs: 1 } })).toBeCloseTo(1 / 5, 2);
  });
});
