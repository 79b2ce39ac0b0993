import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { part, slowNode, strategyList, wholeNumbers, zoneList } from './options.ts';

test('numbers come as a list', () => {
  expect(wholeNumbers(2, 15)('3,5,9')).toEqual([3, 5, 9]);
  expect(wholeNumbers(2, 15)('3')).toEqual([3]);
});

test.each(['', '3,', '1', '16', '3,3', '3;5'])('"%s" is no list of group widths', (text) => {
  expect(() => wholeNumbers(2, 15)(text)).toThrow(InvalidArgumentError);
});

test('strategies are called by name', () => {
  expect(strategyList('direct,relay-chain')).toEqual(['direct', 'relay-chain']);
  for (const text of ['', 'relais', 'direct,direct', 'toString']) {
    expect(() => strategyList(text)).toThrow(InvalidArgumentError);
  }
});

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
