import { expect, test } from 'vitest';
import { Random } from '../chaos/random.ts';
import { type DataShape, endMs, startMs } from '../series/data-shape.ts';
import { expectedAnswer } from '../series/expected-answer.ts';
import type { Question } from '../series/question.ts';
import { type QueryName, queryKinds, queryNames } from './queries.ts';
import { checkQuerySettings, type QuerySettings } from './settings.ts';

const shape: DataShape = {
  devices: 3,
  sensors: 4,
  rows: 1000,
  batchRows: 100,
  outOfOrderPercent: 0,
  intervalMs: 10_000,
  kind: 'mixed',
  seed: 5,
};
const settings: QuerySettings = {
  shape,
  clients: 2,
  nodes: [1],
  protocols: ['http'],
  durability: 'sync',
  aligned: false,
  peers: [],
  queries: queryNames,
  rangeRows: 95,
  repeats: 10,
  allRepeats: 1,
  warmups: 1,
  rounds: 1,
};

function drawn(name: QueryName): Question[] {
  const random = new Random(1);
  return Array.from({ length: 50 }, () => queryKinds[name].question(random, settings));
}

function sizes(name: QueryName): number[] {
  return drawn(name).map((question) => expectedAnswer(question, shape).length);
}

test('the same seed draws the same questions, and each draw is another one', () => {
  expect(drawn('q2')).toEqual(drawn('q2'));
  expect(new Set(drawn('q2').map((question) => JSON.stringify(question))).size).toBeGreaterThan(40);
});

test('ranges lie within the data and on its rows', () => {
  for (const question of queryNames.flatMap(drawn)) {
    if (!('range' in question) || question.range === null || question.kind === 'windows') continue;
    const { fromMs, untilMs } = question.range;
    expect(fromMs).toBeGreaterThanOrEqual(startMs);
    expect(untilMs).toBeLessThanOrEqual(endMs(shape));
    expect((fromMs - startMs) % shape.intervalMs).toBe(0);
  }
});

test('answers have as many values as their titles say', () => {
  expect(new Set(sizes('q1'))).toEqual(new Set([1]));
  expect(new Set(sizes('q2'))).toEqual(new Set([95]));
  expect(new Set(sizes('q4'))).toEqual(new Set([1]));
  expect(Math.max(...sizes('q7'))).toBe(10);
  expect(new Set(sizes('q8'))).toEqual(new Set([1]));
  expect(new Set(sizes('q9'))).toEqual(new Set([10]));
  // 1000 rows, one every ten seconds, reach into a third hour.
  expect(sizes('avg-by-hour')[0]).toBe(12 * 3);
  for (const name of ['count-all', 'max-all', 'last-all'] as const) expect(sizes(name)[0]).toBe(12);
});

test('about half of the points are above the values that are asked for, and no point of noise is', () => {
  for (const question of drawn('q3')) {
    const size = expectedAnswer(question, shape).length;
    if (question.series!.sensor % 4 === 2) expect(Math.abs(size - 47)).toBeLessThanOrEqual(1);
    else expect(size).toBeLessThanOrEqual(48);
  }
});

test('settings that cannot be asked for are refused', () => {
  const illegal = expect.objectContaining({ code: 'ILLEGAL_ARGUMENT' });
  expect(() => checkQuerySettings(settings)).not.toThrow();
  expect(() => checkQuerySettings({ ...settings, rangeRows: 1001 })).toThrow(illegal);
  expect(() => checkQuerySettings({ ...settings, clients: 4 })).toThrow(illegal);
});
