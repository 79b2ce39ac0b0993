import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { wholeNumber } from './options.ts';

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
