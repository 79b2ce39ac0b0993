// Paths of statements as the schema knows them.

import { type PathPattern, parsePathPattern } from '@balsa/engine';
import { nameText, type Path, pathText } from '@balsa/sql';
import { StatusCode } from '@balsa/wire';
import { Refusal } from '../service/refusal.ts';

/** `undefined` stands for `root.**`. @throws Refusal ILLEGAL_PATH */
export function patternOf(path: Path | undefined): PathPattern {
  const text = path === undefined ? 'root.**' : pathText(path);
  const pattern = parsePathPattern(text);
  if (pattern === undefined) throw new Refusal(StatusCode.ILLEGAL_PATH, `"${text}" is not a legal path`);
  return pattern;
}

/** A path of names alone. @throws Refusal ILLEGAL_PATH */
export function plainPathOf(path: Path): string {
  const text = pathText(path);
  if (path.nodes.every(({ kind }) => kind === 'name')) return text;
  throw new Refusal(StatusCode.ILLEGAL_PATH, `"${text}" has a wildcard, and one path is wanted here`);
}

/** A path of names alone as that of a device and the measurement behind it. @throws Refusal ILLEGAL_PATH */
export function seriesNamesOf(path: Path): { readonly device: string; readonly measurement: string } {
  const text = plainPathOf(path);
  const last = path.nodes.at(-1);
  if (last?.kind !== 'name' || path.nodes.length < 2) {
    throw new Refusal(
      StatusCode.ILLEGAL_PATH,
      `"${text}" is no timeseries: root, a device and a measurement are wanted`,
    );
  }
  const measurement = nameText(last.name);
  return { device: pathText({ ...path, nodes: path.nodes.slice(0, -1) }), measurement };
}
