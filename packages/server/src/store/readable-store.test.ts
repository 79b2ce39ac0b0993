import { StatusCode } from '@balsa/wire';
import { expect, test } from 'vitest';
import { openTestEngine } from '../testing/test-store.ts';
import { readableElsewhere, readableStore } from './readable-store.ts';

test('nothing is read while a snapshot takes the place of what there was, nor once the group has failed', async () => {
  const engine = await openTestEngine();
  const group = { failure: undefined as Error | undefined, isRestoring: true };
  const store = readableStore(group, engine);
  expect(store).toThrow(expect.objectContaining({ status: StatusCode.STORAGE_ENGINE_NOT_READY }));
  group.isRestoring = false;
  expect(store()).toBe(engine);
  group.failure = new Error('a command threw');
  expect(store).toThrow(expect.objectContaining({ code: 'GROUP_FAILED' }));
  await engine.close();
});

test('where others have an answer meanwhile, nobody waits for the end of a snapshot that is taken in', async () => {
  const group = {
    failure: undefined,
    isRestoring: true,
    readBarrier: () => Promise.resolve(7),
    propose: () => Promise.reject(new Error('not asked')),
  };
  const readable = readableElsewhere(group);
  const options = { timeoutMs: 1000 };
  await expect(readable.readBarrier(options)).rejects.toMatchObject({ status: StatusCode.STORAGE_ENGINE_NOT_READY });
  group.isRestoring = false;
  expect(await readable.readBarrier(options)).toBe(7);
});
