import { inputBytesMax } from '@balsa/wire/fuzz';
import { expect, test } from 'vitest';
import { Random } from '../chaos/random.ts';
import { Mutator } from './mutator.ts';

const sample = Buffer.from('{"length":12,"name":"balsa"}');

function draw(seed: number, count: number, pool: readonly Buffer[], words: readonly string[] = []): Buffer[] {
  const mutator = new Mutator(new Random(seed), words);
  return Array.from({ length: count }, () => mutator.next(pool));
}

test('the same seed draws the same damage, another seed other', () => {
  const inputs = draw(1, 200, [sample]);
  expect(draw(1, 200, [sample])).toEqual(inputs);
  expect(draw(2, 200, [sample])).not.toEqual(inputs);
});

test('damage of every kind is drawn', () => {
  const inputs = draw(3, 3000, [sample, Buffer.alloc(0)], ['null']);
  const flips = (input: Buffer): number => sample.reduce((sum, byte, at) => sum + (byte === input[at] ? 0 : 1), 0);
  const some = (is: (input: Buffer) => boolean): boolean => inputs.some(is);
  expect(some((input) => input.length < sample.length && sample.subarray(0, input.length).equals(input))).toBe(true);
  expect(some((input) => input.length > sample.length && input.subarray(0, sample.length).equals(sample))).toBe(true);
  expect(some((input) => input.length === sample.length && flips(input) === 1)).toBe(true);
  expect(some((input) => input.length === sample.length && input.includes('ffffffff', 0, 'hex'))).toBe(true);
  expect(some((input) => input.toString() === '{"length":null,"name":"balsa"}')).toBe(true);
  expect(some((input) => /^\{"length":-?\d{3,},"name":"balsa"\}$/.test(input.toString()))).toBe(true);
  expect(some((input) => input.length > 100 * sample.length)).toBe(true);
});

test('inputs stay within the limit, are copies, and leave the pool as it is', () => {
  const pool = [Buffer.from(sample), Buffer.alloc(inputBytesMax, 7)];
  for (const input of draw(4, 500, pool)) {
    expect(input.length).toBeLessThanOrEqual(inputBytesMax);
    input.fill(0);
  }
  expect(pool).toEqual([sample, Buffer.alloc(inputBytesMax, 7)]);
});
