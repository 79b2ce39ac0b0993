import { StatusCode } from '@balsa/wire';
import { expect, test } from 'vitest';
import { openTestEngine } from '../testing/test-store.ts';
import { readableStore } from './readable-store.ts';

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
