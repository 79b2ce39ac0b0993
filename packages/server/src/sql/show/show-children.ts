// The tree of paths, level by level: what SHOW CHILD PATHS, SHOW CHILD NODES and COUNT NODES look at.

import { namesOf, type PathPattern, type SchemaNode, type SchemaRegistry, seriesPath } from '@balsa/engine';
import type { CountNodesStatement, ShowChildrenStatement } from '@balsa/sql';
import { StatusCode } from '@balsa/wire';
import { Refusal } from '../../service/refusal.ts';
import { patternOf } from '../paths.ts';
import type { Row } from '../table.ts';

export function showChildren({ kind, pattern }: ShowChildrenStatement, registry: SchemaRegistry): Row[] {
  const parents = pattern === undefined ? rootPattern : patternOf(pattern);
  const children = new Map<string, { readonly name: string; readonly type: string }>();
  for (const parent of registry.matchNodes(parents)) {
    for (const child of parent.children) children.set(child.path, { name: child.name, type: typeOf(child, registry) });
    if (parent.device === undefined) continue;
    for (const series of parent.device.sortedSeries) {
      const path = seriesPath(series);
      if (!children.has(path)) children.set(path, { name: series.measurement, type: 'TIMESERIES' });
    }
  }
  const sorted = [...children].sort(([a], [b]) => (a < b ? -1 : 1));
  if (kind === 'showChildNodes') {
    const names = new Set(sorted.map(([, { name }]) => name));
    return [...names].sort().map((name) => [name]);
  }
  return sorted.map(([path, { type }]) => [path, type]);
}

/** The nodes of a level on the way to what the pattern takes. */
export function countNodes({ pattern, level }: CountNodesStatement, registry: SchemaRegistry): Row[] {
  if (level < 0) throw new Refusal(StatusCode.SEMANTIC_ERROR, 'a level is 0, which is root, or more');
  const wanted = patternOf(pattern);
  const nodes = new Set<string>();
  const note = (names: readonly string[]): void => {
    if (names.length >= level) nodes.add(names.slice(0, level).join('.'));
  };
  for (const node of registry.matchNodes(wanted)) note(namesOf(node.path));
  for (const { device, measurement } of registry.matchSeries(wanted)) note([...namesOf(device), measurement]);
  return [[BigInt(nodes.size)]];
}

const rootPattern: PathPattern = { text: 'root', nodes: [], device: undefined };

/** IoTDB's words. */
function typeOf(node: SchemaNode, registry: SchemaRegistry): string {
  if (node.isDatabase) return 'DATABASE';
  if (registry.databaseOf(node.path) === undefined) return 'SG INTERNAL';
  return node.device === undefined ? 'INTERNAL' : 'DEVICE';
}
