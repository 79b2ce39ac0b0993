import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

test('no more than there are slots run at a time, each gets its turn, and a failure gives the slot back', async () => {
  const slots = new Slots(2);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const all = Array.from({ length: 5 }, (_, i) =>
    slots.run(() => {
      begun.push(i);
      return new Promise<number>((resolve, reject) => {
        ends[i] = () => (i === 0 ? reject(new Error('failed')) : resolve(i));
      });
    }),
  );
  const settled = Promise.allSettled(all);
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual([0, 1, 2, 3, 4].slice(0, i + 2));
    ends[i]!();
  }
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', ...Array(4).fill('fulfilled')]);
  await expect(slots.run(async () => 'free')).resolves.toBe('free');
});
