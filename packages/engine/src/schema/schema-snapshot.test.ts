import { DataType, servedDataTypes } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePathPattern } from '../path-pattern.ts';
import { RecordWriter } from '../snapshot/record-writer.ts';
import { schemaCommands } from '../testing/schema-commands.ts';
import { bytesOf, inPieces, pieceSizes } from '../testing/snapshots.ts';
import { withDefaults } from './define-series.ts';
import { SchemaCatalog } from './schema-catalog.ts';
import { encodeSchemaCommand, type SchemaCommand } from './schema-command.ts';
import { SchemaRegistry } from './schema-registry.ts';
import { schemaRecords, schemaSnapshotFormat } from './schema-snapshot.ts';

const histories = fc.array(schemaCommands, { maxLength: 20 });

function applyAll(registry: SchemaRegistry, all: readonly SchemaCommand[]): Uint8Array[] {
  return all.map((each) => registry.apply(registry.statistics().appliedIndex + 1, encodeSchemaCommand(each)));
}

function registryOf(all: readonly SchemaCommand[]): SchemaRegistry {
  const registry = new SchemaRegistry();
  applyAll(registry, all);
  return registry;
}

function expectEqual(one: SchemaRegistry, other: SchemaRegistry): void {
  const everything = parsePathPattern('root.**')!;
  expect([...one.matchSeries(everything)].map(withoutDrops)).toEqual(
    [...other.matchSeries(everything)].map(withoutDrops),
  );
  expect(new Map(one.ttls)).toEqual(new Map(other.ttls));
  expect(one.statistics()).toEqual(other.statistics());
  expect(one.checksum()).toBe(other.checksum());
  expect(bytesOf(one.snapshot()).equals(bytesOf(other.snapshot()))).toBe(true);
}

function withoutDrops(series: object): object {
  return { ...series, droppedAt: undefined };
}

describe('a snapshot of a SchemaRegistry', () => {
  it('makes of any registry what the other is, also later', async () => {
    await fc.assert(
      fc.asyncProperty(histories, histories, histories, pieceSizes, async (all, earlier, later, sizes) => {
        const source = registryOf(all);
        const snapshot = source.snapshot();
        const expected = bytesOf(source.snapshot());
        applyAll(source, later);
        const bytes = bytesOf(snapshot);
        expect(bytes.equals(expected)).toBe(true);
        for (const target of [new SchemaRegistry(), registryOf(earlier)]) {
          await target.restore(inPieces(bytes, sizes));
          expectEqual(target, registryOf(all));
          expect(applyAll(target, later)).toEqual(applyAll(registryOf(all), later));
          expectEqual(target, source);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('holds what was there at its moment, whatever is registered or dropped while it is written', async () => {
    const catalog = new SchemaCatalog();
    const nameOf = (i: number) => ({ device: `root.d${i % 3}`, measurement: `s${i}` });
    const add = (i: number) => {
      const { device, measurement } = nameOf(i);
      catalog.addSeries({ ...withDefaults(measurement, servedDataTypes[i % 8]!), device, isAligned: false });
    };
    for (let i = 0; i < 20; i++) add(i);
    catalog.dropSeries(nameOf(3));
    const out = new RecordWriter(schemaSnapshotFormat);
    const { checksum } = catalog;
    const records = schemaRecords({ capture: catalog.capture(), appliedIndex: 7 }, 100)(out);
    for (let i = 20; !records.next().done; i++) {
      add(i);
      const dropped = nameOf(39 - i);
      if (i < 36) catalog.dropSeries(dropped);
    }
    out.finish();
    const registry = new SchemaRegistry();
    await registry.restore(inPieces(out.take()));
    expect(registry.statistics()).toMatchObject({ devices: 3, series: 19, appliedIndex: 7 });
    expect(registry.checksum()).toBe(checksum);
  });

  it('lets go of what was dropped once nobody looks', () => {
    const catalog = new SchemaCatalog();
    const series = { ...withDefaults('s', DataType.INT32), device: 'root.d', isAligned: false };
    for (let i = 0; i < 10; i++) {
      catalog.addSeries(series);
      catalog.dropSeries(series);
    }
    const before = catalog.capture();
    expect(before.series.size).toBe(0);
    catalog.addSeries(series);
    const during = catalog.capture();
    catalog.dropSeries(series);
    catalog.release();
    expect([during.series.size, during.series.at(0)?.measurement]).toEqual([1, 's']);
    catalog.release();
    expect(catalog.capture().series.size).toBe(0);
  });
});
