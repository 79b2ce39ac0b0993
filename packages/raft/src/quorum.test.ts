import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { Quorum } from './quorum.ts';

const voterSet = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 });
const voterSets = fc.oneof(fc.tuple(voterSet), fc.tuple(voterSet, voterSet));

describe('quorum', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [7, 4],
  ])('of %i voters is %i', (size, needed) => {
    const quorum = new Quorum(Array.from({ length: size }, (_, i) => i + 1));
    expect(quorum.isReachedBy((node) => node <= needed)).toBe(true);
    expect(quorum.isReachedBy((node) => node < needed)).toBe(false);
  });

  it('of a joint configuration needs a majority of both sets', () => {
    const quorum = new Quorum([1, 2, 3], [3, 4, 5]);
    const reachedBy = (...nodes: number[]): boolean => quorum.isReachedBy((node) => nodes.includes(node));
    expect(reachedBy(1, 2, 3)).toBe(false);
    expect(reachedBy(3, 4, 5)).toBe(false);
    expect(reachedBy(1, 2, 4, 5)).toBe(true);
    // 3 votes in both, and is one node all the same.
    expect(reachedBy(2, 3, 4)).toBe(true);
    expect(quorum.voters()).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not count who is not a voter', () => {
    const quorum = new Quorum([1, 2, 3]);
    expect(quorum.includes(3)).toBe(true);
    expect(quorum.includes(4)).toBe(false);
    expect(quorum.isReachedBy((node) => node === 1 || node > 3)).toBe(false);
  });

  it('any two quorums of a configuration share a voter', () => {
    const nodes = fc.uniqueArray(fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(voterSets, nodes, nodes, (sets, left, right) => {
        const quorum = new Quorum(...sets);
        const both = [left, right].every((side) => quorum.isReachedBy((node) => side.includes(node)));
        if (both) expect(left.some((node) => right.includes(node) && quorum.includes(node))).toBe(true);
      }),
    );
  });

  it('has reached the highest value that a quorum has reached, and no higher', () => {
    fc.assert(
      fc.property(voterSets, fc.array(fc.nat(20), { minLength: 10, maxLength: 10 }), (sets, values) => {
        const quorum = new Quorum(...sets);
        const reachedBy = (node: number): number => values[node]!;
        const highest = quorum.highestReached(reachedBy);
        expect(quorum.isReachedBy((node) => reachedBy(node) >= highest)).toBe(true);
        expect(quorum.isReachedBy((node) => reachedBy(node) > highest)).toBe(false);
      }),
    );
  });

  it('of no voters is never reached', () => {
    for (const quorum of [new Quorum([]), new Quorum([1], [])]) {
      expect(quorum.isReachedBy(() => true)).toBe(false);
      expect(quorum.highestReached(() => 7)).toBe(0);
    }
  });

  it('refuses to be of nobody, or to count somebody twice', () => {
    expect(() => new Quorum()).toThrow(InvariantError);
    expect(() => new Quorum([1, 2, 1])).toThrow('a voter stands once in its set');
  });
});
