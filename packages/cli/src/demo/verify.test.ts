// The judge of the tour must see every kind of loss.

import { ClientError } from '@balsa/client';
import { DataType, type RangeQuery, type RangeResult, StatusCode } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import type { Recording } from './fleet.ts';
import { countLost } from './verify.ts';

/** More than one page. */
const ROWS = 45_000;

const recording: Recording = {
  device: 'root.a',
  timestamps: Float64Array.from({ length: ROWS }, (_, row) => 1000 + row * 10),
  measurements: ['x', 'y'],
  columns: [new Float64Array(ROWS).map((_, row) => row), new Float64Array(ROWS).map((_, row) => -row)],
};

interface Damage {
  withoutRows?: readonly number[];
  changed?: { row: number; measurement: number };
  nullAt?: { row: number; measurement: number };
  extraRows?: boolean;
}

/** Serves the recording as a node would, with some damage done to it. */
function nodeWith({ withoutRows = [], changed, nullAt, extraRows = false }: Damage) {
  return {
    async queryRange({ startMs, endMs, limit }: RangeQuery): Promise<RangeResult> {
      const rows = Array.from({ length: ROWS }, (_, row) => row)
        .filter((row) => !withoutRows.includes(row))
        .flatMap((row) => (extraRows ? [row, row + 0.5] : [row]))
        .filter((row) => 1000 + row * 10 >= startMs && 1000 + row * 10 < endMs)
        .slice(0, limit);
      const columns = recording.columns.map((column, measurement) => {
        const isAt = (place: { row: number; measurement: number } | undefined, row: number) =>
          place?.row === row && place.measurement === measurement;
        const values = Float64Array.from(rows, (row) => (isAt(changed, row) ? 1e9 : (column[Math.floor(row)] ?? 0)));
        const nulls = new Uint8Array(Math.ceil(rows.length / 8));
        for (const [at, row] of rows.entries()) {
          if (isAt(nullAt, row)) nulls[at >> 3] = (nulls[at >> 3] ?? 0) | (1 << (at & 7));
        }
        return { values, nulls };
      });
      return {
        timestamps: Float64Array.from(rows, (row) => 1000 + row * 10),
        measurements: recording.measurements,
        dataTypes: [DataType.DOUBLE, DataType.DOUBLE],
        columns,
      };
    },
  };
}

const lostAt = (damage: Damage) => countLost(nodeWith(damage), 'node', [recording], new AbortController().signal);

describe('countLost', () => {
  it.each<[string, Damage, number]>([
    ['nothing', {}, 0],
    ['what others wrote in between', { extraRows: true }, 0],
    ['the first row', { withoutRows: [0] }, 2],
    ['a row at the end of a page', { withoutRows: [19_999] }, 2],
    ['a row at the start of a page', { withoutRows: [20_000] }, 2],
    ['the last rows', { withoutRows: [ROWS - 2, ROWS - 1] }, 4],
    ['another value', { changed: { row: 30_000, measurement: 1 } }, 1],
    ['a value that is null', { nullAt: { row: 44_000, measurement: 0 } }, 1],
  ])('sees %s', async (_, damage, lost) => {
    expect(await lostAt(damage)).toBe(lost);
  });

  it('counts every point of a device that the node does not know', async () => {
    const node = {
      queryRange: () =>
        Promise.reject(new ClientError('REFUSED', 'no such device', { status: StatusCode.PATH_NOT_EXIST })),
    };
    expect(await countLost(node, 'node', [recording], new AbortController().signal)).toBe(2 * ROWS);
  });

  it('does not take a failed read for a loss', async () => {
    const node = { queryRange: () => Promise.reject(new ClientError('DEADLINE_EXCEEDED', 'too slow')) };
    const counting = countLost(node, 'node', [recording], new AbortController().signal);
    await expect(counting).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});
