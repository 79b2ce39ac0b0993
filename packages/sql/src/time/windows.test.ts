import { describe, expect, it } from 'vitest';
import { parseStatement } from '../parse.ts';
import { overlapOf, type Windows, windowsOf } from './windows.ts';
import { parseZone, utc, type Zone } from './zone.ts';

function windowsIn(window: string, zone: Zone = utc, extent?: readonly [number, number]): Windows {
  const statement = parseStatement(`select count(s) from root.x group by ${window}`);
  if (statement.kind !== 'select') throw new Error('this is no query');
  return windowsOf(statement.groupBy!.window!, { nowMs: 0, zone }, extent);
}

const listed = (windows: Windows): number[][] =>
  Array.from({ length: windows.count }, (_, at) => [windows.startOf(at), windows.endOf(at), windows.timeOf(at)]);

describe('windows', () => {
  it.each([
    [
      '([0, 10), 4ms)',
      [
        [0, 4, 0],
        [4, 8, 4],
        [8, 10, 8],
      ],
    ],
    [
      '((0, 10], 4ms)',
      [
        [1, 5, 4],
        [5, 9, 8],
        [9, 11, 10],
      ],
    ],
    [
      '([0, 10), 4ms, 3ms)',
      [
        [0, 4, 0],
        [3, 7, 3],
        [6, 10, 6],
        [9, 10, 9],
      ],
    ],
    [
      '([0, 10), 2ms, 6ms)',
      [
        [0, 2, 0],
        [6, 8, 6],
      ],
    ],
    [
      '([-1, 1), 1us1ms)',
      [
        [-1, 0, -1],
        [0, 1, 0],
      ],
    ],
  ])('of %s', (window, expected) => {
    expect(listed(windowsIn(window))).toEqual(expected);
  });

  it('of the calendar meet each other, in the zone', () => {
    const zone = parseZone('Europe/Berlin');
    const windows = windowsIn('([2024-01-31T00:00:00, 2024-05-01T00:00:00), 1mo)', zone);
    const edges = [
      Date.UTC(2024, 0, 30, 23),
      Date.UTC(2024, 1, 28, 23),
      Date.UTC(2024, 2, 30, 23),
      Date.UTC(2024, 3, 29, 22),
      Date.UTC(2024, 3, 30, 22),
    ];
    expect(listed(windows).map(([start, end]) => [start, end])).toEqual(
      edges.slice(1).map((end, at) => [edges[at], end]),
    );
  });

  it('of many years are counted without being listed', () => {
    const windows = windowsIn('([0001-01-01, 9999-12-31T23:59:59), 1mo)');
    expect(windows.count).toBe(9999 * 12);
    expect(windows.startOf(12)).toBe(new Date('0002-01-01T00:00:00Z').getTime());
  });

  it('without a range are where data are, at multiples of their step', () => {
    expect(listed(windowsIn('(4ms)', utc, [5, 9]))).toEqual([
      [4, 8, 4],
      [8, 10, 8],
    ]);
    expect(windowsIn('(4ms)').count).toBe(0);
    const zone = parseZone('+08:00');
    expect(windowsIn('(1d)', zone, [Date.UTC(2024, 0, 1, 20), Date.UTC(2024, 0, 1, 20)]).startOf(0)).toBe(
      Date.UTC(2024, 0, 1, 16),
    );
    expect(windowsIn('(1y)', zone, [Date.UTC(2023, 11, 31, 20), Date.UTC(2024, 0, 1, 20)]).startOf(0)).toBe(
      Date.UTC(2023, 11, 31, 16),
    );
  });

  it('know how many of them a moment can be in', () => {
    const overlap = (window: string): number => {
      const statement = parseStatement(`select count(s) from root.x group by ${window}`);
      return statement.kind === 'select' ? overlapOf(statement.groupBy!.window!) : 0;
    };
    expect(overlap('([0, 10), 4ms)')).toBe(1);
    expect(overlap('([0, 10), 4ms, 1ms)')).toBeGreaterThanOrEqual(4);
    expect(overlap('([0, 10), 1mo, 1d)')).toBeGreaterThanOrEqual(31);
  });
});
