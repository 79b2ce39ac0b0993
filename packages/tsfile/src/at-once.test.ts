import { expect, test } from 'vitest';
import { atOnceOrLater, awaited, ready, type Steps } from './at-once.ts';

function* sumOf(parts: readonly (number | Promise<number>)[]): Steps<number> {
  let sum = 0;
  for (const part of parts) sum += yield* ready(part);
  return sum;
}

test('where nothing has to be waited for, the result is there at once', () => {
  expect(atOnceOrLater(sumOf([1, 2, 3]))).toBe(6);
});

test('else it comes later, after one promise or after several', async () => {
  const result = atOnceOrLater(sumOf([1, Promise.resolve(2), 3, Promise.resolve(4)]));
  expect(result).toBeInstanceOf(Promise);
  expect(await result).toBe(10);
});

test('what fails is met where it was waited for, and reaches whoever asked', async () => {
  const noticed: string[] = [];
  function* guarded(part: Promise<number>): Steps<number> {
    try {
      return yield* awaited(part);
    } catch (error) {
      noticed.push((error as Error).message);
      throw new Error('it could not be read', { cause: error });
    }
  }
  await expect(atOnceOrLater(guarded(Promise.reject(new Error('EIO'))))).rejects.toThrow('it could not be read');
  expect(noticed).toEqual(['EIO']);
  expect(() => atOnceOrLater(failing())).toThrow('at once');
});

// biome-ignore lint/correctness/useYield: it fails before it has to wait for anything
function* failing(): Steps<number> {
  throw new Error('at once');
}
