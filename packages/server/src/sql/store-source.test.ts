import { encodeRegisterSeries, SchemaRegistry, SeriesStore } from '@balsa/engine';
import { type SampleSeries, seriesSourceCases } from '@balsa/sql/conformance';
import { allocateValues, type ColumnValues, encodeInsertTablet } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { StoreSource } from './store-source.ts';

function sourceOf(all: readonly SampleSeries[], nowMs = 0): StoreSource {
  const registry = new SchemaRegistry();
  const store = new SeriesStore();
  let index = 0;
  for (const { device, measurement, dataType, isAligned, points } of all) {
    index++;
    const names = { device, measurements: [measurement], dataTypes: [dataType] };
    registry.apply(index, encodeRegisterSeries({ ...names, isAligned }));
    // Like a series that was created and never written to.
    if (points.length === 0) continue;
    const values = allocateValues(dataType, points.length) as ColumnValues & { [row: number]: unknown };
    for (const [row, [, value]] of points.entries()) values[row] = value;
    const timestamps = Float64Array.from(points, ([timeMs]) => timeMs);
    store.apply(index, encodeInsertTablet({ ...names, timestamps, columns: [{ values }] }));
  }
  return new StoreSource(registry, store, nowMs);
}

describe('StoreSource', () => {
  const fixture = { create: async (all: readonly SampleSeries[]) => sourceOf(all), destroy: async () => {} };
  it.each(seriesSourceCases(fixture).map(({ name, run }) => [name, run] as const))('%s', (_name, run) => run());

  it('goes on behind what it has given, whatever is written meanwhile', () => {
    const registry = new SchemaRegistry();
    const store = new SeriesStore();
    let index = 0;
    const write = (...times: number[]): void => {
      const names = { device: 'root.d', measurements: ['s'], dataTypes: [4 as const] };
      registry.apply(++index, encodeRegisterSeries(names));
      const timestamps = Float64Array.from(times);
      store.apply(index, encodeInsertTablet({ ...names, timestamps, columns: [{ values: Float64Array.from(times) }] }));
    };
    write(1, 2, 3, 4);
    const signal = new AbortController().signal;
    const request = { device: 'root.d', measurements: ['s'], startMs: 0, endMs: 100, blockRowsMax: 2, signal };
    const blocks = new StoreSource(registry, store, 0).scan({ ...request, isDescending: false });
    expect([...blocks.next().value!.times]).toEqual([1, 2]);
    write(0, 2.5 * 2, 9);
    expect(Array.from(blocks, ({ times }) => [...times])).toEqual([
      [3, 4],
      [5, 9],
    ]);
  });
});
