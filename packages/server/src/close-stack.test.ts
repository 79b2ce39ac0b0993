import { expect, test } from 'vitest';
import { CloseStack } from './close-stack.ts';

test('closes everything in reverse order, and then tells the first failure', async () => {
  const closed: string[] = [];
  const stack = new CloseStack();
  stack.push(async () => void closed.push('first'));
  stack.push(() => Promise.reject(new Error('second')));
  stack.push(() => Promise.reject(new Error('third')));
  stack.push(async () => void closed.push('fourth'));
  await expect(stack.closeAll()).rejects.toThrow('third');
  expect(closed).toEqual(['fourth', 'first']);
  await stack.closeAll();
  expect(closed).toHaveLength(2);
});
