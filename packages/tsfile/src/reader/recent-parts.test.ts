import { describe, expect, it } from 'vitest';
import { RecentParts } from './recent-parts.ts';

describe('parts that were read last', () => {
  it('are read once, by however many at a time', async () => {
    const parts = new RecentParts<number>();
    let read = 0;
    const ask = () => parts.get(7, 100, async () => ++read);
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    expect(await ask()).toBe(1);
  });

  it('are read again after others, if they are large, and if they could not be read', async () => {
    const parts = new RecentParts<number>();
    let read = 0;
    const ask = (from: number, bytes = 1) => parts.get(from, bytes, async () => ++read);
    await ask(0);
    for (let from = 1; from <= 16; from++) await ask(from);
    expect(await ask(16)).toBe(17);
    expect(await ask(0)).toBe(18);
    await ask(99, 1 << 20);
    expect(await ask(99, 1 << 20)).toBe(20);
    await expect(parts.get(50, 1, () => Promise.reject(new Error('not now')))).rejects.toThrow('not now');
    expect(await ask(50)).toBe(21);
  });
});
