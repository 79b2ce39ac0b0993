import { expect, test } from 'vitest';
import { planRound } from './plan.ts';
import { Random } from './random.ts';

test('a seed always draws the same rounds, and another seed draws others', () => {
  const draw = (seed: number) => Array.from({ length: 50 }, (_, round) => planRound(new Random(seed).fork(round)));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('two hundred rounds hold every kind of fault, and mostly kills', () => {
  const rounds = Array.from({ length: 200 }, (_, round) => planRound(new Random(42).fork(round)));
  const found = new Set(rounds.map((round) => round.kind));
  expect(found).toEqual(
    new Set([
      'kill leader',
      'kill follower',
      'kill two in a row',
      'kill two at once',
      'strand leader',
      'pause leader',
      'pause follower',
    ]),
  );
  const kills = rounds.filter((round) => round.faults.some((fault) => fault.action === 'kill')).length;
  expect(kills).toBeGreaterThan(120);
});

test('what follows the last fault waits until the cluster is healthy', () => {
  for (let round = 0; round < 200; round++) {
    expect(planRound(new Random(7).fork(round)).faults.at(-1)?.awaitHealth).toBe(true);
  }
});
