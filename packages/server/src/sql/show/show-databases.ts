import type { SchemaRegistry } from '@balsa/engine';
import type { CountStatement, ShowDatabasesStatement } from '@balsa/sql';
import { patternOf } from '../paths.ts';
import type { Row } from '../table.ts';

/** What lies in which partition of time does not matter here: IoTDB's default, a week, is what is shown. */
const timePartitionMs = 604_800_000n;

/** Every node is a member of the one group of metadata and of that of data. */
export function showDatabases(
  { pattern, isDetailed }: ShowDatabasesStatement,
  registry: SchemaRegistry,
  members: number,
): Row[] {
  const groups = isDetailed ? [1, 1] : [];
  return [...databases(pattern, registry)].map((path) => [path, members, members, 0n, timePartitionMs, ...groups]);
}

export function countDatabases({ pattern }: CountStatement, registry: SchemaRegistry): Row[] {
  return [[[...databases(pattern, registry)].length]];
}

function* databases(pattern: CountStatement['pattern'], registry: SchemaRegistry): Generator<string, void, undefined> {
  for (const node of registry.matchNodes(patternOf(pattern))) if (node.isDatabase) yield node.path;
}
