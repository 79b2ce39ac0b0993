import { type ColumnLayout, DataType, Encoding } from '@balsa/tsfile';
import { describe, expect, it } from 'vitest';
import { pageLayout } from './page-layout.ts';

const hourMs = 3_600_000;
const bits: ColumnLayout = { dataType: DataType.DOUBLE, encoding: Encoding.GORILLA };
const runs: ColumnLayout = { dataType: DataType.INT32, encoding: Encoding.RLE };
const switches: ColumnLayout = { dataType: DataType.BOOLEAN, encoding: Encoding.RLE };
const texts: ColumnLayout = { dataType: DataType.TEXT, encoding: Encoding.PLAIN };

const timesOf = (rows: number, stepMs: number): BigInt64Array =>
  BigInt64Array.from({ length: rows }, (_, i) => BigInt(1_700_000_000_123 + i * stepMs));

describe('spans', () => {
  it.each([
    ['a day', 24 * hourMs, undefined],
    ['180 s', 180_000, undefined],
    ['160 s', 160_000, 24 * hourMs],
    ['60 s', 60_000, 24 * hourMs],
    ['20 s', 20_000, 24 * hourMs],
    ['5 s', 5000, hourMs],
    ['1 s', 1000, hourMs / 6],
    ['100 ms', 100, hourMs / 60],
    ['1 ms', 1, hourMs / 60],
  ])('of a row every %s', (_, stepMs, spanMs) => {
    const span = spanMs === undefined ? undefined : BigInt(spanMs);
    expect(pageLayout(timesOf(5000, stepMs), [bits]).statisticsSpan).toBe(span);
  });

  it('are not worth it of few rows, nor of what has no sum', () => {
    for (const rows of [0, 1, 1023]) expect(pageLayout(timesOf(rows, 5000), [bits]).statisticsSpan).toBeUndefined();
    const times = timesOf(5000, 5000);
    const spans = [[texts], [switches], [texts, switches], [texts, runs], [runs]].map(
      (columns) => pageLayout(times, columns).statisticsSpan !== undefined,
    );
    expect(spans).toEqual([false, false, false, true, true]);
  });
});

describe('pages', () => {
  it('are longer of nothing but runs', () => {
    const times = timesOf(100, 5000);
    const rows = [[bits], [runs], [runs, switches], [runs, bits]].map((columns) => pageLayout(times, columns).rows);
    expect(rows).toEqual([4096, 16_384, 16_384, 4096]);
  });
});
