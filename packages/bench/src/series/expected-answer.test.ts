import { expect, test } from 'vitest';
import { type DataShape, startMs } from './data-shape.ts';
import { differenceOf, expectedAnswer, seriesValues } from './expected-answer.ts';
import type { Answer, Question } from './question.ts';

const shape: DataShape = {
  devices: 2,
  sensors: 2,
  rows: 10,
  batchRows: 10,
  outOfOrderPercent: 0,
  intervalMs: 1000,
  kind: 'counter',
  seed: 3,
};
const series = { device: 1, sensor: 1 };
const values = [...seriesValues(shape, series)];
const range = { fromMs: startMs + 2000, untilMs: startMs + 6000 };

test('points of a range are found, above a value, from either end', () => {
  const points: Question = { kind: 'points', series, range, above: null, newestFirst: false, limit: null };
  const found = [2, 3, 4, 5].map((row) => ({ series: 'd1.s1', timeMs: startMs + row * 1000, value: values[row]! }));
  expect(expectedAnswer(points, shape)).toEqual(found);
  const above = values[3]!;
  expect(expectedAnswer({ ...points, above, newestFirst: true }, shape)).toEqual(
    found.filter(({ value }) => value > above).reverse(),
  );
  expect(expectedAnswer({ ...points, newestFirst: true, limit: 1 }, shape)).toEqual([found.at(-1)]);
  expect(expectedAnswer({ ...points, range: { fromMs: startMs + 2001, untilMs: startMs + 3001 } }, shape)).toEqual([
    found[1],
  ]);
});

test('aggregates are of a range, of everything, of all series', () => {
  const one = (value: number): Answer => [{ series: 'd1.s1', timeMs: null, value }];
  const mean = (values[2]! + values[3]! + values[4]! + values[5]!) / 4;
  expect(expectedAnswer({ kind: 'aggregate', of: 'avg', series, range }, shape)).toEqual(one(mean));
  expect(expectedAnswer({ kind: 'aggregate', of: 'max', series, range }, shape)).toEqual(one(values[5]!));
  const above = values[4]!;
  const greater = values.filter((value) => value > above).length;
  expect(expectedAnswer({ kind: 'countAbove', series, range: null, above }, shape)).toEqual(one(greater));
  expect(expectedAnswer({ kind: 'countAbove', series, range: null, above: values[9]! }, shape)).toEqual([]);
  expect(expectedAnswer({ kind: 'aggregate', of: 'count', series: null, range: null }, shape)).toEqual(
    ['d0.s0', 'd0.s1', 'd1.s0', 'd1.s1'].map((name) => ({ series: name, timeMs: null, value: 10 })),
  );
});

test('windows begin where the range does, and empty ones are left out', () => {
  const hour = { fromMs: startMs, untilMs: startMs + 16_000 };
  const answer = expectedAnswer({ kind: 'windows', series, range: hour, windowMs: 4000 }, shape);
  expect(answer.map(({ timeMs }) => timeMs)).toEqual([startMs, startMs + 4000, startMs + 8000]);
  expect(answer[2]!.value).toBe((values[8]! + values[9]!) / 2);
});

test('the newest point is the last row', () => {
  expect(expectedAnswer({ kind: 'latest', series }, shape)).toEqual([
    { series: 'd1.s1', timeMs: startMs + 9000, value: values[9]! },
  ]);
});

test('answers differ by size, series, time and value, but not by the last digit, nor by a time that is not told', () => {
  const answer: Answer = [{ series: 'd1.s1', timeMs: 5, value: 2 }];
  const [cell] = answer;
  expect(differenceOf(answer, answer)).toBeUndefined();
  expect(differenceOf([{ ...cell!, timeMs: null, value: 2 + 1e-12 }], answer)).toBeUndefined();
  expect(differenceOf([], answer)).toBe('0 values, not 1');
  expect(differenceOf([{ ...cell!, value: 2.001 }], answer)).toBe('d1.s1 at 5 is 2.001, not d1.s1 at 5 is 2');
  expect(differenceOf([{ ...cell!, timeMs: 6 }], answer)).toMatch(/at 6/);
  expect(differenceOf([{ ...cell!, series: 'd0.s1' }], answer)).toMatch(/d0\.s1/);
  expect(differenceOf([{ ...cell!, value: Number.NaN }], answer)).toMatch(/NaN/);
});
