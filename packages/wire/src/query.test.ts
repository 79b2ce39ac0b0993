import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregateValuesMax, rangeRowsMax } from './limits.ts';
import {
  type AggregateQuery,
  type AggregateResult,
  aggregateFunctions,
  decodeAggregateQuery,
  decodeAggregateResult,
  decodeRangeQuery,
  decodeRangeResult,
  decodeStoreStatistics,
  encodeAggregateQuery,
  encodeAggregateResult,
  encodeRangeQuery,
  encodeRangeResult,
  encodeStoreStatistics,
  type RangeQuery,
} from './query.ts';
import { expectSurvivesDamage } from './test-damage.ts';
import { anyTablet } from './test-tablets.ts';

const range: RangeQuery = { device: 'root.a.b', measurements: ['s1', 's2'], startMs: -5, endMs: 2 ** 45, limit: 100 };
const aggregate: AggregateQuery = {
  device: 'root.a.**',
  measurements: ['s1'],
  functions: ['avg', 'last'],
  startMs: 0,
  endMs: 86_400_000,
  windowMs: 3_600_000,
};
const aggregateResult: AggregateResult = {
  windowStarts: Float64Array.of(0, 3_600_000),
  columns: [{ measurement: 's1', function: 'avg', values: Float64Array.of(1.25, Number.NaN) }],
};
const statistics = {
  devices: 50,
  series: 150,
  points: 1_313_850,
  rowsApplied: 437_950,
  appliedIndex: 2 ** 40,
  checksum: 0xffff_ffff,
};

const anySubject = {
  device: fc.string({ minLength: 1, maxLength: 20 }),
  measurements: fc.uniqueArray(fc.string({ maxLength: 10 }), { minLength: 1, maxLength: 4 }),
};
const anyRange = fc
  .tuple(fc.maxSafeInteger(), fc.maxSafeInteger())
  .map(([a, b]) => ({ startMs: Math.min(a, b), endMs: Math.max(a, b) }));

describe('queries and results', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(
        fc.record(anySubject),
        anyRange,
        fc.integer({ min: 1, max: rangeRowsMax }),
        (subject, times, limit) => {
          const query = { ...subject, ...times, limit };
          expect(decodeRangeQuery(encodeRangeQuery(query))).toEqual(query);
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.record(anySubject),
        fc.uniqueArray(fc.constantFrom(...aggregateFunctions), { minLength: 1 }),
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.nat({ max: 1000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (subject, functions, startMs, windows, windowMs) => {
          const query = { ...subject, functions, startMs, endMs: startMs + windows * windowMs, windowMs };
          expect(decodeAggregateQuery(encodeAggregateQuery(query))).toEqual(query);
        },
      ),
    );
    fc.assert(
      fc.property(anyTablet, ({ timestamps, measurements, dataTypes, columns }) => {
        const result = { timestamps, measurements, dataTypes, columns };
        expect(decodeRangeResult(encodeRangeResult(result))).toEqual(result);
      }),
    );
    expect(decodeAggregateResult(encodeAggregateResult(aggregateResult))).toEqual(aggregateResult);
    expect(decodeStoreStatistics(encodeStoreStatistics(statistics))).toEqual(statistics);
  });

  test('survive damage', () => {
    expectSurvivesDamage([encodeRangeQuery(range)], decodeRangeQuery);
    expectSurvivesDamage([encodeAggregateQuery(aggregate)], decodeAggregateQuery);
    expectSurvivesDamage([encodeAggregateResult(aggregateResult)], decodeAggregateResult);
    expectSurvivesDamage([encodeStoreStatistics(statistics)], decodeStoreStatistics);
    const [tablet] = fc.sample(anyTablet, { numRuns: 1, seed: 4 });
    expectSurvivesDamage([encodeRangeResult(tablet!)], decodeRangeResult);
  });

  test.each<[string, Partial<RangeQuery>, string]>([
    ['no device', { device: '' }, 'BYTES_MALFORMED'],
    ['no measurement', { measurements: [] }, 'BYTES_MALFORMED'],
    ['an end before its start', { startMs: 2, endMs: 1 }, 'BYTES_MALFORMED'],
    ['a fraction of a millisecond', { startMs: 0.5 }, 'BYTES_MALFORMED'],
    ['no limit', { limit: 0 }, 'LIMIT_EXCEEDED'],
    ['too large a limit', { limit: rangeRowsMax + 1 }, 'LIMIT_EXCEEDED'],
  ])('a range with %s is refused', (_what, change, code) => {
    expect(() => encodeRangeQuery({ ...range, ...change })).toThrow(expect.objectContaining({ code }));
  });

  test.each<[string, Partial<AggregateQuery>, string]>([
    ['no function', { functions: [] }, 'BYTES_MALFORMED'],
    ['a function twice', { functions: ['avg', 'avg'] }, 'BYTES_MALFORMED'],
    ['an empty window', { windowMs: 0 }, 'BYTES_MALFORMED'],
    ['too many windows', { endMs: aggregateValuesMax, windowMs: 1 }, 'LIMIT_EXCEEDED'],
  ])('an aggregate with %s is refused', (_what, change, code) => {
    expect(() => encodeAggregateQuery({ ...aggregate, ...change })).toThrow(expect.objectContaining({ code }));
  });
});
