import { type DataType, servedDataTypes } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRegisterSeries, type SeriesRegistration } from './schema-command.ts';
import { SchemaRegistry } from './schema-registry.ts';
import { schemaRecords, schemaSnapshotFormat } from './schema-snapshot.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { RecordWriter } from './snapshot/record-writer.ts';
import { bytesOf, inPieces, pieceSizes } from './testing/snapshots.ts';

/** Few names, so that registrations meet. */
const registrations: fc.Arbitrary<SeriesRegistration> = fc
  .record({
    device: fc.constantFrom('root.a', 'root.b', 'root.`a.b`', 'nowhere'),
    series: fc.array(fc.tuple(fc.constantFrom('s', 't', '`u v`', '温度'), fc.constantFrom(...servedDataTypes)), {
      maxLength: 4,
    }),
  })
  .map(({ device, series }) => ({
    device,
    measurements: series.map(([measurement]) => measurement),
    dataTypes: series.map(([, type]) => type),
  }));
const histories = fc.array(registrations, { maxLength: 10 });

function registerAll(registry: SchemaRegistry, all: readonly SeriesRegistration[]): Uint8Array[] {
  return all.map((each) => registry.apply(registry.statistics().appliedIndex + 1, encodeRegisterSeries(each)));
}

function registryOf(all: readonly SeriesRegistration[]): SchemaRegistry {
  const registry = new SchemaRegistry();
  registerAll(registry, all);
  return registry;
}

/** What was registered first stays. */
function modelOf(all: readonly SeriesRegistration[]): Map<string, DataType> {
  const model = new Map<string, DataType>();
  for (const { device, measurements, dataTypes } of all) {
    if (device === 'nowhere') continue;
    for (const [i, measurement] of measurements.entries()) {
      const path = `${device}.${measurement}`;
      if (!model.has(path)) model.set(path, dataTypes[i]!);
    }
  }
  return model;
}

function expectContent(registry: SchemaRegistry, all: readonly SeriesRegistration[]): void {
  const listed = registry.list('root.**', 1000);
  const types = listed.map(({ device, measurement, dataType }): [string, DataType] => [
    `${device}.${measurement}`,
    dataType,
  ]);
  expect(new Map(types)).toEqual(modelOf(all));
  for (const { device, measurement, dataType } of listed)
    expect(registry.lookup(device)?.get(measurement)).toBe(dataType);
  expect(registry.statistics()).toMatchObject({ series: types.length, appliedIndex: all.length });
}

function expectEqual(one: SchemaRegistry, other: SchemaRegistry): void {
  expect(one.statistics()).toEqual(other.statistics());
  expect(one.checksum()).toBe(other.checksum());
  expect(bytesOf(one.snapshot()).equals(bytesOf(other.snapshot()))).toBe(true);
}

describe('a snapshot of a SchemaRegistry', () => {
  it('makes of any registry what the other is, also later', async () => {
    await fc.assert(
      fc.asyncProperty(histories, histories, histories, pieceSizes, async (all, earlier, later, sizes) => {
        const source = registryOf(all);
        const snapshot = source.snapshot();
        const expected = bytesOf(source.snapshot());
        registerAll(source, later);
        const bytes = bytesOf(snapshot);
        expect(bytes.equals(expected)).toBe(true);
        for (const target of [new SchemaRegistry(), registryOf(earlier)]) {
          await target.restore(inPieces(bytes, sizes));
          expectContent(target, all);
          expectEqual(target, registryOf(all));
          expect(registerAll(target, later)).toEqual(registerAll(registryOf(all), later));
          expectContent(target, [...all, ...later]);
          expectEqual(target, source);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('holds what was there at its moment, whatever is registered while it is written', async () => {
    const catalog = new SeriesCatalog();
    const add = (i: number) =>
      catalog.add({ device: `root.d${i % 3}`, measurement: `s${i}`, dataType: servedDataTypes[i % 8]! });
    for (let i = 0; i < 20; i++) add(i);
    const out = new RecordWriter(schemaSnapshotFormat);
    const { checksum } = catalog;
    const records = schemaRecords({ catalog, appliedIndex: 7 }, 100)(out);
    for (let i = 20; !records.next().done; i++) add(i);
    out.finish();
    const registry = new SchemaRegistry();
    await registry.restore(inPieces(out.take()));
    expect(registry.statistics()).toEqual({ devices: 3, series: 20, appliedIndex: 7 });
    expect(registry.checksum()).toBe(checksum);
  });
});
