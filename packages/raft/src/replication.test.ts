import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { type Batch, BatchKind } from './batch.ts';
import { MessageType } from './messages.ts';
import { append, batchOf, heartbeat, isA, only } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember } from './testing/test-member.ts';
import { Role } from './types.ts';

const { appendAck, appendReject, heartbeatAck } = MessageType;

/** One-entry batches of these terms, from the first index on. */
function logOf(...terms: readonly number[]): Batch[] {
  return terms.map((term, i) => batchOf(i + 1, 1, term, terms[i - 1] ?? 0));
}

function repeated(term: number, count: number): number[] {
  return new Array<number>(count).fill(term);
}

describe('a new leader', () => {
  it('announces itself by an empty entry of its term', () => {
    const leader = new TestGroup(3, {}, [logOf(1, 1), logOf(1, 1), logOf(1, 1)]).elect(1);
    expect(leader.durable.at(-1)).toMatchObject({
      kind: BatchKind.noop,
      term: 2,
      prevTerm: 1,
      firstIndex: 3,
      count: 1,
    });
    expect(leader.committed).toEqual([3]);
  });

  it('commits what earlier leaders left only together with an entry of its own (figure 8)', () => {
    // (c) of the figure: S1 is leader again, in term 4, and S2 and S3 get its entry of term 2.
    const s1 = new TestMember({ voters: [1, 2, 3, 4, 5], appendBytesMax: 4 }, logOf(1, 2), { term: 3 });
    s1.campaign();
    for (const from of [2, 3]) {
      s1.step({
        type: MessageType.preVoteResponse,
        from,
        to: 1,
        term: 3,
        campaignTerm: 4,
        granted: true,
        removedAt: undefined,
        commitIndex: undefined,
      });
    }
    for (const from of [2, 3]) s1.step({ type: MessageType.voteResponse, from, to: 1, term: 4, granted: true });
    expect([s1.role, s1.term]).toEqual([Role.leader, 4]);

    const ack = { type: appendAck, to: 1, term: 4, incident: 0, session: 1 } as const;
    s1.step({ ...ack, from: 2, durableIndex: 2, durableTerm: 2 }, { ...ack, from: 3, durableIndex: 2, durableTerm: 2 });
    // A majority holds (2, term 2), and yet S5, with an entry of term 3 at 2, could still be elected.
    expect(s1.committed).toEqual([]);
    s1.step({ ...ack, from: 2, durableIndex: 3, durableTerm: 4 });
    expect(s1.committed).toEqual([]);
    s1.step({ ...ack, from: 3, durableIndex: 3, durableTerm: 4 });
    expect(s1.committed).toEqual([3]);
  });
});

describe('a follower', () => {
  it('overwrites what differs, and only that', () => {
    const member = new TestMember({}, logOf(1, 1, 2, 2, 2));
    member.step(append({ term: 4, prevIndex: 1, prevTerm: 1, batches: [batchOf(2, 1, 1), batchOf(3, 1, 3, 1)] }));
    expect(member.terms).toEqual([1, 1, 3]);
  });

  it('keeps what is ahead of an older message that agrees', () => {
    const member = new TestMember({}, logOf(1, 1, 1, 1));
    member.step(append({ term: 1, batches: [batchOf(1, 1, 1, 0), batchOf(2, 1, 1)] }));
    expect(member.terms).toEqual([1, 1, 1, 1]);
  });

  it('refuses what does not follow its log, with a hint that skips a whole term', () => {
    const member = new TestMember({}, logOf(1, 1, ...repeated(2, 100)));
    member.step(append({ term: 5, prevIndex: 90, prevTerm: 1, session: 3 }));
    expect(only(member.sent(), appendReject)).toMatchObject([
      { session: 3, rejectedPrevIndex: 90, hintIndex: 2, hintTerm: 1 },
    ]);
    member.step(append({ term: 5, prevIndex: 1000, prevTerm: 4, session: 4 }));
    expect(only(member.sent(), appendReject)).toMatchObject([
      { session: 4, rejectedPrevIndex: 1000, hintIndex: 102, hintTerm: 2 },
    ]);
  });

  it('does not answer messages of an earlier session', () => {
    const member = new TestMember();
    member.step(append({ term: 1, session: 2, batches: [batchOf(1, 1, 1, 0)] }));
    member.sent();
    member.step(append({ term: 1, session: 1, prevIndex: 1, prevTerm: 1, batches: [batchOf(2, 1, 1)] }));
    expect(member.sent()).toEqual([]);
    expect(member.terms).toEqual([1]);
  });

  it('tells a leader of an earlier term that its time is over', () => {
    const member = new TestMember({}, [], { term: 9 });
    member.step(append({ term: 3, session: 4, batches: [batchOf(1, 1, 3, 0)] }), heartbeat({ term: 3 }));
    expect(member.sent()).toMatchObject([
      { type: heartbeatAck, hibernates: false, to: 2, term: 9 },
      { type: heartbeatAck, hibernates: false, to: 2, term: 9 },
    ]);
    expect(member.terms).toEqual([]);
  });

  it('commits no further than it agrees with the leader', () => {
    const member = new TestMember({}, logOf(1, 1, 1, 1));
    member.step(append({ term: 2, prevIndex: 2, prevTerm: 1, commitIndex: 4 }));
    expect(member.committed).toEqual([2]);
    member.step(heartbeat({ term: 2, commitIndex: 4 }));
    expect(member.committed).toEqual([2]);
  });

  it('never gives up what is committed', () => {
    const member = new TestMember();
    member.step(append({ term: 1, batches: logOf(1, 1, 1), commitIndex: 2 }));
    expect(() => member.step(append({ term: 2, from: 3, batches: [batchOf(1, 1, 2, 0)] }))).toThrow(InvariantError);
    expect(member.terms).toEqual([1, 1, 1]);
  });

  it('knows of one leader in a term', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 1 }));
    expect(() => member.step(heartbeat({ term: 1, from: 3 }))).toThrow(InvariantError);
  });

  it.each([
    ['a gap before the first', [batchOf(3, 1, 1)]],
    ['a gap between two', [batchOf(2, 1, 1), batchOf(4, 1, 1)]],
    ['an overlap', [batchOf(2, 2, 1), batchOf(3, 1, 1)]],
    ['a wrong term before', [batchOf(2, 1, 2, 2)]],
    ['terms that fall', [batchOf(2, 1, 2, 1), batchOf(3, 1, 1, 2)]],
    ['a term beyond the leader’s', [batchOf(2, 1, 9, 1)]],
    ['an empty batch', [batchOf(2, 0, 1)]],
  ])('ignores batches with %s', (_name, batches) => {
    const member = new TestMember({}, logOf(1));
    member.step(append({ term: 5, prevIndex: 1, prevTerm: 1, batches }));
    expect(member.terms).toEqual([1]);
    expect(only(member.sent(), appendAck)).toEqual([]);
  });

  it('ignores messages that are not for it', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 9, to: 2, from: 3 }));
    expect([member.term, member.sent()]).toEqual([0, []]);
  });

  it('listens to a leader that its own configuration does not know: that may be out of date', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 9, from: 8 }));
    expect([member.term, member.raft.leader]).toEqual([9, 8]);
  });
});

describe('diverged logs', () => {
  it('converge in few round trips, however long the tails', () => {
    // The follower's tail has many terms of its own; the leader's has one.
    const tail = Array.from({ length: 300 }, (_, i) => 2 + Math.floor(i / 30));
    const group = new TestGroup(3, {}, [logOf(1, ...repeated(13, 300)), logOf(1, ...tail), logOf(1)]);
    group.isolated.add(2);
    group.elect(1);
    group.isolated.clear();
    group.member(1).input((raft) => raft.peerUp(2));
    const rounds = group.settle();
    expect(group.member(2).terms).toEqual(group.member(1).terms);
    // Request and answer are two rounds. Not one per entry, nor one per term.
    expect(rounds).toBeLessThanOrEqual(8);
  });

  it('converge, whatever they are', () => {
    const terms = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 25 }).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(terms, terms, fc.integer({ min: 1, max: 40 }), (left, right, appendBytesMax) => {
        // Real logs that agree in (index, term) agree before; so cut each at the first difference but one term.
        const shared = left.findIndex((term, i) => term !== right[i]);
        const common = left.slice(0, shared < 0 ? Math.min(left.length, right.length) : shared);
        const leaderLog = [...common, ...left.slice(common.length).map((term) => 10 + 2 * term)];
        const followerLog = [...common, ...right.slice(common.length).map((term) => 9 + 2 * term)];
        const logs = [logOf(...leaderLog), logOf(...followerLog), []];
        const group = new TestGroup(3, { appendBytesMax }, logs);
        group.isolated.add(2);
        for (let i = 0; i < 3 && group.leaders().length === 0; i++) {
          group.member(1).campaign();
          group.settle();
        }
        group.isolated.clear();
        group.run(2 * electionTicks);
        for (const member of group.members) {
          expect(member.terms).toEqual(group.member(1).terms);
          expect(member.raft.commitIndex).toBe(member.terms.length);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is lost on the way is made up for', () => {
  it.each([
    ['an append', MessageType.append],
    ['an acknowledgement', appendAck],
  ])('%s, without any further proposal', (_name, lost) => {
    const group = new TestGroup(2);
    const leader = group.elect(1);
    leader.propose();
    group.settle((message) => message.type !== lost);
    expect(group.take(isA(lost)).length).toBeGreaterThan(0);
    expect(leader.committed).toEqual([1]);
    group.heartbeats(1);
    expect(leader.committed).toEqual([1, 2]);
    group.heartbeats(1);
    expect(group.member(2).committed.at(-1)).toBe(2);
  });

  it.each([
    ['a probe', MessageType.append],
    ['the answer to a probe', appendAck],
    ['the refusal of a probe', appendReject],
  ])('%s', (_name, lost) => {
    const group = new TestGroup(2, {}, [logOf(1, 1, 1), lost === appendReject ? logOf(1) : logOf(1, 1, 1)]);
    const leader = group.member(1);
    leader.campaign();
    for (let i = 0; group.take(isA(lost)).length === 0 && i < 20; i++) group.settle((message) => message.type !== lost);
    expect(leader.role).toBe(Role.leader);
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    expect(leader.committed.at(-1)).toBe(4);
    expect(group.member(2).terms).toEqual([1, 1, 1, 2]);
  });

  it('one of many pipelined appends', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    for (let i = 0; i < 10; i++) leader.propose();
    const [first, ...rest] = group.take(({ to }) => to === 2);
    expect(first?.type).toBe(MessageType.append);
    group.member(2).step(...rest);
    group.heartbeats(1);
    expect(group.member(2).terms).toEqual(repeated(1, 11));
    expect(leader.raft.status().followers).toMatchObject([{ matchIndex: 11 }, { matchIndex: 11 }]);
  });

  it('nothing is sent again because heartbeats are answered that left before it', () => {
    const group = new TestGroup(2);
    const leader = group.elect(1);
    // A round trip takes longer than a heartbeat interval.
    for (let i = 0; i < 3; i++) leader.tick(heartbeatTicks);
    leader.propose();
    leader.tick(heartbeatTicks);
    const heartbeats = group.take(isA(MessageType.heartbeat));
    expect(heartbeats).toHaveLength(4);
    group.member(2).step(...heartbeats.slice(0, 3));
    leader.step(...group.take(isA(heartbeatAck)));
    const appends = group.take(isA(MessageType.append));
    expect(appends).toHaveLength(1);
    // The one that left after it shows that it was lost; the next is the second in a row.
    group.member(2).step(heartbeats[3]!);
    leader.step(...group.take(isA(heartbeatAck)));
    leader.tick(heartbeatTicks);
    group.settle();
    expect(leader.committed.at(-1)).toBe(2);
  });

  it('nothing is sent again to a follower whose disk is slow', () => {
    const group = new TestGroup(2);
    const leader = group.elect(1);
    group.member(2).slowDisk = true;
    leader.propose();
    group.settle();
    for (let i = 0; i < 5; i++) {
      leader.tick(heartbeatTicks);
      expect(group.take(isA(MessageType.append))).toEqual([]);
      group.settle();
    }
    group.member(2).flush();
    group.settle();
    expect(leader.committed).toEqual([1, 2]);
  });

  it('a connection that comes back starts a session at once', () => {
    const group = new TestGroup(2);
    const leader = group.elect(1);
    group.isolated.add(2);
    leader.input((raft) => raft.peerDown(2));
    leader.propose();
    group.settle();
    group.isolated.clear();
    leader.input((raft) => raft.peerUp(2));
    group.settle();
    expect(leader.committed).toEqual([1, 2]);
  });
});

describe('an acknowledgement', () => {
  /** A leader of term 1 with entries 1 to 4, of which it knows nothing acknowledged. */
  function leaderOfFour(): TestMember {
    const group = new TestGroup(3);
    group.member(1).campaign();
    group.settle((message) => message.type !== MessageType.append);
    group.take();
    const leader = group.member(1);
    for (let i = 0; i < 3; i++) leader.propose();
    return leader;
  }
  const ack = { type: appendAck, from: 2, to: 1, term: 1, session: 1, incident: 0 } as const;

  it('is cumulative', () => {
    const leader = leaderOfFour();
    leader.step({ ...ack, durableIndex: 3, durableTerm: 1 });
    expect(leader.committed).toEqual([3]);
  });

  it.each([
    ['of an earlier session', { session: 0, durableIndex: 3, durableTerm: 1 }],
    ['of another term at that place', { durableIndex: 3, durableTerm: 2 }],
    ['of more than the leader has', { durableIndex: 9, durableTerm: 1 }],
    ['from no member', { from: 7, durableIndex: 3, durableTerm: 1 }],
  ])('%s counts for nothing', (_name, fields) => {
    const leader = leaderOfFour();
    leader.step({ ...ack, ...fields });
    expect(leader.committed).toEqual([]);
    expect(leader.raft.status().followers).toMatchObject([{ matchIndex: 0 }, { matchIndex: 0 }]);
  });

  it('that comes late or twice changes nothing', () => {
    const leader = leaderOfFour();
    for (const durableIndex of [4, 2, 4]) leader.step({ ...ack, durableIndex, durableTerm: 1 });
    expect(leader.committed).toEqual([4]);
    expect(leader.raft.status().followers[0]).toMatchObject({ matchIndex: 4, nextIndex: 5, inflightBytes: 0 });
  });

  it('that is contradicted by a stale refusal stands', () => {
    const leader = leaderOfFour();
    leader.step({ ...ack, durableIndex: 4, durableTerm: 1 });
    const reject = { type: appendReject, from: 2, to: 1, term: 1, session: 1, rejectedPrevIndex: 3 } as const;
    leader.step({ ...reject, hintIndex: 0, hintTerm: 0 });
    expect(leader.raft.status().followers[0]).toMatchObject({ matchIndex: 4, nextIndex: 5 });
  });
});

describe('a leader', () => {
  it('asserts that nobody else leads its term', () => {
    const leader = new TestGroup(3).elect(1);
    expect(() => leader.step(append({ term: 1 }))).toThrow(InvariantError);
  });

  it('does not mind votes that come after it has won', () => {
    const leader = new TestGroup(3).elect(1);
    leader.step({ type: MessageType.voteResponse, from: 3, to: 1, term: 1, granted: true });
    expect(leader.role).toBe(Role.leader);
  });
});

describe('how far a follower has applied', () => {
  const acked = {
    type: heartbeatAck,
    hibernates: false,
    from: 2,
    to: 1,
    receivedIndex: 1,
    durableIndex: 1,
    durableTerm: 1,
    stamp: undefined,
  } as const;
  const ack = { ...acked, term: 1, session: 1, round: 1, incident: 0 };
  const appliedOf = (leader: TestMember) => leader.raft.status().followers.map(({ appliedIndex }) => appliedIndex);

  it('reaches the leader with the answer to its heartbeat', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    expect(appliedOf(leader)).toEqual([undefined, undefined]);
    leader.propose();
    group.settle();
    group.heartbeats(1);
    group.heartbeats(1);
    expect(appliedOf(leader)).toEqual([2, 2]);
  });

  it('is what the newest answer of the present session says, even if that is less, or nothing', () => {
    const leader = new TestGroup(3).elect(1);
    leader.step({ ...ack, appliedIndex: 1 });
    expect(appliedOf(leader)).toEqual([1, undefined]);
    leader.step({ ...ack, appliedIndex: 0 });
    expect(appliedOf(leader)).toEqual([0, undefined]);
    leader.step({ ...ack, session: 2, appliedIndex: 1 });
    expect(appliedOf(leader)).toEqual([0, undefined]);
    leader.step({ ...ack, appliedIndex: undefined });
    expect(appliedOf(leader)).toEqual([undefined, undefined]);
  });
});
