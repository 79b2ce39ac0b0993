import { expect, test } from 'vitest';
import type { Matrix } from './matrix.ts';
import { RecentMatrices } from './recent-matrices.ts';

function row(length: number): Matrix {
  return { rows: 1, columns: length, values: new Uint8Array(length) };
}

/** Room for so many matrices of 744 bytes, under keys of one letter. */
function roomFor(matrices: number): RecentMatrices {
  return new RecentMatrices(1001 * matrices);
}

/** Keys of those that had to be made. */
function ask(recent: RecentMatrices, ...matrices: readonly (readonly [key: string, length: number])[]): string[] {
  const made: string[] = [];
  for (const [key, length] of matrices) {
    const matrix = recent.get(key, () => {
      made.push(key);
      return row(length);
    });
    expect(matrix.values.length).toBe(length);
  }
  return made;
}

test('a matrix is made once, as long as there is room', () => {
  const recent = roomFor(3);
  expect(ask(recent, ['a', 744], ['b', 744], ['c', 744])).toEqual(['a', 'b', 'c']);
  expect(ask(recent, ['a', 744], ['b', 744], ['c', 744])).toEqual([]);
});

test('room is made by those that were not used for longest', () => {
  const recent = roomFor(3);
  ask(recent, ['a', 744], ['b', 744], ['c', 744], ['a', 744], ['d', 1745]);
  expect(ask(recent, ['a', 744], ['d', 1745])).toEqual([]);
  expect(ask(recent, ['c', 744])).toEqual(['c']);
  expect(recent.count).toBe(2);
});

test('one that is larger than the room pushes out all others, and gives way to the next', () => {
  const recent = roomFor(3);
  ask(recent, ['a', 744], ['large', 3000]);
  expect(recent.count).toBe(1);
  expect(ask(recent, ['large', 3000])).toEqual([]);
  expect(ask(recent, ['a', 744])).toEqual(['a']);
  expect(recent.count).toBe(1);
});

test('however many are asked for, few are kept', () => {
  const recent = roomFor(20);
  for (let i = 0; i < 1000; i++) ask(recent, [`${i}`, 742]);
  expect(recent.count).toBe(20);
});

test('a matrix that cannot be made leaves nothing behind', () => {
  const recent = roomFor(3);
  const fail = (): Matrix => {
    throw new Error('no inverse');
  };
  expect(() => recent.get('a', fail)).toThrow('no inverse');
  expect(recent.count).toBe(0);
});
