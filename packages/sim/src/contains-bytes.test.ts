import { expect, test } from 'vitest';
import { containsBytes } from './contains-bytes.ts';

const bytes = Uint8Array.of(1, 1, 2, 3, 1, 2);

test.each<[readonly number[], boolean]>([
  [[], true],
  [[1, 1, 2], true],
  [[1, 2, 3], true],
  [[1, 2], true],
  [[3, 1, 2], true],
  [[1, 2, 4], false],
  [[2, 1], false],
  [[1, 2, 3, 1, 2, 9], false],
  [[9], false],
])('%j: %s', (part, isIn) => {
  expect(containsBytes(bytes, Uint8Array.from(part))).toBe(isIn);
});
