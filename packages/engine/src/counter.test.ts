import { decodeCommandResult, StatusCode } from '@balsa/wire';
import { expect, it } from 'vitest';
import { Counter } from './counter.ts';

it('counts commands and bytes, and answers success', () => {
  const counter = new Counter();
  const answer = counter.apply(3, new Uint8Array(10));
  counter.apply(7, new Uint8Array(0));
  expect(decodeCommandResult(Buffer.from(answer))).toEqual({ status: StatusCode.SUCCESS, message: '' });
  expect(counter.statistics()).toEqual({ commands: 2, bytes: 10, appliedIndex: 7 });
});

it('has a checksum that shows a lost and a repeated command', () => {
  const checksumOf = (lengths: number[]) => {
    const counter = new Counter();
    for (const [i, length] of lengths.entries()) counter.apply(i + 1, new Uint8Array(length));
    return counter.checksum();
  };
  const checksums = [[1, 2], [2], [1, 2, 2], [1, 2, 0], []].map(checksumOf);
  expect(new Set(checksums).size).toBe(checksums.length);
  expect(checksumOf([2, 1])).toBe(checksumOf([1, 2]));
});

it('refuses to apply a command twice', () => {
  const counter = new Counter();
  counter.apply(1, new Uint8Array(1));
  expect(() => counter.apply(1, new Uint8Array(1))).toThrow(RangeError);
});
