import { expect, test } from 'vitest';
import { growthPercent, keepHeapHeadroom } from './heap-headroom.ts';

const mebibyte = 1024 * 1024;

test('the headroom is the same whatever the heap, and a large heap keeps room to grow', () => {
  for (const liveMebibytes of [8, 16, 64, 256]) {
    const liveBytes = liveMebibytes * mebibyte;
    expect((liveBytes * growthPercent(liveBytes)) / 100 / mebibyte).toBeCloseTo(256, 0);
  }
  expect(growthPercent(4096 * mebibyte)).toBe(50);
});

test('the runtime knows the setting, and the timer ends', () => {
  const timersBefore = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const stop = keepHeapHeadroom();
  stop();
  const timersAfter = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  expect(timersAfter).toBe(timersBefore);
});
