import { type ColumnLayout, DataType, Encoding } from '@balsa/tsfile';
import { describe, expect, it } from 'vitest';
import { pageSpan } from './page-span.ts';

const hourMs = 3_600_000;
const bits: ColumnLayout = { dataType: DataType.DOUBLE, encoding: Encoding.GORILLA };
const counts: ColumnLayout = { dataType: DataType.INT64, encoding: Encoding.TS_2DIFF };
const decimals: ColumnLayout = { dataType: DataType.FLOAT, encoding: Encoding.TS_2DIFF };
const runs: ColumnLayout = { dataType: DataType.INT32, encoding: Encoding.RLE };

describe('the span of pages', () => {
  it.each([
    ['60 s', 60_000, 24 * hourMs],
    ['20 s, of which a day has too many and an hour too few', 20_000, undefined],
    ['5 s', 5000, hourMs],
    ['1 s', 1000, hourMs],
    ['500 ms', 500, hourMs / 6],
    ['100 ms', 100, hourMs / 60],
    ['1 ms', 1, undefined],
    ['a day', 24 * hourMs, undefined],
  ])('of a row every %s', (_, stepMs, spanMs) => {
    const times = BigInt64Array.from({ length: 2000 }, (_unused, i) => BigInt(1_700_000_000_123 + i * stepMs));
    expect(pageSpan(times, [bits])).toBe(spanMs === undefined ? undefined : BigInt(spanMs));
  });

  it("is nobody's affair where a chunk is a page", () => {
    expect(
      pageSpan(
        BigInt64Array.from({ length: 511 }, (_, i) => BigInt(i * 5000)),
        [bits],
      ),
    ).toBeUndefined();
    expect(pageSpan(BigInt64Array.of(5n), [bits])).toBeUndefined();
    expect(pageSpan(new BigInt64Array(0), [bits])).toBeUndefined();
  });

  it('is nothing for values that take hardly any space', () => {
    const times = BigInt64Array.from({ length: 2000 }, (_, i) => BigInt(i * 5000));
    const spans = [[bits], [counts], [bits, counts], [decimals], [runs], [bits, runs]].map((it) => pageSpan(times, it));
    expect(spans.map((span) => span !== undefined)).toEqual([true, true, true, false, false, false]);
  });
});
