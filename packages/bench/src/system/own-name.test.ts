import { expect, test } from 'vitest';
import { leftBehind } from './own-name.ts';

const pattern = /^run-(\d+)-\d+$/;

test('names of processes that are gone are found, those of others are left alone', () => {
  const isAlive = (pid: number): boolean => pid === 10;
  expect(leftBehind(['run-10-1', 'run-11-1', 'run-11-2', 'eth0', 'run-x-1'], pattern, isAlive)).toEqual([
    'run-11-1',
    'run-11-2',
  ]);
});

test('this process is alive, and no process has an id beyond the limit of the system', () => {
  expect(leftBehind([`run-${process.pid}-1`, 'run-99999999-1'], pattern)).toEqual(['run-99999999-1']);
});
