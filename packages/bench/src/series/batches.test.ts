import { expect, test } from 'vitest';
import { type Batch, batchesOf } from './batches.ts';
import { type DataShape, startMs } from './data-shape.ts';
import { valueSource } from './value-source.ts';

const shape: DataShape = {
  devices: 3,
  sensors: 5,
  rows: 250,
  batchRows: 100,
  outOfOrderPercent: 0,
  intervalMs: 1000,
  kind: 'mixed',
  seed: 7,
};

function sizes(batches: readonly Batch[], device: number): number[] {
  return batches.filter((batch) => batch.device === device).map(({ timestamps }) => timestamps.length);
}

function rowsOf(batches: readonly Batch[]): Map<string, number[]> {
  const rows = batches.flatMap(({ device, timestamps, columns }) =>
    [...timestamps].map((time, row): [string, number[]] => [
      `${device} ${time}`,
      columns.map((values) => values[row]!),
    ]),
  );
  return new Map(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('devices take turns, and the last batch has what is left', () => {
  const batches = [...batchesOf(shape)];
  expect(batches.map(({ device }) => device)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  expect(sizes(batches, 1)).toEqual([100, 100, 50]);
  expect([...batches[3]!.timestamps.slice(0, 2)]).toEqual([startMs + 100_000, startMs + 101_000]);
  expect(batches[0]!.columns.length).toBe(5);
});

test('the same seed gives the same points, another one others', () => {
  expect([...batchesOf(shape)]).toEqual([...batchesOf(shape)]);
  expect([...batchesOf({ ...shape, seed: 8 })]).not.toEqual([...batchesOf(shape)]);
});

test('some rows come late, in batches of their own, and no point is another one because of it', () => {
  const batches = [...batchesOf({ ...shape, rows: 2000, outOfOrderPercent: 20 })];
  expect(rowsOf(batches)).toEqual(rowsOf([...batchesOf({ ...shape, rows: 2000 })]));
  let latestMs = 0;
  let late = 0;
  for (const { timestamps } of batches.filter(({ device }) => device === 0)) {
    expect([...timestamps]).toEqual([...timestamps].sort((a, b) => a - b));
    late += timestamps.filter((time) => time < latestMs).length;
    latestMs = Math.max(latestMs, timestamps.at(-1)!);
  }
  expect(late).toBeGreaterThan(2000 * 0.1);
  expect(late).toBeLessThan(2000 * 0.3);
});

test('values of a batch are those of the source of their series', () => {
  const third = valueSource(shape, 2, 3);
  const expected = Array.from({ length: shape.rows }, () => third.next());
  const batches = [...batchesOf(shape)].filter(({ device }) => device === 2);
  expect(batches.flatMap(({ columns }) => [...columns[3]!])).toEqual(expected);
});
