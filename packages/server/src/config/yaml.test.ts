import { expect, test } from 'vitest';
import { readYaml } from './yaml.ts';

test.each([
  ['', null],
  ['a: 1', { a: 1 }],
  ['a: &x [1, "b"]\nc: *x', { a: [1, 'b'], c: [1, 'b'] }],
  [`[${'[1, 2], '.repeat(100)}]`, Array.from({ length: 100 }, () => [1, 2])],
  ['# nothing\n---\n[1]', [1]],
])('%j is read', (text, value) => {
  expect(readYaml(text)).toEqual({ value });
});

// That telling takes no longer than reading is for `npm run fuzz` to find out: it found that it did.
test.each([
  ['a: 1\nb: [}', 'at line 2, column 5'],
  ['}}}', 'Unexpected flow-map-end token in YAML document at line 1, column 1'],
  ['a: 1\na: 2', 'Map keys must be unique at line 2, column 1'],
  ['a: "b', 'at line 1, column 6'],
  ['a\n---\nb', 'at line 2, column 1'],
  ['a: *x', 'Unresolved alias'],
  ['['.repeat(30_000), 'nested more than 32 levels deep'],
  ['{a: '.repeat(10_000), 'nested more than 32 levels deep'],
  ['- '.repeat(30_000), 'nested more than 32 levels deep'],
  ['? '.repeat(30_000), 'nested more than 32 levels deep'],
  [`a: |${'x'.repeat(10_000)}`, 'Block scalar header includes extra characters'],
  [`a: &a [${'1,'.repeat(200)}]\nb: [${'*a,'.repeat(200)}]`, 'Excessive alias count'],
])('of %.40j only the first fault is told, in one line', (text, problem) => {
  const read = readYaml(text);
  expect(read.problem).toContain(problem);
  expect(read.problem).not.toContain('\n');
  expect(read.problem?.length).toBeLessThan(300);
});
