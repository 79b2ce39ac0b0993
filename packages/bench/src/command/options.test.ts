import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { moreNamesOutOf, namesOutOf, wholeNumber, wholeNumbers } from './options.ts';

const percent = wholeNumber(1, 100);

test.each([
  ['1', 1],
  ['100', 100],
  ['007', 7],
])('%s is accepted', (text, value) => {
  expect(percent(text)).toBe(value);
});

test.each(['0', '101', '1.5', '-1', '1e1', '', ' 7', 'many', '9'.repeat(30)])('"%s" is refused', (text) => {
  expect(() => percent(text)).toThrow(InvalidArgumentError);
});

test('numbers come as a list', () => {
  expect(wholeNumbers(2, 15)('3,5,9')).toEqual([3, 5, 9]);
  expect(wholeNumbers(2, 15)('3')).toEqual([3]);
});

test.each(['', '3,', '1', '16', '3,3', '3;5'])('"%s" is no list of numbers from 2 to 15', (text) => {
  expect(() => wholeNumbers(2, 15)(text)).toThrow(InvalidArgumentError);
});

const strategies = namesOutOf(['direct', 'relay', 'relay-chain']);

test('names are out of those that there are', () => {
  expect(strategies('direct,relay-chain')).toEqual(['direct', 'relay-chain']);
  for (const text of ['', 'relais', 'direct,direct', 'toString']) {
    expect(() => strategies(text)).toThrow(InvalidArgumentError);
  }
});

test('an option that is repeated names more, and nothing twice', () => {
  const more = moreNamesOutOf(['etcd', 'nats', 'other']);
  expect(more('etcd', [])).toEqual(['etcd']);
  expect(more('nats,other', ['etcd'])).toEqual(['etcd', 'nats', 'other']);
  for (const text of ['etcd', 'oracle', '']) expect(() => more(text, ['etcd'])).toThrow(InvalidArgumentError);
});
