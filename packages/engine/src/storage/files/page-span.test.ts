import { describe, expect, it } from 'vitest';
import { pageSpan } from './page-span.ts';

const hourMs = 3_600_000;

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
    expect(pageSpan(times)).toBe(spanMs === undefined ? undefined : BigInt(spanMs));
  });

  it("is nobody's affair where a chunk is a page", () => {
    expect(pageSpan(BigInt64Array.from({ length: 511 }, (_, i) => BigInt(i * 5000)))).toBeUndefined();
    expect(pageSpan(BigInt64Array.of(5n))).toBeUndefined();
    expect(pageSpan(new BigInt64Array(0))).toBeUndefined();
  });
});
