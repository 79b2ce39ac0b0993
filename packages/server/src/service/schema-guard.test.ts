import { encodeRegisterSeries, SchemaRegistry } from '@balsa/engine';
import type { StorageEngine } from '@balsa/engine/storage';
import { DataType, StatusCode, type TabletHeader } from '@balsa/wire';
import { expect, test } from 'vitest';
import { openTestEngine } from '../testing/test-store.ts';
import { SchemaGuard } from './schema-guard.ts';

const timeoutMs = 1000;
const unwritten = await openTestEngine();
const header: TabletHeader = {
  device: 'root.a.b',
  measurements: ['s', 't'],
  dataTypes: [DataType.DOUBLE, DataType.INT32],
};

/** A guard over a registry and a store that apply what is proposed a turn later; `proposals` are the commands. */
function guardOver(
  registry: SchemaRegistry,
  store: StorageEngine = unwritten,
): { readonly guard: SchemaGuard; readonly proposals: Uint8Array[]; readonly declared: Uint8Array[] } {
  const proposals: Uint8Array[] = [];
  const declared: Uint8Array[] = [];
  const guard = new SchemaGuard({
    registry,
    store,
    proposeMetadata: async (command) => {
      proposals.push(command);
      await new Promise((resolve) => setImmediate(resolve));
      return { result: registry.apply(registry.statistics().appliedIndex + 1, command) };
    },
    catchUp: async () => {},
    proposeData: async (command) => {
      declared.push(command);
      await new Promise((resolve) => setImmediate(resolve));
      return { result: store.apply(store.statistics().appliedIndex + 1, command) };
    },
  });
  return { guard, proposals, declared };
}

test('known series pass at once', () => {
  const registry = new SchemaRegistry();
  registry.apply(1, encodeRegisterSeries(header));
  const { guard, proposals } = guardOver(registry);
  expect(guard.ensure(header, timeoutMs)).toBeUndefined();
  expect(guard.ensure({ ...header, device: 'root.`a`.b', measurements: ['`s`', 't'] }, timeoutMs)).toBeUndefined();
  expect(proposals).toEqual([]);
});

test('new series are registered once, however many wait for them', async () => {
  const { guard, proposals } = guardOver(new SchemaRegistry());
  await Promise.all(Array.from({ length: 50 }, () => guard.ensure(header, timeoutMs)));
  expect(proposals).toHaveLength(1);
  expect(guard.ensure(header, timeoutMs)).toBeUndefined();
});

test('only what is missing is registered', async () => {
  const registry = new SchemaRegistry();
  const { guard, proposals } = guardOver(registry);
  await guard.ensure({ device: 'root.a.b', measurements: ['s'], dataTypes: [DataType.DOUBLE] }, timeoutMs);
  await guard.ensure(header, timeoutMs);
  expect(proposals[1]).toEqual(
    encodeRegisterSeries({ device: 'root.a.b', measurements: ['t'], dataTypes: [DataType.INT32] }),
  );
});

test('a refusal of the registry is the answer, and is asked for anew', async () => {
  const { guard, proposals } = guardOver(new SchemaRegistry({ seriesMax: 1 }));
  for (let attempt = 1; attempt <= 2; attempt++) {
    await expect(guard.ensure(header, timeoutMs)).rejects.toMatchObject({ status: StatusCode.METADATA_ERROR });
    expect(proposals).toHaveLength(attempt);
  }
});

test('a series of another type is for the store to judge', async () => {
  const registry = new SchemaRegistry();
  const { guard } = guardOver(registry);
  const first = guard.ensure({ device: 'root.a.b', measurements: ['s'], dataTypes: [DataType.TEXT] }, timeoutMs);
  const second = guard.ensure(header, timeoutMs);
  await expect(Promise.all([first, second])).resolves.toEqual([undefined, undefined]);
  expect(registry.dataTypeOf('root.a.b', 's')).toBe(DataType.TEXT);
});

test('the store is told once of a type that is not that of the first write', async () => {
  const registry = new SchemaRegistry();
  registry.apply(1, encodeRegisterSeries({ ...header, dataTypes: [DataType.DOUBLE, DataType.INT64] }));
  const store = await openTestEngine();
  const { guard, proposals, declared } = guardOver(registry, store);
  await Promise.all([guard.ensure(header, timeoutMs), guard.ensure(header, timeoutMs)]);
  expect([store.dataTypeOf('root.a.b', 's'), store.dataTypeOf('root.a.b', 't')]).toEqual([undefined, DataType.INT64]);
  expect(guard.ensure(header, timeoutMs)).toBeUndefined();
  expect([proposals.length, declared.length]).toEqual([0, 1]);
});

test('a type that somebody else was quicker to register is what the store is told', async () => {
  const registry = new SchemaRegistry();
  const store = await openTestEngine();
  const { guard, declared } = guardOver(registry, store);
  const late = guard.ensure(header, timeoutMs);
  registry.apply(1, encodeRegisterSeries({ ...header, dataTypes: [DataType.DOUBLE, DataType.INT64] }));
  await late;
  expect(declared).toHaveLength(1);
  expect(store.dataTypeOf('root.a.b', 't')).toBe(DataType.INT64);
});

test('the store is told once of series that are aligned', async () => {
  const registry = new SchemaRegistry();
  const store = await openTestEngine();
  const { guard, declared } = guardOver(registry, store);
  await guard.ensure(header, timeoutMs, true);
  expect([...store.match(['root.a.b.s'])]).toMatchObject([{ isAligned: true }]);
  expect(guard.ensure(header, timeoutMs)).toBeUndefined();
  expect(declared).toHaveLength(1);
});

test('whoever waits does so no longer than its own deadline', async () => {
  const never = () => new Promise<never>(() => {});
  const ports = { registry: new SchemaRegistry(), store: unwritten, catchUp: never };
  const guard = new SchemaGuard({ ...ports, proposeMetadata: never, proposeData: never });
  await expect(guard.ensure(header, 20)).rejects.toMatchObject({ status: StatusCode.NO_AVAILABLE_REGION_GROUP });
});
