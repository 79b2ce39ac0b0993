import { type Batch, BatchKind, configurationOf, type HardState, initialHardState } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import type { ObservedMember } from './oracles.ts';
import { WeakOracle } from './weak-oracle.ts';

function batchOf(firstIndex: number, term: number, prevTerm = term): Batch {
  return { kind: BatchKind.entries, firstIndex, count: 1, term, prevTerm, bytes: Uint8Array.of(firstIndex, term) };
}

function memberWith(
  id: number,
  log: readonly Batch[],
  fields: Partial<ObservedMember & HardState> = {},
): ObservedMember {
  const { incident = 0, ...rest } = fields;
  return {
    id,
    durable: [],
    visible: log,
    configuration: configurationOf([1, 2, 3]),
    ledTerm: undefined,
    durableHardState: { ...initialHardState, incident },
    ...rest,
  };
}

const one = batchOf(1, 1);
const two = batchOf(2, 1);
const acceptance = { term: 1, index: 2, commitIndex: 1, bytesMax: 100 };

/** 1 leads, 2 has in memory what 1 has, and 3 has nothing of it. */
function oracleThatSawAnAcceptance(): WeakOracle {
  const oracle = new WeakOracle();
  for (const id of [1, 2]) oracle.appended(id, two);
  const everyone = [memberWith(1, [one, two]), memberWith(2, [one, two]), memberWith(3, [one])];
  oracle.accepted(everyone[0]!, acceptance, everyone);
  return oracle;
}

describe('the oracle of weak acceptances', () => {
  it('sees one that no quorum has received', () => {
    const oracle = new WeakOracle();
    oracle.appended(1, two);
    const leader = memberWith(1, [one, two]);
    expect(() => oracle.accepted(leader, acceptance, [leader])).toThrow(
      'weak acceptance: 1 accepts [2..2] of term 1 weakly, and only [1] have received it',
    );
  });

  it('sees one that rests on entries of an earlier term', () => {
    const oracle = new WeakOracle();
    for (const id of [1, 2]) oracle.appended(id, two);
    const leader = memberWith(1, [one, two]);
    expect(() => oracle.accepted(leader, { ...acceptance, term: 2 }, [leader])).toThrow('weak acceptance: 1 leads');
  });

  it('sees more bytes than may be told of', () => {
    const oracle = new WeakOracle();
    for (const id of [1, 2]) oracle.appended(id, two);
    const leader = memberWith(1, [one, two]);
    expect(() => oracle.accepted(leader, { ...acceptance, bytesMax: 1 }, [leader])).toThrow(
      'bounds: 1 has 2 weakly accepted bytes, at most 1 are allowed',
    );
  });

  it('sees a leader without what a quorum has kept', () => {
    const oracle = oracleThatSawAnAcceptance();
    expect(() => oracle.leaderElected(memberWith(3, [one]), 2)).toThrow(
      'weak acceptance: 3 leads term 2 without [2..2] of term 1, which [1, 2] have kept',
    );
  });

  it('takes it for a loss, once, if a member has lost its memory', () => {
    const oracle = oracleThatSawAnAcceptance();
    oracle.restarted(memberWith(1, [one]));
    oracle.leaderElected(memberWith(3, [one]), 2);
    oracle.leaderElected(memberWith(3, [one]), 3);
    expect([oracle.acceptances, oracle.losses]).toEqual([1, 1]);
  });

  it.each<[string, (oracle: WeakOracle) => void]>([
    ['whoever begins anew with it on its disk', (oracle) => oracle.restarted(memberWith(1, [one, two]))],
    ['whoever leads with it', (oracle) => oracle.leaderElected(memberWith(2, [one, two]), 2)],
  ])('goes on to hold %s to it', (_, happens) => {
    const oracle = oracleThatSawAnAcceptance();
    happens(oracle);
    expect(() => oracle.leaderElected(memberWith(3, [one]), 3)).toThrow('weak acceptance');
  });

  it('counts on nobody who has kept what an earlier leader left, and has lost what a later one accepted it with', () => {
    const later = batchOf(3, 4, 1);
    const whole = [one, two, later];
    const oracle = new WeakOracle();
    for (const id of [1, 2]) for (const batch of [two, later]) oracle.appended(id, batch);
    const everyone = [memberWith(1, whole), memberWith(2, whole), memberWith(3, [one])];
    oracle.accepted(everyone[0]!, { term: 4, index: 3, commitIndex: 1, bytesMax: 100 }, everyone);
    oracle.restarted(memberWith(1, [one, two]));
    oracle.leaderElected(memberWith(3, [one, batchOf(2, 3, 1)]), 5);
    expect([oracle.acceptances, oracle.losses]).toEqual([2, 2]);
  });

  it('leaves what is committed to others', () => {
    const oracle = oracleThatSawAnAcceptance();
    oracle.committed(two);
    expect(() => oracle.leaderElected(memberWith(3, [one]), 2)).not.toThrow();
  });

  it('and asks of nobody that he has received that: it may have come to him in a snapshot, before a leader knows that it is committed', () => {
    const oracle = new WeakOracle();
    const own = batchOf(3, 2, 1);
    oracle.appended(1, two);
    for (const id of [1, 2]) oracle.appended(id, own);
    oracle.committed(two);
    const leader = memberWith(1, [one, two, own]);
    const told = { term: 2, index: 3, commitIndex: 0, bytesMax: 100 };
    oracle.accepted(leader, told, [leader, memberWith(2, [one, two, own])]);
    expect(oracle.acceptances).toBe(1);
  });

  it('does not count on whoever has lost entries before', () => {
    const oracle = new WeakOracle();
    for (const id of [1, 2]) oracle.appended(id, two);
    const everyone = [memberWith(1, [one, two]), memberWith(2, [one, two], { incident: 7 })];
    oracle.accepted(everyone[0]!, acceptance, everyone);
    expect(() => oracle.leaderElected(memberWith(3, [one]), 2)).not.toThrow();
  });
});
