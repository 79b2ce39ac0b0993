import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { residentBytes } from './resident-memory.ts';

const mebibyte = 1024 * 1024;

test('a process that is there has memory, where the kernel tells', () => {
  const bytes = residentBytes(process.pid);
  if (existsSync('/proc/self/status')) expect(bytes).toBeGreaterThan(10 * mebibyte);
  else expect(bytes).toBeUndefined();
});

test('a process that is not there has none', () => {
  expect(residentBytes(2 ** 30)).toBeUndefined();
});
