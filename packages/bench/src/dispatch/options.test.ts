import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { part, slowNode, zoneList } from './options.ts';

test('a part lies between 0 and 1', () => {
  expect([part('0'), part('0.25'), part('1')]).toEqual([0, 0.25, 1]);
  for (const text of ['', '1.1', '-0.5', '.5', 'all']) expect(() => part(text)).toThrow(InvalidArgumentError);
});

test('slow nodes add up, each of them once', () => {
  const once = slowNode('3=10', []);
  expect(slowNode('2=1.5', once)).toEqual([
    { node: 3, factor: 10 },
    { node: 2, factor: 1.5 },
  ]);
  for (const text of ['3', '3=', '=2', '0=2', '3=0.5', '3=10']) {
    expect(() => slowNode(text, once)).toThrow(InvalidArgumentError);
  }
});

test('zones are named in turn', () => {
  expect(zoneList('a,a,eu-west.1')).toEqual(['a', 'a', 'eu-west.1']);
  for (const text of ['', 'a,', 'a b', 'a;b']) expect(() => zoneList(text)).toThrow(InvalidArgumentError);
});
