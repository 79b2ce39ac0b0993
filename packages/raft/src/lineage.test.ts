import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from './batch.ts';
import { configurationOf } from './configuration.ts';
import { firstTermOfNextLineage, lineageOf } from './lineage.ts';
import { MessageType } from './messages.ts';
import { append, batchOf, configurationBatch, heartbeat, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, TestMember } from './testing/test-member.ts';
import { Role } from './types.ts';

const voters = [1, 2, 3, 4, 5];
const forcedTerm = firstTermOfNextLineage(7, 99);
/** What all of them had, in term 1. */
const shared: readonly Batch[] = [batchOf(1, 3, 1, 0)];

/** Five members, of which 1 was forced to go on with `kept`; the others know nothing of that. */
function forcedGroup(kept: readonly number[], logs: readonly (readonly Batch[])[] = []): TestGroup {
  const group = new TestGroup(
    5,
    {},
    voters.map((id) => logs[id - 1] ?? shared),
  );
  const own = logs[0] ?? shared;
  const last = own.at(-1)!;
  const forced = configurationBatch(last.firstIndex + last.count, forcedTerm, configurationOf(kept), last.term);
  group.members[0] = new TestMember({ id: 1, voters }, [...own, forced], { term: last.term });
  return group;
}

describe('a lineage', () => {
  it('is left by no election, and the next begins behind all terms of this one', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 21 - 3), fc.nat(2 ** 32 - 1), fc.nat(2 ** 31 - 1), (lineage, offset, drawn) => {
        const term = lineage * 2 ** 32 + offset;
        const next = firstTermOfNextLineage(term, drawn);
        expect([lineageOf(term), lineageOf(next), lineageOf(next + 2 ** 31)]).toEqual([
          lineage,
          lineage + 1,
          lineage + 1,
        ]);
      }),
    );
  });

  it('has terms that are exact, and there are not more of them than that', () => {
    const last = 2 ** 53 - 2 ** 32;
    expect(lineageOf(firstTermOfNextLineage(last - 2 ** 32 - 1, 2 ** 31 - 1))).toBe(lineageOf(last) - 1);
    expect(() => firstTermOfNextLineage(last - 1, 0)).toThrow(RangeError);
    for (const drawn of [-1, 0.5, 2 ** 31]) expect(() => firstTermOfNextLineage(1, drawn)).toThrow(RangeError);
  });
});

describe('a group that was forced to go on', () => {
  it('is led by the one that was forced, with the votes of the others that are left', () => {
    const group = forcedGroup([1, 3]);
    for (const lost of [2, 4, 5]) group.isolated.add(lost);
    group.elect(1);
    group.member(1).propose();
    group.run(electionTicks);
    expect(group.member(3).terms).toEqual([1, 1, 1, forcedTerm, forcedTerm + 1, forcedTerm + 1]);
    expect(group.member(3).raft.commitIndex).toBe(6);
    expect(group.member(3).raft.configuration).toEqual(configurationOf([1, 3]));
  });

  it('alone is led at once', () => {
    expect(forcedGroup([1]).member(1).role).toBe(Role.leader);
  });

  it('keeps to its own although the others come back as a majority of the old group', () => {
    const group = forcedGroup([1, 3]);
    for (const lost of [2, 4, 5]) group.isolated.add(lost);
    group.elect(1);
    group.run(electionTicks);
    group.isolated.clear();
    group.run(20 * electionTicks);
    const kept = [1, 3].map((id) => group.member(id));
    const old = [2, 4, 5].map((id) => group.member(id));
    expect(kept.map(({ term, raft }) => [term, raft.leader])).toEqual([[forcedTerm + 1, 1], [forcedTerm + 1, 1]]); // biome-ignore format: a table
    // Among themselves they are whole: nobody but the operator can know that they were given up.
    expect(old.map(({ term }) => lineageOf(term))).toEqual([0, 0, 0]);
    const oldLeader = old.find(({ role }) => role === Role.leader)!;
    oldLeader.propose();
    group.member(1).propose();
    group.run(electionTicks);
    expect(kept.map(({ terms }) => terms.length)).toEqual([6, 6]);
    expect(kept.map(({ raft }) => raft.commitIndex)).toEqual([6, 6]);
  });

  it('is not led by one that was left behind, however long its log, while its own leader is away', () => {
    const long: Batch[] = [...shared, batchOf(4, 50, 9, 1)];
    const group = forcedGroup([1, 3, 4], [shared, long]);
    for (const lost of [2, 5]) group.isolated.add(lost);
    group.elect(1);
    group.run(electionTicks);
    group.isolated.clear();
    for (const away of [1, 4]) group.isolated.add(away);
    group.run(20 * electionTicks);
    expect(group.leaders()).toEqual([]);
    expect(lineageOf(group.member(2).term)).toBe(0);
    group.isolated.clear();
    group.run(4 * electionTicks);
    expect(group.leaders()).toEqual([expect.toBeOneOf([1, 3, 4])]);
    expect(group.member(3).terms.slice(0, 4)).toEqual([1, 1, 1, forcedTerm]);
  });

  it('is not led by one that has come to the lineage, and not to the entry that says who belongs to it', () => {
    const group = forcedGroup([1, 3]);
    for (const away of [1, 5]) group.isolated.add(away);
    const candidacy = { from: 1, to: 3, term: forcedTerm + 1, lastIndex: 4, lastTerm: forcedTerm };
    group.member(3).step(voteRequest(candidacy));
    expect(group.member(3).term).toBe(forcedTerm + 1);
    // With two that come back it would be a majority of the group that it knows.
    group.run(20 * electionTicks);
    expect(group.leaders()).toEqual([]);
    expect([2, 4].map((id) => lineageOf(group.member(id).term))).toEqual([0, 0]);
    group.isolated.clear();
    group.run(20 * electionTicks);
    expect(group.member(3).terms.slice(0, 4)).toEqual([1, 1, 1, forcedTerm]);
  });

  it('tells who was left behind that it belongs to the group no more, without drawing it in', () => {
    const group = forcedGroup([1]);
    group.settle();
    for (const lost of [3, 4, 5]) group.isolated.add(lost);
    group.run(4 * electionTicks);
    expect(group.member(2).eventsOf('removed')).toEqual([{ type: 'removed', index: 5 }]);
    expect(group.member(2).term).toBe(1);
  });
});

describe('a member of a later lineage', () => {
  it('is believed by who was left behind, however much that has committed', () => {
    const group = forcedGroup([1]);
    group.settle();
    group.isolated.add(1);
    const former = group.elect(2);
    for (let i = 0; i < 5; i++) former.propose();
    group.settle();
    expect(former.raft.commitIndex).toBeGreaterThan(group.member(1).raft.commitIndex);
    for (const away of [3, 4, 5]) group.isolated.add(away);
    group.isolated.delete(1);
    group.run(6 * electionTicks);
    expect(former.eventsOf('removed')).toHaveLength(1);
    expect(lineageOf(former.term)).toBe(0);
  });

  function member(): TestMember {
    return new TestMember({}, [...shared, configurationBatch(4, forcedTerm, configurationOf([1, 2, 3]), 1)]);
  }

  it('takes nothing from an earlier one, and does not answer', () => {
    const it = member();
    const before = [it.term, it.terms, it.raft.leader, it.raft.commitIndex];
    const snapshot = { index: 90, term: 8, configuration: configurationOf([1, 2, 3]) };
    const fromTwo = { from: 2, to: 1, term: 8 };
    it.step(
      append({ term: 8, prevIndex: 3, prevTerm: 1, commitIndex: 4, batches: [batchOf(4, 1, 8, 1)] }),
      heartbeat({ term: 8, commitIndex: 3 }),
      voteRequest({ term: 8, lastIndex: 90, lastTerm: 8 }),
      { type: MessageType.installSnapshot, ...fromTwo, session: 1, snapshot },
      { type: MessageType.timeoutNow, ...fromTwo },
      { type: MessageType.readIndexRequest, ...fromTwo, requestId: 1 },
    );
    expect(it.sent()).toEqual([]);
    expect([it.term, it.terms, it.raft.leader, it.raft.commitIndex]).toEqual(before);
  });

  it('answers the question before a vote in the term of who asks', () => {
    const it = member();
    it.step({ type: MessageType.preVoteRequest, from: 2, to: 1, term: 8, campaignTerm: 9, lastIndex: 90, lastTerm: 8 });
    expect(only(it.sent(), MessageType.preVoteResponse)).toMatchObject([{ term: 8, campaignTerm: 9, granted: false }]);
  });

  it('may be elected by those that it is to lead there', () => {
    const it = member();
    it.campaign();
    const campaignTerm = forcedTerm + 1;
    const answer = { type: MessageType.preVoteResponse, from: 2, to: 1, term: 1, campaignTerm } as const;
    it.step({ ...answer, granted: true, removedAt: undefined, commitIndex: undefined });
    expect(it.role).toBe(Role.candidate);
  });
});

describe('an incident', () => {
  it('from before the recovery is over with it', () => {
    const log = [...shared, configurationBatch(4, forcedTerm, configurationOf([1]), 1)];
    const alone = new TestMember({ voters: [1, 2, 3] }, log, { term: 1, incident: 5 });
    expect([alone.role, alone.hardState.incident]).toEqual([Role.leader, 0]);
  });

  it('of this lineage stays open', () => {
    const log = [...shared, configurationBatch(4, forcedTerm, configurationOf([1]), 1)];
    const alone = new TestMember({ voters: [1, 2, 3] }, log, { term: forcedTerm, incident: 5 });
    alone.tick(5 * electionTicks);
    expect(alone.role).toBe(Role.follower);
  });
});
