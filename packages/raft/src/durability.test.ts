// What a member says only once its disk can stand by it.

import { describe, expect, it } from 'vitest';
import { MessageType } from './messages.ts';
import { append, batchOf, heartbeat, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, TestMember } from './testing/test-member.ts';
import { Role } from './types.ts';

const { appendAck, heartbeatAck, preVoteResponse, preVoteRequest, voteResponse } = MessageType;

function memberWithSlowDisk(): TestMember {
  const member = new TestMember();
  member.slowDisk = true;
  return member;
}

describe('term and vote', () => {
  it('are durable before the vote leaves', () => {
    const member = memberWithSlowDisk();
    member.step(voteRequest({ term: 1 }));
    expect(member.sent()).toEqual([]);
    member.save();
    expect(only(member.sent(), voteResponse)).toMatchObject([{ to: 2, term: 1, granted: true }]);
    expect(member.hardState).toMatchObject({ term: 1, votedFor: 2 });
  });

  it('are durable before anything is said in the term', () => {
    const member = memberWithSlowDisk();
    member.step(heartbeat({ term: 4 }));
    expect(member.sent()).toEqual([]);
    // Pre-votes promise nothing.
    member.step({ type: preVoteRequest, from: 3, to: 1, term: 4, campaignTerm: 5, lastIndex: 0, lastTerm: 0 });
    expect(member.sent().map(({ type }) => type)).toEqual([preVoteResponse]);
    member.save();
    expect(only(member.sent(), heartbeatAck)).toMatchObject([{ to: 2, term: 4 }]);
  });

  it('are waited for one by one: an answer goes when its own save is done', () => {
    const member = memberWithSlowDisk();
    member.step(voteRequest({ term: 1 }), voteRequest({ term: 2, from: 3 }));
    member.input((raft) => raft.hardStateSaved(1));
    expect(member.sent()).toMatchObject([{ type: voteResponse, to: 2, term: 1, granted: true }]);
    member.input((raft) => raft.hardStateSaved(2));
    expect(member.sent()).toMatchObject([{ type: voteResponse, to: 3, term: 2, granted: true }]);
  });

  it('make the own vote count, not before', () => {
    const member = new TestMember({ voters: [1] });
    expect(member.role).toBe(Role.leader);

    const candidate = new TestMember();
    candidate.campaign();
    candidate.slowDisk = true;
    candidate.step({
      type: preVoteResponse,
      from: 2,
      to: 1,
      term: 0,
      campaignTerm: 1,
      granted: true,
      removedAt: undefined,
      commitIndex: undefined,
    });
    expect(candidate.role).toBe(Role.candidate);
    candidate.step({ type: voteResponse, from: 2, to: 1, term: 1, granted: true });
    expect(candidate.role).toBe(Role.candidate);
    candidate.save();
    expect(candidate.role).toBe(Role.leader);
  });

  it('may be behind the log after a crash: then the term of the last entry is known at least', () => {
    const member = new TestMember({}, [batchOf(1, 2, 6, 0)], { term: 3, votedFor: 2 });
    expect(member.term).toBe(6);
    expect(member.raft.status().votedFor).toBeUndefined();
  });

  it('cannot pile up messages without end while the disk hangs', () => {
    const member = memberWithSlowDisk();
    member.step(heartbeat({ term: 4 }));
    for (let round = 0; round < 10_000; round++) member.step(heartbeat({ term: 4, round }));
    member.save();
    expect(member.sent().length).toBeLessThanOrEqual(4096);
  });

  it('are not saved again, and nothing is said again, if the disk reports a save twice', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    group.take();
    leader.input((raft) => raft.hardStateSaved(1));
    expect(leader.raft.status()).toMatchObject({ role: Role.leader, term: 1, votedFor: 1 });
    group.member(2).input((raft) => raft.hardStateSaved(1));
    expect(group.take()).toEqual([]);
  });
});

describe('an acknowledgement', () => {
  it('goes when the entries are durable, once for all that one flush covers', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 1 }));
    member.slowDisk = true;
    member.sent();
    member.step(append({ term: 1, batches: [batchOf(1, 2, 1, 0)] }));
    member.step(append({ term: 1, prevIndex: 2, prevTerm: 1, batches: [batchOf(3, 1, 1), batchOf(4, 1, 1)] }));
    expect(member.sent()).toEqual([]);
    member.flush(1);
    expect(only(member.sent(), appendAck)).toMatchObject([{ durableIndex: 2, durableTerm: 1, session: 1 }]);
    member.flush();
    expect(only(member.sent(), appendAck)).toMatchObject([{ durableIndex: 4, durableTerm: 1 }]);
  });

  it('in a heartbeat tells what is durable from what has only arrived', () => {
    const member = new TestMember();
    member.slowDisk = true;
    member.step(append({ term: 1, batches: [batchOf(1, 5, 1, 0)] }));
    member.save();
    member.step(heartbeat({ term: 1, round: 8 }));
    expect(only(member.sent(), heartbeatAck)).toMatchObject([{ round: 8, receivedIndex: 5, durableIndex: 0 }]);
  });

  it('covers only what agrees with this leader, not all that is on the disk', () => {
    const member = new TestMember({}, [batchOf(1, 9, 1, 0)]);
    member.step(append({ term: 2, prevIndex: 4, prevTerm: 1 }));
    expect(only(member.sent(), appendAck)).toMatchObject([{ durableIndex: 4, durableTerm: 1 }]);
    member.step(heartbeat({ term: 2, commitIndex: 9 }));
    expect(only(member.sent(), heartbeatAck)).toMatchObject([{ receivedIndex: 4, durableIndex: 4 }]);
    expect(member.committed).toEqual([4]);
  });

  it('does not credit entries that were overwritten while the disk wrote them', () => {
    const member = new TestMember();
    member.slowDisk = true;
    member.step(append({ term: 1, batches: [batchOf(1, 3, 1, 0)] }));
    member.step(append({ from: 3, term: 2, batches: [batchOf(1, 1, 2, 0), batchOf(2, 2, 2)] }));
    member.save();
    member.sent();
    member.flush(1);
    expect(member.sent()).toEqual([]);
    member.flush();
    expect(only(member.sent(), appendAck)).toMatchObject([{ to: 3, durableIndex: 3, durableTerm: 2 }]);
  });

  it('has nobody to go to when the leader is gone', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 1 }));
    member.slowDisk = true;
    member.step(append({ term: 1, batches: [batchOf(1, 3, 1, 0)] }));
    member.tick(electionTicks);
    member.step(voteRequest({ term: 2, from: 3 }));
    member.save();
    expect(member.raft.leader).toBeUndefined();
    member.sent();
    member.flush();
    expect(member.sent()).toEqual([]);
  });
});

describe('a commit', () => {
  it('counts the leader itself only for what is durable', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    leader.slowDisk = true;
    leader.propose();
    group.isolated.add(3);
    group.settle();
    expect(leader.committed).toEqual([1]);
    leader.flush();
    expect(leader.committed).toEqual([1, 2]);
  });

  it('does not need the leader: a quorum of followers is one', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    leader.slowDisk = true;
    leader.propose();
    group.settle();
    expect(leader.committed).toEqual([1, 2]);
    expect(leader.raft.status().durableIndex).toBe(1);
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [5, 3],
    [7, 4],
  ])('in a group of %i needs %i disks', (size, needed) => {
    const group = new TestGroup(size);
    const leader = group.elect(1);
    for (const member of group.members) member.slowDisk = true;
    leader.propose();
    group.settle();
    for (let id = 1; id <= size; id++) {
      expect(leader.raft.commitIndex).toBe(id <= needed ? 1 : 2);
      group.member(id).flush();
      group.settle();
    }
    expect(leader.raft.commitIndex).toBe(2);
  });
});
