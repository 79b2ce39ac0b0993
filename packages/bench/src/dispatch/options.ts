// Options of this command that are parts, pairs, or zones.

import { InvalidArgumentError } from 'commander';
import type { SlowNode } from './settings.ts';

export function part(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value <= 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 1.');
}

/** `node=factor`, added to those that were given before. */
export function slowNode(text: string, earlier: readonly SlowNode[]): SlowNode[] {
  const [, node, factor] = /^(\d+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const parsed = { node: Number(node), factor: Number(factor) };
  if (!(parsed.node >= 1 && parsed.factor >= 1)) {
    throw new InvalidArgumentError('Expected a node and a factor of at least 1, such as 3=10.');
  }
  if (earlier.some((it) => it.node === parsed.node)) throw new InvalidArgumentError('Expected each node once.');
  return [...earlier, parsed];
}

/** Names with commas between them. */
export function zoneList(text: string): string[] {
  const names = text.split(',');
  if (names.every((name) => /^[A-Za-z0-9._-]{1,64}$/.test(name))) return names;
  throw new InvalidArgumentError('Expected names of letters, digits, dots, hyphens and underscores, such as a,a,b.');
}
