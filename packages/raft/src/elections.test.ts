import { describe, expect, it } from 'vitest';
import { MessageType } from './messages.ts';
import { append, batchOf, heartbeat, isA, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember } from './testing/test-member.ts';
import { Role } from './types.ts';

const { preVoteRequest, preVoteResponse, voteResponse } = MessageType;

describe('an election', () => {
  it.each([1, 2, 3, 5, 7])('in a group of %i makes one leader, whom all follow', (size) => {
    const group = new TestGroup(size);
    const leader = group.elect(size);
    group.heartbeats(size);
    expect(group.leaders()).toEqual([size]);
    for (const member of group.members) {
      expect([member.raft.leader, member.term, member.committed]).toEqual([size, leader.term, [1]]);
    }
  });

  it.each([2, 3, 5, 7])('in a group of %i is not won by less than a quorum', (size) => {
    const group = new TestGroup(size);
    for (let id = Math.ceil(size / 2) + 1; id <= size + 1; id++) group.isolated.add(id - 1);
    for (let id = Math.floor(size / 2); id < size; id++) group.isolated.add(id + 1);
    group.run(5 * electionTicks);
    expect(group.leaders()).toEqual([]);
    for (const member of group.members) expect(member.term).toBe(0);
  });

  it('does not count failures, silence, repeated votes or strangers', () => {
    const member = new TestMember({ voters: [1, 2, 3, 4, 5] });
    member.campaign();
    const preVote = {
      type: preVoteResponse,
      to: 1,
      term: 0,
      campaignTerm: 1,
      removedAt: undefined,
      commitIndex: undefined,
    } as const;
    member.step({ ...preVote, from: 2, granted: true }, { ...preVote, from: 2, granted: true });
    member.step({ ...preVote, from: 3, granted: false }, { ...preVote, from: 9, granted: true });
    expect(member.role).toBe(Role.preCandidate);
    member.step({ ...preVote, from: 4, granted: true });
    expect(member.role).toBe(Role.candidate);

    const vote = { type: voteResponse, to: 1, term: 1 } as const;
    member.step({ ...vote, from: 2, granted: true }, { ...vote, from: 2, granted: true });
    // A refusal stands, even if a grant follows it.
    member.step({ ...vote, from: 3, granted: false }, { ...vote, from: 3, granted: true });
    expect(member.role).toBe(Role.candidate);
    member.step({ ...vote, from: 5, granted: true });
    expect(member.role).toBe(Role.leader);
  });

  it('drops answers to an earlier campaign', () => {
    const member = new TestMember();
    member.campaign();
    member.step({
      type: preVoteResponse,
      from: 2,
      to: 1,
      term: 0,
      campaignTerm: 9,
      granted: true,
      removedAt: undefined,
      commitIndex: undefined,
    });
    expect(member.role).toBe(Role.preCandidate);
    member.step({ type: voteResponse, from: 2, to: 1, term: 0, granted: true });
    expect(member.role).toBe(Role.preCandidate);
  });

  it('goes to the better log: by last term first, then by length', () => {
    const short = [batchOf(1, 1, 1, 0)];
    const long = [batchOf(1, 1, 1, 0), batchOf(2, 5, 1)];
    const newer = [batchOf(1, 1, 2, 0)];
    const group = new TestGroup(3, {}, [short, long, short]);
    group.isolated.add(3);
    group.member(1).campaign();
    group.settle();
    expect(group.leaders()).toEqual([]);
    expect(group.elect(2).terms).toEqual([1, 1, 1, 1, 1, 1, 2]);

    const other = new TestGroup(3, {}, [short, long, newer]);
    other.member(2).campaign();
    other.isolated.add(1);
    other.settle();
    expect(other.leaders()).toEqual([]);
    other.isolated.clear();
    other.elect(3);
    expect(other.leaders()).toEqual([3]);
  });

  it('between two equal pre-candidates goes to the higher id at once, instead of a split vote and another timeout', () => {
    const group = new TestGroup(2);
    group.member(1).campaign();
    group.member(2).campaign();
    group.settle();
    expect(group.leaders()).toEqual([2]);
    expect(group.member(2).term).toBe(1);
  });

  it('that nobody wins is tried again after a random time, without terms racing', () => {
    const group = new TestGroup(3);
    for (const id of [1, 2]) {
      group.member(id).campaign();
      group.isolated.add(id);
    }
    group.run(20 * electionTicks);
    expect(group.members.map(({ term }) => term)).toEqual([0, 0, 0]);
    group.isolated.clear();
    group.run(2 * electionTicks);
    expect(group.leaders()).toHaveLength(1);
  });

  it('ends a split vote by another, one term later', () => {
    const group = new TestGroup(4);
    // Each of two candidates has two votes of four.
    for (const [id, voter] of [
      [1, 3],
      [2, 4],
    ] as const) {
      const candidate = group.member(id);
      candidate.campaign();
      for (const from of [3, 4]) {
        candidate.step({
          type: preVoteResponse,
          from,
          to: id,
          term: 0,
          campaignTerm: 1,
          granted: true,
          removedAt: undefined,
          commitIndex: undefined,
        });
      }
      group.settle((message) => message.to === voter || message.from === voter);
      group.take();
    }
    expect(group.members.map(({ role }) => role)).toEqual(['candidate', 'candidate', 'follower', 'follower']);
    group.run(6 * electionTicks);
    expect(group.leaders()).toHaveLength(1);
    expect(group.member(group.leaders()[0]!).term).toBeGreaterThan(1);
  });

  it('asks again who has not answered', () => {
    const group = new TestGroup(3);
    const member = group.member(1);
    member.campaign();
    expect(group.take(isA(preVoteRequest))).toHaveLength(2);
    member.tick(heartbeatTicks);
    expect(group.take(isA(preVoteRequest))).toHaveLength(2);
    member.input((raft) => raft.peerUp(2));
    expect(group.take(isA(preVoteRequest))).toHaveLength(2);
  });

  it('is over for a candidate that hears from the winner', () => {
    const member = new TestMember();
    member.campaign();
    member.step({
      type: preVoteResponse,
      from: 3,
      to: 1,
      term: 0,
      campaignTerm: 1,
      granted: true,
      removedAt: undefined,
      commitIndex: undefined,
    });
    expect([member.role, member.term]).toEqual([Role.candidate, 1]);
    member.step(append({ term: 1, batches: [batchOf(1, 1, 1, 0)] }));
    expect([member.role, member.raft.leader, member.terms]).toEqual([Role.follower, 2, [1]]);
  });
});

describe('pre-vote', () => {
  it('is refused while a leader is heard, and the term does not move', () => {
    const group = new TestGroup(3);
    group.elect(1);
    group.heartbeats(1);
    group.isolated.add(3);
    for (let i = 0; i < 5 * electionTicks; i++) {
      group.member(1).tick();
      group.member(3).tick();
      group.settle();
    }
    expect(group.member(3).role).toBe(Role.preCandidate);
    group.isolated.clear();
    group.run(2 * electionTicks);
    expect(group.leaders()).toEqual([1]);
    expect(group.members.map(({ term }) => term)).toEqual([1, 1, 1]);
    expect(group.member(3).raft.leader).toBe(1);
  });

  it('is granted once the leader has been silent for an election timeout', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 1 }));
    const ask = { type: preVoteRequest, from: 3, to: 1, term: 1, campaignTerm: 2, lastIndex: 0, lastTerm: 0 } as const;
    member.tick(electionTicks - 1);
    member.sent();
    member.step(ask);
    expect(only(member.sent(), preVoteResponse)).toMatchObject([{ to: 3, campaignTerm: 2, granted: false }]);
    member.tick();
    member.step(ask);
    expect(only(member.sent(), preVoteResponse)).toMatchObject([{ to: 3, campaignTerm: 2, granted: true }]);
    expect(member.term).toBe(1);
  });

  it('is refused to a campaign for a term that has been', () => {
    const member = new TestMember({}, [], { term: 5 });
    member.step({ type: preVoteRequest, from: 2, to: 1, term: 4, campaignTerm: 5, lastIndex: 9, lastTerm: 4 });
    expect(only(member.sent(), preVoteResponse)).toMatchObject([{ granted: false, term: 5 }]);
  });

  it('counts an answer from a voter that is behind in terms', () => {
    const member = new TestMember({}, [], { term: 5 });
    member.campaign();
    member.step({
      type: preVoteResponse,
      from: 2,
      to: 1,
      term: 3,
      campaignTerm: 6,
      granted: true,
      removedAt: undefined,
      commitIndex: undefined,
    });
    expect([member.role, member.term]).toEqual([Role.candidate, 6]);
  });
});

describe('a vote', () => {
  it('is given once per term, and again only to the same candidate', () => {
    const member = new TestMember();
    member.step(voteRequest({ term: 3 }), voteRequest({ term: 3, from: 3 }), voteRequest({ term: 3 }));
    expect(only(member.sent(), voteResponse).map(({ to, granted }) => [to, granted])).toEqual([
      [2, true],
      [3, false],
      [2, true],
    ]);
  });

  it('is remembered after a restart', () => {
    const member = new TestMember();
    member.step(voteRequest({ term: 3 }));
    member.restart();
    member.step(voteRequest({ term: 3, from: 3 }));
    expect(only(member.sent(), voteResponse)).toMatchObject([{ to: 3, granted: false }]);
  });

  it('is given late in a term that was known without a vote', () => {
    const member = new TestMember({}, [], { term: 3 });
    member.campaign();
    member.sent();
    member.step(voteRequest({ term: 3 }));
    expect(only(member.sent(), voteResponse)).toMatchObject([{ to: 2, granted: true }]);
    expect([member.role, member.hardState]).toEqual([Role.follower, { term: 3, votedFor: 2, incident: 0 }]);
  });

  it('is refused to a shorter log, but its term is adopted', () => {
    const member = new TestMember({}, [batchOf(1, 3, 2, 0)]);
    member.step(voteRequest({ term: 7, lastIndex: 2, lastTerm: 2 }));
    expect(only(member.sent(), voteResponse)).toMatchObject([{ granted: false, term: 7 }]);
    expect(member.hardState).toMatchObject({ term: 7, votedFor: undefined });
  });

  it('is not even answered while a leader is heard', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 3 }));
    member.sent();
    member.step(voteRequest({ term: 4, from: 3, lastIndex: 99, lastTerm: 3 }));
    expect(member.sent()).toEqual([]);
    expect(member.term).toBe(3);
  });

  it('is not given in a term whose leader is known', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 3 }));
    member.sent();
    member.step(voteRequest({ term: 3, from: 3 }));
    expect(only(member.sent(), voteResponse)).toMatchObject([{ to: 3, granted: false }]);
  });
});

describe('a leader', () => {
  it('without a quorum steps down within the election timeout', () => {
    const group = new TestGroup(5);
    group.elect(1);
    group.heartbeats(1);
    for (const id of [3, 4, 5]) group.isolated.add(id);
    group.run(electionTicks);
    expect(group.member(1).role).not.toBe(Role.leader);
    expect(group.member(1).propose()).toEqual({ accepted: false, reason: 'notLeader', leader: undefined });
  });

  it('with a bare quorum stays', () => {
    const group = new TestGroup(5);
    group.elect(1);
    for (const id of [4, 5]) group.isolated.add(id);
    group.run(10 * electionTicks);
    expect(group.leaders()).toEqual([1]);
  });

  it('steps down when it hears of a later term', () => {
    const group = new TestGroup(3);
    const old = group.elect(1);
    group.isolated.add(1);
    for (let i = 0; i < 4 * electionTicks && group.leaders().length < 2; i++) {
      group.member(2).tick();
      group.member(3).tick();
      group.settle();
    }
    expect(group.leaders()).toHaveLength(2);
    group.isolated.clear();
    old.tick(heartbeatTicks);
    group.settle();
    expect([old.role, old.term]).toEqual([Role.follower, group.member(2).term]);
    expect(group.leaders()).toHaveLength(1);
  });
});

describe('the loss of a connection to the leader', () => {
  it('speeds up the next election', () => {
    const group = new TestGroup(3);
    group.elect(1);
    group.heartbeats(1);
    group.isolated.add(1);
    for (const id of [2, 3]) group.member(id).input((raft) => raft.peerDown(1));
    for (let i = 0; i <= heartbeatTicks; i++) {
      group.member(2).tick();
      group.member(3).tick();
      group.settle();
    }
    expect(group.leaders().filter((id) => id !== 1)).toHaveLength(1);
  });

  it('of one member only, does not depose a leader that lives', () => {
    const group = new TestGroup(3);
    group.elect(1);
    group.heartbeats(1);
    group.member(2).input((raft) => raft.peerDown(1));
    group.member(2).input((raft) => raft.peerDown(3));
    group.run(4 * electionTicks);
    expect(group.leaders()).toEqual([1]);
    expect(group.member(1).term).toBe(1);
  });
});

describe('the death of a leader', () => {
  it.each([3, 5])('in a group of %i is over within two election timeouts, in 99 cases of 100', (size) => {
    const ticksWithout: number[] = [];
    for (let round = 0; round < 100; round++) {
      const group = new TestGroup(size, { seed: 100 * round });
      group.elect(1);
      group.heartbeats(1);
      group.isolated.add(1);
      const alive = group.members.slice(1);
      let ticks = 0;
      for (; !alive.some(({ role }) => role === Role.leader) && ticks < 10 * electionTicks; ticks++) {
        for (const member of alive) member.tick();
        group.settle();
      }
      ticksWithout.push(ticks);
    }
    ticksWithout.sort((a, b) => a - b);
    expect(ticksWithout[98]).toBeLessThan(2 * electionTicks);
    // Nobody deposes a leader that may still be alive.
    expect(ticksWithout[0]).toBeGreaterThan(electionTicks - heartbeatTicks);
  });
});
