import { expect, test } from 'vitest';
import { checkRows } from './check-rows.ts';

const sent = { acknowledged: 100, unknown: 2, rejected: 5 };

function replica(points: number, rowsApplied = points, checksum = 1) {
  return { statistics: { devices: 1, series: 1, points, rowsApplied, appliedIndex: 500, checksum } };
}

test.each([100, 101, 102])('%i rows are good where 100 were acknowledged and 2 are unknown', (points) => {
  const replicas = [replica(points), replica(points), replica(points)];
  expect(checkRows(replicas, sent)).toEqual({
    stored: points,
    lost: 0,
    duplicated: 0,
    replicasEqual: true,
    good: true,
  });
});

test('an acknowledged row that one replica lacks is lost', () => {
  expect(checkRows([replica(102), replica(99), replica(102)], sent)).toMatchObject({
    stored: 99,
    lost: 1,
    good: false,
  });
});

test('rows that nobody sent, or that were applied twice, are not good', () => {
  expect(checkRows([replica(103)], sent).good).toBe(false);
  expect(checkRows([replica(100, 103)], sent)).toMatchObject({ duplicated: 3, good: false });
});

test('replicas that differ are not good', () => {
  expect(checkRows([replica(100), replica(100, 100, 2)], sent)).toMatchObject({ replicasEqual: false, good: false });
});
