import { expect, test } from 'vitest';
import { checkRegisters } from './check-registers.ts';
import type { RegisterOperation } from './registers.ts';

function write(key: string, callAt: number, returnAt: number | undefined, value: number): RegisterOperation {
  return { client: 1, key, callAt, returnAt, action: { op: 'write', value } };
}

function read(key: string, callAt: number, returnAt: number, result: number | null): RegisterOperation {
  return { client: 2, key, callAt, returnAt, action: { op: 'read', result } };
}

test('counts what it has checked', () => {
  const operations = [write('a', 0, 1, 7), write('b', 0, undefined, 8), read('a', 2, 3, 7), read('b', 2, 3, null)];
  expect(checkRegisters(operations)).toEqual({ writes: 2, reads: 2, undecided: 0, violations: [] });
});

test('a read that misses an acknowledged write is found, and the register named', () => {
  const operations = [write('a', 0, 1, 7), write('a', 2, 3, 8), read('a', 4, 5, 7), read('b', 4, 5, null)];
  const { violations } = checkRegisters(operations);
  expect(violations).toHaveLength(1);
  expect(violations[0]).toMatch(/on "a" cannot be ordered/);
});

test('a read that goes back behind an unanswered write that was seen before is found', () => {
  const operations = [write('a', 0, 1, 7), write('a', 2, undefined, 8), read('a', 4, 5, 8), read('a', 6, 7, 7)];
  expect(checkRegisters(operations).violations).toHaveLength(1);
});
