import { expect, it } from 'vitest';
import { inParallel } from './in-parallel.ts';

const turn = (): Promise<void> => new Promise(setImmediate);

it('runs all, some at a time, begun in order', async () => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await inParallel(
    Array.from({ length: 50 }, (_, task) => task),
    async (task) => {
      begun.push(task);
      most = Math.max(most, ++running);
      await turn();
      running--;
    },
  );
  expect(begun).toEqual(Array.from({ length: 50 }, (_, task) => task));
  expect(most).toBe(8);
});

it('begins no more when one has failed, tells the others, and waits for them', async () => {
  const ended: number[] = [];
  const all = inParallel(
    Array.from({ length: 50 }, (_, task) => task),
    async (task, isOver) => {
      await turn();
      if (task === 3) throw new Error('the third');
      while (!isOver()) await turn();
      ended.push(task);
    },
  );
  await expect(all).rejects.toThrow('the third');
  expect(ended.sort((a, b) => a - b)).toEqual([0, 1, 2, 4, 5, 6, 7]);
});
