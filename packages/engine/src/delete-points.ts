// What is deleted: points of the series that patterns take, or the series with them. A pattern that takes nothing is no fault: a
// replica answers by what it holds, and who asks may be ahead of it.

import { encodeCommandResult, StatusCode, successResult } from '@balsa/wire';
import { type DeleteRange, decodeDeleteRange, decodeDeleteSeries } from './data-command.ts';
import { canonicalNodes } from './path.ts';
import { advance, type PathPattern, parsePathPattern, patternStart, takesPath } from './path-pattern.ts';
import type { Device, SeriesDirectory } from './series-directory.ts';

/** @throws WireError */
export function deleteRange(directory: SeriesDirectory, body: Buffer): Uint8Array {
  const { patterns: texts, startMs, endMs }: DeleteRange = decodeDeleteRange(body);
  const patterns = parsePatterns(texts);
  if (typeof patterns === 'string') return illegal(patterns);
  for (const device of directory.all()) {
    for (const measurement of measurementsTaken(patterns, device)) {
      directory.deleteRange(device.series.get(measurement)!, startMs, endMs);
    }
  }
  return successResult;
}

/** @throws WireError */
export function deleteSeries(directory: SeriesDirectory, body: Buffer): Uint8Array {
  const patterns = parsePatterns(decodeDeleteSeries(body));
  if (typeof patterns === 'string') return illegal(patterns);
  for (const device of directory.all()) {
    for (const measurement of measurementsTaken(patterns, device)) directory.remove(device.path, measurement);
  }
  return successResult;
}

/** The first text that is none, if any. */
function parsePatterns(texts: readonly string[]): PathPattern[] | string {
  const patterns: PathPattern[] = [];
  for (const text of texts) {
    const pattern = parsePathPattern(text);
    if (pattern === undefined) return text;
    patterns.push(pattern);
  }
  return patterns;
}

function measurementsTaken(patterns: readonly PathPattern[], device: Device): string[] {
  const names = canonicalNodes(device.path)!.slice(1);
  const possible = patterns.filter((pattern) => mayTakeBelow(pattern, names));
  if (possible.length === 0) return [];
  return [...device.series.keys()].filter((measurement) =>
    possible.some((pattern) => takesPath(pattern, [...names, measurement])),
  );
}

function mayTakeBelow(pattern: PathPattern, names: readonly string[]): boolean {
  let progress = patternStart;
  for (const name of names) progress = advance(pattern.nodes, progress, name);
  return progress.length > 0;
}

function illegal(text: string): Uint8Array {
  return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${text}" is not a legal pattern`);
}
