import { type AggregateFunction, aggregateFunctions, DataType, encodeRangeResult } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeriesStore } from './series-store.ts';
import { applyAll, naiveOf, rowsOf } from './testing/stores.ts';
import { devices, histories, measurements } from './testing/tablets.ts';

const spans = fc.record({ startMs: fc.integer({ min: -40, max: 70 }), spanMs: fc.integer({ min: 0, max: 100 }) });

describe('SeriesStore against a naive model', () => {
  it('answers ranges', () => {
    fc.assert(
      fc.property(histories, spans, fc.integer({ min: 1, max: 40 }), (all, { startMs, spanMs }, limit) => {
        const store = new SeriesStore();
        applyAll(store, all);
        const naive = naiveOf(all);
        const endMs = startMs + spanMs;
        for (const [device, series] of naive.devices) {
          const names = [...series.keys()];
          const result = store.range({ device, measurements: names, startMs, endMs, limit });
          expect(rowsOf(result)).toEqual(naive.range(device, names, startMs, endMs, limit));
          expect(result.dataTypes).toEqual([...series.values()].map(({ type }) => type));
          expect(() => encodeRangeResult(result)).not.toThrow();
        }
      }),
    );
  });

  it('aggregates devices and fleets', () => {
    const window = fc.record({ windowMs: fc.integer({ min: 1, max: 50 }), fleet: fc.constantFrom('root.a', 'root') });
    fc.assert(
      fc.property(histories, spans, window, (all, { startMs, spanMs }, { windowMs, fleet }) => {
        const store = new SeriesStore();
        applyAll(store, all);
        const naive = naiveOf(all);
        const span = { startMs, endMs: startMs + spanMs, windowMs };
        const selections = new Map(devices.map((device) => [device, [device]]));
        const below = devices.filter((device) => device.startsWith(`${fleet}.`));
        for (const [device, members] of selections.set(`${fleet}.**`, below)) {
          for (const measurement of measurements) {
            const types = members.map((member) => naive.series(member, measurement)?.type);
            for (const name of functionsFor(types)) {
              const query = { device, measurements: [measurement], functions: [name], ...span };
              const result = store.aggregate(query);
              expect([...result.columns[0]!.values]).toEqual(naive.aggregate(members, measurement, name, span));
            }
          }
        }
      }),
    );
  });

  it('counts what it holds', () => {
    fc.assert(
      fc.property(histories, (all) => {
        const store = new SeriesStore();
        applyAll(store, all);
        const naive = naiveOf(all);
        const series = [...naive.devices.values()].flatMap((device) => [...device.values()]);
        expect(store.statistics()).toEqual({
          devices: naive.devices.size,
          series: series.length,
          points: series.reduce((sum, { points }) => sum + points.size, 0),
          rowsApplied: naive.rowsApplied,
          appliedIndex: all.length,
          checksum: store.checksum(),
        });
      }),
    );
  });
});

/** The functions that every type in use allows; none if there is no series. */
function functionsFor(types: readonly (DataType | undefined)[]): readonly AggregateFunction[] {
  const used = types.filter((type) => type !== undefined);
  if (used.length === 0) return [];
  const withoutNumbers: readonly DataType[] = [DataType.TEXT, DataType.STRING, DataType.DATE, DataType.BLOB];
  if (used.some((type) => withoutNumbers.includes(type))) return ['count'];
  if (used.includes(DataType.BOOLEAN)) return ['count', 'first', 'last'];
  return used.includes(DataType.TIMESTAMP) ? ['count', 'first', 'last', 'min', 'max'] : aggregateFunctions;
}
