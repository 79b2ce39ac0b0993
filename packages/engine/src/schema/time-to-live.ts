// How long points live. A rule is about one device, or about all below a path that ends in `.**`; of several, the one with the longest
// path holds. A database stands for all that is in it.

import { encodeCommandResult, StatusCode } from '@balsa/wire';
import { canonicalDevice } from '../path.ts';
import { parsePathPattern } from '../path-pattern.ts';
import type { SchemaCatalog } from './schema-catalog.ts';
import { ttlRulesMax } from './schema-limits.ts';

/** Returns a refusal, or `undefined` when it is done. */
export function setTtl(catalog: SchemaCatalog, text: string, ttlMs: number): Uint8Array | undefined {
  const path = rulePath(catalog, text);
  if (path === undefined) return illegal(text);
  if (ttlMs === 0) return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, 'a time to live is longer than 0 ms');
  if (!catalog.ttls.has(path) && catalog.ttls.size >= ttlRulesMax) {
    return encodeCommandResult(StatusCode.METADATA_ERROR, `there are ${ttlRulesMax} rules, and there may be no more`);
  }
  catalog.setTtl(path, ttlMs);
  return undefined;
}

/** Returns a refusal, or `undefined` when it is done, also if there was no such rule. */
export function unsetTtl(catalog: SchemaCatalog, text: string): Uint8Array | undefined {
  const path = rulePath(catalog, text);
  if (path === undefined) return illegal(text);
  catalog.unsetTtl(path);
  return undefined;
}

function rulePath(catalog: SchemaCatalog, text: string): string | undefined {
  const pattern = parsePathPattern(text);
  if (pattern === undefined) return undefined;
  const { nodes } = pattern;
  if (nodes.at(-1)?.kind === 'anyDepth') {
    return nodes.slice(0, -1).every(({ kind }) => kind === 'name') ? pattern.text : undefined;
  }
  const path = canonicalDevice(text);
  return path !== undefined && catalog.databases.has(path) ? `${path}.**` : path;
}

function illegal(text: string): Uint8Array {
  return encodeCommandResult(
    StatusCode.ILLEGAL_PATH,
    `"${text}" cannot have a time to live: a device, a database, or a path that ends in .** can`,
  );
}
