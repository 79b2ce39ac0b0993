import { type Configuration, configurationOf } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { isQuorum, quorumsOverlap } from './majorities.ts';

function joint(voters: readonly number[], outgoing: readonly number[]): Configuration {
  return { ...configurationOf(voters), outgoing };
}

const among =
  (...nodes: readonly number[]) =>
  (node: number): boolean =>
    nodes.includes(node);

describe('a quorum', () => {
  it.each([
    [[1], [1], true],
    [[1, 2], [1], false],
    [[1, 2, 3], [1, 3], true],
    [[1, 2, 3, 4], [1, 2], false],
    [[1, 2, 3, 4], [1, 2, 4], true],
    [[], [], false],
  ])('of %j is reached by %j: %s', (voters, nodes, reached) => {
    expect(isQuorum(configurationOf(voters), among(...nodes))).toBe(reached);
  });

  it('of a joint configuration is one of both sets', () => {
    const configuration = joint([1, 2, 3], [3, 4, 5]);
    expect(isQuorum(configuration, among(1, 2, 4))).toBe(false);
    expect(isQuorum(configuration, among(1, 3, 4))).toBe(true);
  });
});

describe('quorums of two configurations', () => {
  it.each([
    ['one more voter', configurationOf([1, 2, 3]), configurationOf([1, 2, 3, 4]), true],
    ['two more voters', configurationOf([1, 2, 3]), configurationOf([1, 2, 3, 4, 5]), false],
    ['a voter replaced', configurationOf([1, 2, 3]), configurationOf([1, 2, 4]), false],
    ['the way into a joint configuration', configurationOf([1, 2, 3]), joint([4, 5, 6], [1, 2, 3]), true],
    ['the way out of it', joint([4, 5, 6], [1, 2, 3]), configurationOf([4, 5, 6]), true],
    ['the same voters in another order', configurationOf([1, 2]), configurationOf([2, 1]), true],
  ])('overlap or not: %s', (_, a, b, overlap) => {
    expect(quorumsOverlap(a, b)).toBe(overlap);
    expect(quorumsOverlap(b, a)).toBe(overlap);
  });
});
