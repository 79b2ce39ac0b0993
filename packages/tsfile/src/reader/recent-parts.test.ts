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

  it('are at hand as soon as they have been read, and for as long as they are kept', async () => {
    const parts = new RecentParts<string>();
    const reading = parts.get(7, 100, async () => 'seven');
    expect(parts.atHand(7)).toBeUndefined();
    await reading;
    for (let from = 8; from < 8 + 15; from++) await parts.get(from, 1, async () => 'another');
    expect(parts.atHand(7)).toBe('seven');
    // Who was asked for last is the last to go.
    await parts.get(30, 1, async () => 'another');
    expect([parts.atHand(7), parts.atHand(8)]).toEqual(['seven', undefined]);
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
