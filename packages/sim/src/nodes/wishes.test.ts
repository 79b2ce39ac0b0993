import { configurationOf } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { changeTowards, isFulfilled, type Wish, Wishes } from './wishes.ts';

const members = configurationOf([1, 2, 3]);
const withLearner = { ...members, learners: [4] };
const withFour = { ...configurationOf([1, 2, 3, 4]), outgoing: [1, 2, 3] };
const add: Wish = { group: 0, node: 1, change: { addVoters: [4] }, target: configurationOf([1, 2, 3, 4]) };

describe('wishes', () => {
  it('explain what a leader proposes, as long as they are open, and only of whom was asked', () => {
    const wishes = new Wishes();
    const explain = (node: number, group: number) => () => {
      wishes.explain(node, group, members, withLearner);
      wishes.explain(node, group, withLearner, withFour);
    };
    expect(explain(1, 0)).toThrow('nobody asked that 4 learn');
    wishes.began(add);
    expect(explain(1, 0)).not.toThrow();
    expect(explain(2, 0)).toThrow('unwanted change');
    expect(explain(1, 1)).toThrow('unwanted change');
    wishes.ended(add);
    expect(explain(1, 0)).toThrow('unwanted change');
  });

  it('do not explain who votes, leaves or comes back unasked', () => {
    const wishes = new Wishes();
    wishes.began({ ...add, change: { addLearners: [4] } });
    expect(() => wishes.explain(1, 0, withLearner, withFour)).toThrow('nobody asked that 4 vote');
    expect(() => wishes.explain(1, 0, members, configurationOf([1, 2]))).toThrow('nobody asked that 3 leave');
    wishes.began({ ...add, change: { remove: [3] } });
    expect(() => wishes.explain(1, 0, members, configurationOf([1, 2]))).not.toThrow();
    // The second step of a joint change needs no wish.
    expect(() => wishes.explain(2, 0, withFour, configurationOf([1, 2, 3, 4]))).not.toThrow();
  });

  it('tell what a group may become, until their process is gone', () => {
    const wishes = new Wishes();
    wishes.began(add);
    wishes.began({ ...add, target: undefined });
    expect(wishes.targetsOf(0)).toEqual([configurationOf([1, 2, 3, 4])]);
    expect(wishes.targetsOf(1)).toEqual([]);
    expect(wishes.isAsked(1, 0)).toBe(true);
    wishes.forget(1);
    expect(wishes.targetsOf(0)).toEqual([]);
    expect(wishes.isAsked(1, 0)).toBe(false);
  });

  it('lead from one configuration to another, and are fulfilled by it', () => {
    const current = { ...members, learners: [4, 5], preferredLeader: 2 };
    const target = { voters: [1, 4, 6], learners: [2], preferredLeader: undefined, leases: true };
    const change = changeTowards(current, target);
    expect(change).toEqual({
      addVoters: [4, 6],
      addLearners: [2],
      remove: [3, 5],
      preferredLeader: null,
      leases: true,
    });
    expect(isFulfilled({ ...target, outgoing: [] }, change)).toBe(true);
    expect(isFulfilled(current, change)).toBe(false);
    expect(changeTowards(current, current)).toEqual({ addVoters: [], addLearners: [], remove: [] });
    const spoilt = [
      { voters: [1, 4] },
      { learners: [] },
      { learners: [2, 3] },
      { preferredLeader: 1 },
      { leases: false },
    ];
    for (const other of spoilt) expect(isFulfilled({ ...target, outgoing: [], ...other }, change)).toBe(false);
  });
});
