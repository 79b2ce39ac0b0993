import { encodeCommandResult, StatusCode, successResult } from '@balsa/wire';
import { type PathPattern, parsePathPattern } from '../path-pattern.ts';
import type { SchemaCatalog } from './schema-catalog.ts';

/** Refused whole if a pattern takes nothing. */
export function dropSeries(catalog: SchemaCatalog, texts: readonly string[]): Uint8Array {
  const patterns: PathPattern[] = [];
  for (const text of texts) {
    const pattern = parsePathPattern(text);
    if (pattern === undefined) return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${text}" is not a legal pattern`);
    if (catalog.matchSeries(pattern).next().done) {
      return encodeCommandResult(StatusCode.PATH_NOT_EXIST, `there is no timeseries ${pattern.text}`);
    }
    patterns.push(pattern);
  }
  for (const pattern of patterns) dropAll(catalog, pattern);
  return successResult;
}

export function dropAll(catalog: SchemaCatalog, pattern: PathPattern): void {
  for (const series of [...catalog.matchSeries(pattern)]) catalog.dropSeries(series);
}
