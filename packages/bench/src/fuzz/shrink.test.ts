import { expect, test } from 'vitest';
import { shrinkInput } from './shrink.ts';

test('what does not matter is left out', async () => {
  const input = Buffer.from(`${'x'.repeat(1000)}a${'y'.repeat(500)}b${'z'.repeat(77)}`);
  const smallest = await shrinkInput(input, async (smaller) => /a.*b/.test(smaller.toString()));
  expect(smallest.toString()).toBe('ab');
});

test('an input that needs all of itself stays', async () => {
  const input = Buffer.from('abc');
  expect(await shrinkInput(input, async () => false)).toBe(input);
  expect(await shrinkInput(Buffer.alloc(0), async () => true)).toEqual(Buffer.alloc(0));
});
