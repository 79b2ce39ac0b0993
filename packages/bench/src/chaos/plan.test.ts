import { describe, expect, test } from 'vitest';
import { type Ability, Planner, type RoundPlan, roundKinds } from './plan.ts';
import { Random } from './random.ts';

const everything = new Set<Ability>(['cut', 'cap', 'delay', 'fill disk']);

function draw(planner: Planner, seed: number, rounds: number): RoundPlan[] {
  return Array.from({ length: rounds }, (_, round) => planner.plan(new Random(seed).fork(round)));
}

describe('on a machine that can do everything', () => {
  const planner = new Planner(roundKinds, everything);

  test('a seed always draws the same rounds, and another seed draws others', () => {
    expect(draw(planner, 1, 50)).toEqual(draw(planner, 1, 50));
    expect(draw(planner, 1, 50)).not.toEqual(draw(planner, 2, 50));
  });

  test('four hundred rounds hold every kind of fault, and a third of them or more are kills', () => {
    const rounds = draw(planner, 42, 400);
    expect(new Set(rounds.map((round) => round.kind))).toEqual(new Set(roundKinds));
    const kills = rounds.filter((round) => round.faults.some((fault) => fault.action === 'kill')).length;
    expect(kills).toBeGreaterThan(400 / 3);
    expect(planner.leftOut).toEqual([]);
  });

  test('what follows the last fault waits until the cluster is healthy', () => {
    for (const { faults } of draw(planner, 7, 400)) expect(faults.at(-1)?.awaitHealth).toBe(true);
  });
});

test('what the machine cannot do is left out, and said', () => {
  const planner = new Planner(roundKinds, new Set<Ability>(['cut', 'cap']));
  expect(planner.leftOut).toEqual([
    { kind: 'slow link', ability: 'delay' },
    { kind: 'fill disk', ability: 'fill disk' },
  ]);
  const drawn = new Set(draw(planner, 3, 400).map((round) => round.kind));
  expect(drawn).toEqual(new Set(roundKinds.filter((kind) => kind !== 'slow link' && kind !== 'fill disk')));
});

test('only what was asked for is drawn', () => {
  const planner = new Planner(['cut one way', 'fill disk'], everything);
  expect(new Set(draw(planner, 3, 100).map((round) => round.kind))).toEqual(new Set(['cut one way', 'fill disk']));
});

test('if nothing of what was asked for is possible, that is an error', () => {
  expect(() => new Planner(['slow link', 'fill disk'], new Set())).toThrow(/slow link, fill disk/);
});
