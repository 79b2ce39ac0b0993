import type { DeviceSchema, SchemaRegistry } from '@balsa/engine';
import type { CountStatement, ShowDevicesStatement } from '@balsa/sql';
import { patternOf } from '../paths.ts';
import type { Row } from '../table.ts';
import { passesDevice } from './filters.ts';
import { paged } from './paging.ts';

export function showDevices(statement: ShowDevicesStatement, registry: SchemaRegistry): Row[] {
  const { pattern, withDatabase, where } = statement;
  const wanted = filtered(devices(pattern, registry), ({ path }) => where === undefined || passesDevice(where, path));
  return [...paged(wanted, statement)].map(({ path, isAligned }) => {
    const database = withDatabase ? [registry.databaseOf(path) ?? null] : [];
    return [path, ...database, String(isAligned), null, ttlText(registry.ttlMsOf(path))];
  });
}

export function countDevices({ pattern }: CountStatement, registry: SchemaRegistry): Row[] {
  let count = 0n;
  for (const _ of devices(pattern, registry)) count++;
  return [[count]];
}

export function ttlText(ttlMs: number | undefined): string {
  return ttlMs === undefined ? 'INF' : String(ttlMs);
}

function* devices(
  pattern: CountStatement['pattern'],
  registry: SchemaRegistry,
): Generator<DeviceSchema, void, undefined> {
  for (const { device } of registry.matchNodes(patternOf(pattern))) if (device !== undefined) yield device;
}

function* filtered<Row>(rows: Iterable<Row>, isWanted: (row: Row) => boolean): Generator<Row, void, undefined> {
  for (const row of rows) if (isWanted(row)) yield row;
}
