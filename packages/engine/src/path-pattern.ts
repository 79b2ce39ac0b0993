// What selects many paths at once, in IoTDB's notation: `*` is any one node, `**` one node or several, and `temp*`,
// `*_raw` and `*mp*` are nodes of which only a part is given.

import { canonicalNode, pathCharsMax } from './path.ts';

export type PatternNode =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'part'; readonly part: string; readonly anyBefore: boolean; readonly anyBehind: boolean }
  | { readonly kind: 'any' }
  | { readonly kind: 'anyDepth' };

export interface PathPattern {
  /** In its one canonical form. */
  readonly text: string;
  /** Without `root`. */
  readonly nodes: readonly PatternNode[];
  /** It takes one series at most, of this device; `undefined`: it may take others. */
  readonly device: string | undefined;
}

/** Of a device, a measurement and what stands behind a prefix. */
const patternCharsMax: number = 2 * pathCharsMax + 4;

// A node, quoted or bare; bare ones may hold wildcards.
const patternNode = /`(?:[^`]|``)+`|[0-9a-zA-Z_*\u2E80-\u9FFF]+/y;
const partOfNode = /^(\*?)([^*]+)(\*?)$/;

/** Reads a path that begins with `root` and may hold wildcards; `undefined` if it is not legal. */
export function parsePathPattern(text: string): PathPattern | undefined {
  const nodes = text.length > patternCharsMax ? undefined : splitNodes(text);
  if (nodes === undefined || nodes[0] !== 'root') return undefined;
  const parsed = nodes.slice(1).map(parseNode);
  if (!parsed.every((node) => node !== undefined)) return undefined;
  const names = ['root', ...parsed.map(nodeText)];
  const isPlain = parsed.length > 1 && parsed.every(({ kind }) => kind === 'name');
  return { text: names.join('.'), nodes: parsed, device: isPlain ? names.slice(0, -1).join('.') : undefined };
}

/** Whether one node of a pattern, not `**`, takes a node of a path in its canonical form. */
export function takesNode(pattern: Exclude<PatternNode, { kind: 'anyDepth' }>, name: string): boolean {
  switch (pattern.kind) {
    case 'any':
      return true;
    case 'name':
      return pattern.name === name;
    case 'part':
      return takesPart(pattern, unquoted(name));
  }
}

/**
 * How far a pattern has come, one number for each way to read it: so many of its nodes are behind it. A pattern takes a path
 * if, after the last of the path's nodes, one of the numbers is that of all its nodes.
 */
export type PatternProgress = readonly number[];

export const patternStart: PatternProgress = [0];

/** How far a pattern of these nodes has come after one more node of a path. Empty: no path that begins so is taken. */
export function advance(nodes: readonly PatternNode[], progress: PatternProgress, name: string): PatternProgress {
  const next: number[] = [];
  for (const at of progress) {
    const node = nodes[at];
    if (node === undefined) continue;
    if (node.kind === 'anyDepth') {
      if (!next.includes(at)) next.push(at);
      if (!next.includes(at + 1)) next.push(at + 1);
    } else if (takesNode(node, name) && !next.includes(at + 1)) {
      next.push(at + 1);
    }
  }
  return next;
}

export function isTaken({ nodes }: PathPattern, progress: PatternProgress): boolean {
  return progress.includes(nodes.length);
}

/** Whether a pattern takes a path, given by its nodes without `root`. */
export function takesPath(pattern: PathPattern, names: readonly string[]): boolean {
  let progress = patternStart;
  for (const name of names) {
    progress = advance(pattern.nodes, progress, name);
    if (progress.length === 0) return false;
  }
  return isTaken(pattern, progress);
}

function splitNodes(text: string): string[] | undefined {
  const nodes: string[] = [];
  let at = 0;
  for (;;) {
    patternNode.lastIndex = at;
    const match = patternNode.exec(text);
    if (match === null) return undefined;
    nodes.push(match[0]);
    at = patternNode.lastIndex;
    if (at === text.length) return nodes;
    if (text[at] !== '.') return undefined;
    at++;
  }
}

function parseNode(text: string): PatternNode | undefined {
  if (text === '*') return { kind: 'any' };
  if (text === '**') return { kind: 'anyDepth' };
  if (text.startsWith('`') || !text.includes('*')) {
    const name = canonicalNode(text);
    return name === undefined ? undefined : { kind: 'name', name };
  }
  const match = partOfNode.exec(text);
  return match === null
    ? undefined
    : { kind: 'part', part: match[2]!, anyBefore: match[1] !== '', anyBehind: match[3] !== '' };
}

function nodeText(node: PatternNode): string {
  switch (node.kind) {
    case 'any':
      return '*';
    case 'anyDepth':
      return '**';
    case 'name':
      return node.name;
    case 'part':
      return `${node.anyBefore ? '*' : ''}${node.part}${node.anyBehind ? '*' : ''}`;
  }
}

function takesPart(pattern: Extract<PatternNode, { kind: 'part' }>, name: string): boolean {
  const { part, anyBefore, anyBehind } = pattern;
  if (anyBefore) return anyBehind ? name.includes(part) : name.endsWith(part);
  return name.startsWith(part);
}

function unquoted(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}
