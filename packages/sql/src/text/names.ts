// Which names may stand without backquotes, and how paths are written.

import type { Path, PathNode } from '../tree/path.ts';
import { quoted } from './quoting.ts';

/** As the content of a character class: letters, digits, underscore, and the scripts of East Asia, but not their blank. */
export const nameChars = '0-9A-Za-z_\\u2E80-\\u2FFF\\u3001-\\u9FFF';

const plainName = new RegExp(`^[${nameChars}]+$`);
const realNumber = /^[0-9]+(?:e[0-9]+)?$/i;

/** In backquotes where IoTDB prints them: for other characters, and for names that look like numbers. */
export function nameText(name: string): string {
  return isPlainName(name) ? name : quoted(name, '`');
}

export function isPlainName(name: string): boolean {
  return plainName.test(name) && !realNumber.test(name);
}

/** As results name it, for instance `root.plant.line4.temperature`. */
export function pathText(path: Path, textOfName: (name: string) => string = nameText): string {
  const nodes = path.nodes.map((node) => nodeText(node, textOfName));
  return (path.isAbsolute ? ['root', ...nodes] : nodes).join('.');
}

function nodeText(node: PathNode, textOfName: (name: string) => string): string {
  switch (node.kind) {
    case 'name':
      return textOfName(node.name);
    case 'pattern':
      return `${node.anyBefore ? '*' : ''}${textOfName(node.part)}${node.anyBehind ? '*' : ''}`;
    case 'any':
      return '*';
    case 'anyDepth':
      return '**';
  }
}
