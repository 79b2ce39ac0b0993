import { endOfQuoted, unquoted } from '../text/quoting.ts';
import type { Path, PathNode } from '../tree/path.ts';
import type { PathPattern } from './series-source.ts';

/** The names in a canonical path such as root.plant.`line 4`, without `root` and without backquotes. */
export function namesOf(canonicalPath: string): string[] {
  const names: string[] = [];
  let start = 0;
  while (start < canonicalPath.length) {
    const isQuoted = canonicalPath[start] === '`';
    const dot = isQuoted ? endOfQuoted(canonicalPath, start) : canonicalPath.indexOf('.', start);
    const end = dot < 0 ? canonicalPath.length : dot;
    const node = canonicalPath.slice(start, end);
    names.push(isQuoted ? unquoted(node) : node);
    start = end + 1;
  }
  return names[0] === 'root' ? names.slice(1) : names;
}

/** The name that a node in canonical form stands for, without its backquotes. A measurement may be called `root`. */
export function nameOfNode(node: string): string {
  return node.startsWith('`') ? unquoted(node) : node;
}

/** A path of names alone. */
export function pathOfNames(names: readonly string[], span: Path['span']): Path {
  return { isAbsolute: true, nodes: names.map((name) => ({ kind: 'name', name })), span };
}

export function matchesPattern(pattern: PathPattern, names: readonly string[]): boolean {
  // As with wildcards in texts: the last `**` takes one name more each time that what follows it does not fit.
  let node = 0;
  let name = 0;
  let retryNode = -1;
  let retryName = 0;
  while (name < names.length) {
    const current = pattern[node];
    if (current?.kind === 'anyDepth') {
      retryNode = node++;
      retryName = ++name;
    } else if (current !== undefined && matchesNode(current, names[name]!)) {
      node++;
      name++;
    } else if (retryNode >= 0) {
      node = retryNode + 1;
      name = ++retryName;
    } else {
      return false;
    }
  }
  return node === pattern.length;
}

function matchesNode(node: PathNode, name: string): boolean {
  switch (node.kind) {
    case 'name':
      return node.name === name;
    case 'pattern':
      if (node.anyBefore && node.anyBehind) return name.includes(node.part);
      return node.anyBefore ? name.endsWith(node.part) : name.startsWith(node.part);
    default:
      return true;
  }
}
