// Patterns of paths of series, as IoTDB writes them:
//
//   root.plant.line4.speed   one series
//   *                        any one node, also as a part of a name: sp*, *ed, s*d
//   **                       one node or more

import { canonicalNodes, pathCharsMax } from '../../path.ts';

export type NodePattern =
  | { readonly kind: 'exact'; readonly name: string }
  | { readonly kind: 'like'; readonly form: RegExp }
  | { readonly kind: 'any' }
  | { readonly kind: 'deep' };

export interface PathPattern {
  /** In canonical form. */
  readonly text: string;
  readonly nodes: readonly NodePattern[];
  /** It names one series, of this device. */
  readonly device: string | undefined;
}

/** Of a device, a measurement and what stands behind a prefix. */
const patternCharsMax = 2 * pathCharsMax + 4;
const any: NodePattern = { kind: 'any' };
const deep: NodePattern = { kind: 'deep' };
const likeNode = /^[0-9a-zA-Z_*\u2E80-\u9FFF]+$/;

/** Reads a pattern; `undefined` if it is not legal. */
export function pathPattern(text: string): PathPattern | undefined {
  if (text.length > patternCharsMax) return undefined;
  const nodes: NodePattern[] = [];
  const canonical: string[] = [];
  for (const part of partsOf(text)) {
    const node = nodePattern(part);
    if (node === undefined) return undefined;
    nodes.push(node);
    canonical.push(node.kind === 'exact' ? node.name : part);
  }
  const [root] = nodes;
  if (root?.kind !== 'exact' || root.name !== 'root' || nodes.length < 2) return undefined;
  const isExact = nodes.every(({ kind }) => kind === 'exact');
  return { text: canonical.join('.'), nodes, device: isExact ? canonical.slice(0, -1).join('.') : undefined };
}

function nodePattern(part: string): NodePattern | undefined {
  if (part === '*') return any;
  if (part === '**') return deep;
  if (part.includes('*') && !part.startsWith('`')) {
    if (!likeNode.test(part) || part.includes('**')) return undefined;
    return { kind: 'like', form: new RegExp(`^${part.replaceAll('*', '.*')}$`, 's') };
  }
  const [name, more] = canonicalNodes(part) ?? [];
  return name === undefined || more !== undefined ? undefined : { kind: 'exact', name };
}

/** Cuts at the dots that are not between backquotes. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '`') isQuoted = !isQuoted;
    else if (i === text.length || (text[i] === '.' && !isQuoted)) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  if (isQuoted) parts.push('');
  return parts;
}

function matchesNode(pattern: NodePattern, name: string): boolean {
  switch (pattern.kind) {
    case 'exact':
      return pattern.name === name;
    case 'like':
      return pattern.form.test(name);
    default:
      return true;
  }
}

/** Places in a pattern, ascending: what may come next, after the nodes so far. `nodes.length`: all of it has come. */
type PatternState = readonly number[];

/** Where a pattern stands after one more node. */
export function step(nodes: readonly NodePattern[], state: PatternState, name: string): PatternState {
  const next: number[] = [];
  for (const at of state) {
    const node = nodes[at];
    if (node === undefined || !matchesNode(node, name)) continue;
    if (node.kind === 'deep') add(next, at);
    add(next, at + 1);
  }
  return next;
}

function add(state: number[], at: number): void {
  if (!state.includes(at)) state.push(at);
}

/** Whether a path, given by its nodes, is one of those that the pattern means. */
export function matchesPath(pattern: PathPattern, path: readonly string[]): boolean {
  let state: PatternState = [0];
  for (const name of path) {
    state = step(pattern.nodes, state, name);
    if (state.length === 0) return false;
  }
  return state.includes(pattern.nodes.length);
}
