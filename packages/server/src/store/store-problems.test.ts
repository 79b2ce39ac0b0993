import { StorageError } from '@balsa/engine/storage';
import { expect, test } from 'vitest';
import { StoreProblems } from './store-problems.ts';

test('a disk that takes no files is a problem for as long as attempts fail', () => {
  let nowMs = 0;
  const logged: string[] = [];
  const problems = new StoreProblems(
    (_level, code) => logged.push(code),
    () => nowMs,
  );
  expect(problems.current(0)).toBeUndefined();
  const refused = new StorageError('STORAGE_FAILED', 'the disk refused a flush: ENOSPC');
  problems.failed(refused);
  expect(problems.current(0)).toEqual({ code: 'STORAGE_FAILED', message: refused.message });
  nowMs += 4000;
  problems.failed(refused);
  nowMs += 4000;
  expect(problems.current(0)).toMatchObject({ code: 'STORAGE_FAILED' });
  nowMs += 2000;
  expect(problems.current(0)).toBeUndefined();
  expect(logged).toEqual(['STORAGE_FAILED', 'STORAGE_FAILED']);
});

test('damaged files are one until they are mended', () => {
  const problems = new StoreProblems(
    () => {},
    () => 0,
  );
  problems.damaged(new StorageError('STORAGE_DAMAGED', 'a.tsfile is not what was written', { file: 'a.tsfile' }));
  expect(problems.current(2)).toMatchObject({ code: 'STORAGE_DAMAGED', message: expect.stringContaining('2 files') });
  expect(problems.current(0)).toBeUndefined();
});
