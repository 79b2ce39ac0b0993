import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Configuration,
  type ConfigurationTarget,
  configurationOf,
  faultOf,
  firstStep,
  isJoint,
  isMember,
  isSameTarget,
  membersOf,
  noConfiguration,
  quorumOf,
  withoutOutgoing,
} from './configuration.ts';

const three = configurationOf([1, 2, 3]);
const nodes = [1, 2, 3, 4, 5, 6, 7];

/** Voters, learners and strangers. */
const target: fc.Arbitrary<ConfigurationTarget> = fc
  .tuple(fc.shuffledSubarray(nodes, { minLength: 1 }), fc.nat({ max: 3 }), fc.boolean())
  .map(([chosen, learners, leases]) => {
    const voters = chosen.slice(0, Math.max(1, chosen.length - learners));
    return { voters, learners: chosen.slice(voters.length), preferredLeader: undefined, leases };
  });

describe('a configuration', () => {
  it.each([
    ['without a voter', { voters: [] }],
    ['with a node that votes twice', { voters: [1, 1] }],
    ['with a voter that is a learner, too', { voters: [1, 2], learners: [2] }],
    ['with a learner twice', { learners: [4, 4] }],
    ['with node 0', { voters: [0, 1] }],
    ['with half a node', { learners: [1.5] }],
    ['whose preferred leader is a learner', { learners: [4], preferredLeader: 4 }],
    ['whose preferred leader is a stranger', { preferredLeader: 9 }],
  ])('%s is refused', (_what, change) => {
    expect(faultOf({ ...three, ...change })).toEqual(expect.any(String));
  });

  it('is sound otherwise', () => {
    expect(faultOf(three)).toBeUndefined();
    expect(faultOf({ ...three, learners: [4], preferredLeader: 2, leases: true })).toBeUndefined();
    fc.assert(fc.property(target, (any) => faultOf(any) === undefined));
  });

  it('counts its voters, and no learner', () => {
    const quorum = quorumOf({ ...three, learners: [4, 5, 6] });
    expect(quorum.voters()).toEqual([1, 2, 3]);
    expect(quorum.isReachedBy((node) => node > 2)).toBe(false);
    expect(quorum.isReachedBy((node) => node > 1)).toBe(true);
  });

  it('of a newcomer has no quorum', () => {
    expect(quorumOf(noConfiguration).isReachedBy(() => true)).toBe(false);
    expect(membersOf(noConfiguration)).toEqual([]);
  });

  it('has every member once, whatever it is', () => {
    const joint: Configuration = { ...three, voters: [1, 2, 4], outgoing: [1, 2, 3], learners: [3, 5] };
    expect(membersOf(joint)).toEqual([1, 2, 4, 3, 5]);
    expect(nodes.filter((node) => isMember(node, joint))).toEqual([1, 2, 3, 4, 5]);
    expect(isMember(3, withoutOutgoing({ ...joint, learners: [] }))).toBe(false);
  });
});

describe('a change of the members', () => {
  it('of voters goes through a joint configuration, of anything else does not', () => {
    expect(firstStep(three, { ...three, voters: [1, 2] })).toMatchObject({ voters: [1, 2], outgoing: [1, 2, 3] });
    expect(firstStep(three, { ...three, voters: [1, 2, 4] })).toMatchObject({ outgoing: [1, 2, 3] });
    const other = { learners: [4], preferredLeader: 2, leases: true };
    expect(firstStep(three, { ...three, voters: [3, 2, 1], ...other })).toMatchObject({ outgoing: [], ...other });
  });

  it('gives no two disjoint quorums on its way, from any configuration to any other', () => {
    fc.assert(
      fc.property(target, target, fc.func(fc.boolean()), (from, to, isOnOneSide) => {
        const current = { ...from, outgoing: [] };
        const first = firstStep(current, to);
        const last = withoutOutgoing(first);
        expect(isJoint(last)).toBe(false);
        expect(isSameTarget(last, to)).toBe(true);
        // Who is on one side and who is on the other: never have both a quorum, in whichever of two neighbouring steps.
        for (const [a, b] of [
          [current, first],
          [first, last],
        ] as const) {
          const one = quorumOf(a).isReachedBy((node) => isOnOneSide(node));
          const other = quorumOf(b).isReachedBy((node) => !isOnOneSide(node));
          expect(one && other).toBe(false);
        }
      }),
    );
  });

  it.each([
    ['voters', { voters: [1, 2, 4] }],
    ['the number of voters', { voters: [1, 2] }],
    ['learners', { learners: [4] }],
    ['the preferred leader', { preferredLeader: 1 }],
    ['leases', { leases: true }],
  ])('of %s is one', (_what, change) => {
    expect(isSameTarget(three, { ...three, ...change })).toBe(false);
  });

  it('of the order alone is none', () => {
    expect(isSameTarget({ ...three, learners: [4, 5] }, { ...three, voters: [3, 1, 2], learners: [5, 4] })).toBe(true);
  });
});
