// Databases: the parts into which the tree of series is cut. They do not nest, and every series is in one.

import { encodeCommandResult, StatusCode, successResult } from '@balsa/wire';
import { canonicalDevice } from '../path.ts';
import { type PathPattern, parsePathPattern } from '../path-pattern.ts';
import { dropAll } from './drop-series.ts';
import { namesOf, type SchemaCatalog } from './schema-catalog.ts';
import { databasesMax } from './schema-limits.ts';
import { setTtl, unsetTtl } from './time-to-live.ts';

export function createDatabase(catalog: SchemaCatalog, text: string, ttlMs: number | undefined): Uint8Array {
  const path = canonicalDevice(text);
  if (path === undefined) return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${text}" is not a legal database`);
  const fault = whyNoDatabase(catalog, path);
  if (fault !== undefined) return encodeCommandResult(StatusCode.DATABASE_ALREADY_EXISTS, fault);
  if (catalog.databases.size >= databasesMax) return overLimit();
  if (ttlMs !== undefined) {
    const refusal = setTtl(catalog, `${path}.**`, ttlMs);
    if (refusal !== undefined) return refusal;
  }
  catalog.addDatabase(path);
  return successResult;
}

/** With everything in them. */
export function dropDatabases(catalog: SchemaCatalog, texts: readonly string[]): Uint8Array {
  const patterns: PathPattern[] = [];
  for (const text of texts) {
    const pattern = parsePathPattern(text);
    if (pattern === undefined) return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${text}" is not a legal pattern`);
    patterns.push(pattern);
  }
  const dropped = new Set<string>();
  for (const pattern of patterns) {
    for (const node of catalog.tree.match(pattern)) if (node.isDatabase) dropped.add(node.path);
  }
  if (dropped.size === 0) {
    return encodeCommandResult(StatusCode.DATABASE_NOT_EXIST, `no database is called ${texts.join(', ')}`);
  }
  for (const path of dropped) {
    dropAll(catalog, parsePathPattern(`${path}.**`)!);
    for (const rule of [...catalog.ttls.keys()]) if (rule.startsWith(`${path}.`)) unsetTtl(catalog, rule);
    catalog.dropDatabase(path);
  }
  return successResult;
}

/**
 * Sees to it that a device is in a database: if there is none above it, the first node of its path behind `root` becomes one, as in
 * IoTDB. Returns a refusal if that cannot be, and then nothing has changed.
 */
export function ensureDatabase(catalog: SchemaCatalog, device: string): Uint8Array | undefined {
  const names = namesOf(device);
  if (catalog.tree.databaseAbove(names) !== undefined) return undefined;
  const path = `root.${names[0]}`;
  const below = catalog.tree.databaseBelow(names.slice(0, 1));
  if (below !== undefined) {
    return encodeCommandResult(
      StatusCode.DATABASE_NOT_EXIST,
      `${device} is in no database, and ${path} cannot become one: ${below.path} is one already. Create one above the device first`,
    );
  }
  if (catalog.databases.size >= databasesMax) return overLimit();
  catalog.addDatabase(path);
  return undefined;
}

/** IoTDB's tools take a refusal for success if it says "already". */
function whyNoDatabase(catalog: SchemaCatalog, path: string): string | undefined {
  if (catalog.databases.has(path)) return `${path} has already been created as a database`;
  const names = namesOf(path);
  const other = catalog.tree.databaseAbove(names) ?? catalog.tree.databaseBelow(names);
  return other === undefined ? undefined : `${other.path} is a database already, and databases do not nest`;
}

function overLimit(): Uint8Array {
  return encodeCommandResult(
    StatusCode.METADATA_ERROR,
    `there are ${databasesMax} databases, and there may be no more`,
  );
}
