import { expect, test } from 'vitest';
import { checkCounts } from './check-counts.ts';

const sent = { acknowledged: 100, unknown: 10, rejected: 5 };

test('rows that were each applied once', () => {
  expect(checkCounts({ rowsApplied: 104, points: 104 }, sent, [])).toEqual({
    rows: 104,
    duplicated: 0,
    isOutOfBounds: false,
  });
});

test('a row that was applied twice', () => {
  expect(checkCounts({ rowsApplied: 105, points: 104 }, sent, []).duplicated).toBe(1);
});

test('fewer rows than were acknowledged, and more than were sent', () => {
  expect(checkCounts({ rowsApplied: 99, points: 99 }, sent, []).isOutOfBounds).toBe(true);
  expect(checkCounts({ rowsApplied: 111, points: 111 }, sent, []).isOutOfBounds).toBe(true);
});

// 60 writes to one device, 40 to another with ballast; each applied two rows, of which one hides the one before.
const overwritten = [
  { writes: 60, cells: 1 },
  { writes: 40, cells: 2 },
  { writes: 0, cells: 1 },
];

test('overwritten rows are applied as often as there are rows beside them', () => {
  expect(checkCounts({ rowsApplied: 200, points: 103 }, sent, overwritten)).toEqual({
    rows: 100,
    duplicated: 0,
    isOutOfBounds: false,
  });
});

test('a write of an overwritten row that was applied twice', () => {
  expect(checkCounts({ rowsApplied: 202, points: 103 }, sent, overwritten).duplicated).toBe(2);
});
