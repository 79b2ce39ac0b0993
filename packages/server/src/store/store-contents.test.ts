import type { StorageContent } from '@balsa/engine/storage';
import { expect, test } from 'vitest';
import type { ReadableStore } from './readable-store.ts';
import { StoreContents } from './store-contents.ts';

class HandStore {
  appliedIndex = 1;
  readonly readings: { readonly signal: AbortSignal; end(): void }[] = [];

  content(signal: AbortSignal): Promise<StorageContent> {
    const { appliedIndex } = this;
    return new Promise((resolve, reject) => {
      const end = () => resolve({ devices: 1, series: 1, points: 1, rowsApplied: 1, appliedIndex, checksum: 7 });
      signal.addEventListener('abort', () => reject(signal.reason));
      this.readings.push({ signal, end });
    });
  }
}

function contentsOf(store: HandStore): StoreContents {
  return new StoreContents((() => store) as unknown as ReadableStore);
}

const staying = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('one reading serves all who ask before anything else is applied', async () => {
  const store = new HandStore();
  const contents = contentsOf(store);
  expect(contents.last).toBeUndefined();
  const asked = [contents.read(staying), contents.read(staying)];
  store.readings[0]!.end();
  const [one, other] = await Promise.all(asked);
  expect(one).toBe(other);
  expect(await contents.read(staying)).toBe(one);
  expect(contents.last).toBe(one);
  expect(store.readings).toHaveLength(1);
});

test('who asks later is not shown what was before; those wait together', async () => {
  const store = new HandStore();
  const contents = contentsOf(store);
  const early = contents.read(staying);
  store.appliedIndex = 2;
  const late = [contents.read(staying), contents.read(staying)];
  expect(store.readings).toHaveLength(1);
  store.readings[0]!.end();
  expect((await early).appliedIndex).toBe(1);
  await turn();
  expect(store.readings).toHaveLength(2);
  store.readings[1]!.end();
  expect((await Promise.all(late)).map(({ appliedIndex }) => appliedIndex)).toEqual([2, 2]);
});

test('a reading ends when the last who waits for it has gone, and is not joined any more', async () => {
  const store = new HandStore();
  const contents = contentsOf(store);
  const [one, other] = [new AbortController(), new AbortController()];
  const asked = [contents.read(one.signal), contents.read(other.signal)];
  one.abort(new Error('one is gone'));
  await expect(asked[0]).rejects.toThrow('one is gone');
  expect(store.readings[0]!.signal.aborted).toBe(false);
  other.abort(new Error('so is the other'));
  await expect(asked[1]).rejects.toThrow('so is the other');
  expect(store.readings[0]!.signal.aborted).toBe(true);
  const again = contents.read(staying);
  store.readings[1]!.end();
  expect((await again).checksum).toBe(7);
  await expect(contents.read(AbortSignal.abort(new Error('gone before')))).rejects.toThrow('gone before');
});

test('what a reading fails with is what everybody hears, and the next tries again', async () => {
  const store = new HandStore();
  const contents = contentsOf(store);
  const asked = contents.read(staying);
  store.content = () => Promise.reject(new Error('damaged'));
  // The one under way is not touched by that.
  store.readings[0]!.end();
  await asked;
  store.appliedIndex = 2;
  await expect(Promise.allSettled([contents.read(staying), contents.read(staying)])).resolves.toMatchObject([
    { reason: { message: 'damaged' } },
    { reason: { message: 'damaged' } },
  ]);
});
