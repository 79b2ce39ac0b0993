import { DataType, isNull } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf } from '../testing/memory-source.ts';
import { testContext } from '../testing/query-context.ts';
import { joinByTime } from './join-by-time.ts';
import { mergeByTime } from './merge-by-time.ts';
import { type Rows, rowsPerBlock } from './rows.ts';

type Cells = readonly (readonly [time: number, value: number])[];

/** Times of an input in ascending order, and how many rows its blocks have. */
const input = fc.record({
  times: fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 12 }).map((times) => times.sort((a, b) => a - b)),
  blockRows: fc.integer({ min: 1, max: 5 }),
});
const inputs = fc.array(input, { minLength: 2, maxLength: 5 });

async function* blocksOf(cells: Cells, blockRows: number): AsyncGenerator<Rows, void, undefined> {
  for (let from = 0; from < cells.length; from += blockRows) {
    const part = cells.slice(from, from + blockRows);
    yield {
      times: Float64Array.from(part, ([time]) => time),
      columns: [
        columnOf(
          DataType.INT32,
          part.map(([, value]) => value),
        ),
      ],
    };
  }
}

async function cellsOf(blocks: AsyncGenerator<Rows, void, undefined>): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { times, columns } of blocks) {
    expect(times.length).toBeGreaterThan(0);
    expect(times.length).toBeLessThanOrEqual(rowsPerBlock(columns.length));
    for (let row = 0; row < times.length; row++) {
      rows.push([times[row], ...columns.map((column) => (isNull(column, row) ? null : column.values[row]))]);
    }
  }
  return rows;
}

describe.each([false, true])('several inputs, descending: %s', (isDescending) => {
  const inOrder = (times: readonly number[]): readonly number[] => (isDescending ? times.toReversed() : times);

  it('are joined: a row for each time', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, async (some) => {
        const context = testContext();
        const joined = joinByTime(
          context,
          some.map(({ times, blockRows }) => ({
            rows: blocksOf(
              inOrder(times).map((time) => [time, time * 2]),
              blockRows,
            ),
            dataTypes: [DataType.INT32],
          })),
          isDescending,
        );
        const all = [...new Set(some.flatMap(({ times }) => times))].sort((a, b) => (isDescending ? b - a : a - b));
        expect(await cellsOf(joined)).toEqual(
          all.map((time) => [time, ...some.map(({ times }) => (times.includes(time) ? time * 2 : null))]),
        );
        expect(context.budget.bytesHeld).toBe(0);
      }),
    );
  });

  it('are merged: at equal times those of the earlier input come first', async () => {
    await fc.assert(
      fc.asyncProperty(inputs, async (some) => {
        const context = testContext();
        const merged = mergeByTime(
          context,
          some.map(({ times, blockRows }, index) =>
            blocksOf(
              inOrder(times).map((time) => [time, index]),
              blockRows,
            ),
          ),
          isDescending,
        );
        const all = some.flatMap(({ times }, index) => times.map((time) => [time, index] as const));
        all.sort(([a, left], [b, right]) => (isDescending ? b - a : a - b) || left - right);
        expect(await cellsOf(merged)).toEqual(all);
        expect(context.budget.bytesHeld).toBe(0);
      }),
    );
  });

  it('make no blocks that are too large, however they lie', async () => {
    const many = Array.from({ length: 6000 }, (_, at) => at);
    const joined = joinByTime(
      testContext(),
      [0, 1, 2].map((shift) => ({
        rows: blocksOf(
          inOrder(many).map((time) => [time * 3 + shift, time]),
          4096,
        ),
        dataTypes: [DataType.INT32],
      })),
      isDescending,
    );
    expect(await cellsOf(joined)).toHaveLength(18_000);
  });
});
