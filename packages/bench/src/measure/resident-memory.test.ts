import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { peakResidentBytes, residentBytes } from './resident-memory.ts';

const mebibyte = 1024 * 1024;

test('a process that is there has memory, where the kernel tells', () => {
  const bytes = residentBytes(process.pid);
  if (existsSync('/proc/self/status')) expect(bytes).toBeGreaterThan(10 * mebibyte);
  else expect(bytes).toBeUndefined();
  if (bytes !== undefined) expect(peakResidentBytes(process.pid)).toBeGreaterThan(bytes / 2);
});

test('a process that is not there has none', () => {
  expect(residentBytes(2 ** 30)).toBeUndefined();
  expect(peakResidentBytes(2 ** 30)).toBeUndefined();
});
