import type { SchemaRegistry } from '@balsa/engine';
import type { CountStatement, ShowDatabasesStatement } from '@balsa/sql';
import { DataType } from '@balsa/wire';
import { patternOf } from '../paths.ts';
import type { Table, TableColumn } from '../table.ts';

const { TEXT, INT32, INT64 } = DataType;

const columns: readonly TableColumn[] = [
  { name: 'Database', dataType: TEXT },
  { name: 'SchemaReplicationFactor', dataType: INT32 },
  { name: 'DataReplicationFactor', dataType: INT32 },
  { name: 'TimePartitionOrigin', dataType: INT64 },
  { name: 'TimePartitionInterval', dataType: INT64 },
];

const detailColumns: readonly TableColumn[] = [
  ...columns,
  ...['SchemaRegionGroupNum', 'MinSchemaRegionGroupNum', 'MaxSchemaRegionGroupNum'].map((name) => ({
    name,
    dataType: INT32,
  })),
  ...['DataRegionGroupNum', 'MinDataRegionGroupNum', 'MaxDataRegionGroupNum'].map((name) => ({
    name,
    dataType: INT32,
  })),
];

/** What lies in which partition of time does not matter here: IoTDB's default, a week, is what is shown. */
const timePartitionMs = 604_800_000n;

/** Every node is a member of the one group of metadata and of that of data. */
export function showDatabases(
  { pattern, isDetailed }: ShowDatabasesStatement,
  registry: SchemaRegistry,
  members: number,
): Table {
  const facts = [members, members, 0n, timePartitionMs, ...(isDetailed ? [1, 1, 1, 1, 1, 1] : [])];
  const rows = [...databases(pattern, registry)].map((path) => [path, ...facts]);
  return { columns: isDetailed ? detailColumns : columns, rows };
}

export function countDatabases({ pattern }: CountStatement, registry: SchemaRegistry): Table {
  const count = [...databases(pattern, registry)].length;
  return { columns: [{ name: 'count(database)', dataType: INT32 }], rows: [[count]] };
}

function* databases(pattern: CountStatement['pattern'], registry: SchemaRegistry): Generator<string, void, undefined> {
  for (const node of registry.matchNodes(patternOf(pattern))) if (node.isDatabase) yield node.path;
}
