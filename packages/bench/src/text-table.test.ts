import { expect, test } from 'vitest';
import { textTable } from './text-table.ts';

test('columns are as wide as their widest cell, numbers to the right', () => {
  expect(
    textTable([
      ['', 'balsa', 'etcd'],
      ['writes/s', '123,456', '1'],
      ['p99 ms', '1.2', '345.6'],
    ]),
  ).toBe(
    [
      '            balsa   etcd',
      '--------  -------  -----',
      'writes/s  123,456      1',
      'p99 ms        1.2  345.6',
    ].join('\n'),
  );
});
