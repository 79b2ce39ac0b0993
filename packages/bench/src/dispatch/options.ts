// Options of this command that are lists, or pairs.

import { InvalidArgumentError } from 'commander';
import { wholeNumber } from '../command/options.ts';
import { type SlowNode, type StrategyName, strategyNames } from './settings.ts';

/** A parser for whole numbers with commas between them, none of them twice. */
export function wholeNumbers(minimum: number, maximum: number): (text: string) => number[] {
  const parse = wholeNumber(minimum, maximum);
  return (text) => withoutRepeats(text.split(',').map(parse));
}

export function strategyList(text: string): StrategyName[] {
  const names = text.split(',').map((word) => {
    const name = strategyNames.find((it) => it === word);
    if (name !== undefined) return name;
    throw new InvalidArgumentError(`Expected names out of ${strategyNames.join(', ')}, with commas between.`);
  });
  return withoutRepeats(names);
}

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

function withoutRepeats<T>(items: T[]): T[] {
  if (new Set(items).size < items.length) throw new InvalidArgumentError('Expected nothing twice.');
  return items;
}
