// What a leader tells early of entries that a quorum has, durable or not. Nothing of it commits anything.

import { describe, expect, it } from 'vitest';
import { type Message, MessageType, type WeakAck } from './messages.ts';
import { append, batchOf, isA, only } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { TestMember, type TestMemberOptions } from './testing/test-member.ts';

const { appendAck, heartbeat, weakAck } = MessageType;
const weakBytesMax = 1000;

/** 1 leads, everybody is in step, and nobody's disk writes anything unless it is told to. */
function groupOf(size: number, options: TestMemberOptions = {}): TestGroup {
  const group = new TestGroup(size, { weakBytesMax, ...options });
  group.elect(1).events.length = 0;
  for (const member of group.members) member.slowDisk = true;
  return group;
}

/** Of what is accepted weakly, in order. */
function acceptedBy(member: TestMember): number[] {
  return member.eventsOf('weaklyAccepted').map(({ index }) => index);
}

/** A follower of a term 1 that 2 leads, which has everything in memory, in order, and one entry on its disk. */
function followerWithSlowDisk(options: TestMemberOptions = {}): TestMember {
  const member = new TestMember({ weakBytesMax, ...options });
  member.step(append({ term: 1, batches: [batchOf(1, 1, 1, 0)] }));
  member.slowDisk = true;
  member.sent();
  return member;
}

describe('a follower', () => {
  const two = append({ term: 1, prevIndex: 1, prevTerm: 1, batches: [batchOf(2, 2, 1)] });

  it('says what it has received, and when it is durable says so, too', () => {
    const member = followerWithSlowDisk();
    member.step(two);
    expect(member.sent()).toEqual([
      { type: weakAck, from: 1, to: 2, term: 1, session: 1, receivedIndex: 3, receivedTerm: 1, incident: 0 },
    ]);
    member.flush();
    expect(member.sent()).toMatchObject([{ type: appendAck, durableIndex: 3 }]);
  });

  it('says only that it is durable of what is durable already', () => {
    const member = followerWithSlowDisk();
    member.step(append({ term: 1, batches: [batchOf(1, 1, 1, 0)] }));
    expect(member.sent().map(({ type }) => type)).toEqual([appendAck]);
  });

  it('says nothing of what came ahead of a gap, for that ends with the leader', () => {
    const member = followerWithSlowDisk();
    const ahead = { prevIndex: 3, prevTerm: 1, batches: [batchOf(4, 1, 1)], mayOvertake: true };
    member.step(append({ term: 1, ...ahead }));
    expect(member.raft.status().windowBytes).toBeGreaterThan(0);
    expect(member.sent()).toEqual([]);
    member.step(two);
    expect(only(member.sent(), weakAck)).toMatchObject([{ receivedIndex: 4 }]);
  });

  it('says nothing where nobody is told early', () => {
    const member = followerWithSlowDisk({ weakBytesMax: 0 });
    member.step(two);
    expect(member.sent()).toEqual([]);
  });

  it('says with it that it has lost entries', () => {
    const member = new TestMember({ weakBytesMax }, [batchOf(1, 1, 1, 0)], { incident: 5 });
    member.slowDisk = true;
    member.step(two);
    expect(only(member.sent(), weakAck)).toMatchObject([{ receivedIndex: 3, incident: 5 }]);
  });
});

describe('a leader', () => {
  it('accepts weakly what a quorum has in memory, itself included, and commits nothing by that', () => {
    const group = groupOf(5);
    const leader = group.member(1);
    const { commitIndex } = leader.raft;
    leader.propose();
    group.deliver();
    const [first, second] = only(group.take(isA(weakAck)), weakAck);
    leader.step(first!);
    expect(acceptedBy(leader)).toEqual([]);
    leader.step(first!, first!);
    expect(acceptedBy(leader)).toEqual([]);
    leader.step(second!);
    expect(acceptedBy(leader)).toEqual([commitIndex + 1]);
    expect(leader.raft.status()).toMatchObject({ weaklyAcceptedIndex: commitIndex + 1, commitIndex });
  });

  it('counts a node once that has an entry in memory and then on its disk', () => {
    const group = groupOf(5);
    const leader = group.member(1);
    leader.propose();
    group.deliver();
    group.member(2).flush();
    leader.step(...group.take(({ from }) => from === 2));
    leader.flush();
    expect([acceptedBy(leader), leader.committed.length]).toEqual([[], 1]);
  });

  it('accepts what some have on disk and others in memory, and does not say again what is committed', () => {
    const group = groupOf(3);
    const leader = group.member(1);
    leader.propose();
    group.deliver();
    group.member(2).flush();
    leader.step(...group.take(isA(appendAck)));
    const { lastIndex, commitIndex } = leader.raft.status();
    expect([acceptedBy(leader), commitIndex]).toEqual([[lastIndex], lastIndex - 1]);
    leader.flush();
    expect(leader.raft.commitIndex).toBe(lastIndex);
    group.settle(isA(weakAck));
    expect(acceptedBy(leader)).toEqual([lastIndex]);
  });

  it('alone in its group accepts what it has appended', () => {
    const group = groupOf(1);
    const leader = group.member(1);
    leader.propose();
    expect(acceptedBy(leader)).toEqual([leader.raft.status().lastIndex]);
  });

  it('accepts nothing of earlier terms by itself', () => {
    const left = [batchOf(1, 1, 1, 0), batchOf(2, 1, 1)];
    const member = new TestMember({ weakBytesMax, voters: [1, 2, 3] }, left);
    member.slowDisk = true;
    member.campaign();
    member.save();
    const granted = { to: 1, from: 2, granted: true } as const;
    member.step({
      ...granted,
      type: MessageType.preVoteResponse,
      term: 1,
      campaignTerm: 2,
      removedAt: undefined,
      commitIndex: undefined,
    });
    member.save();
    member.step({ ...granted, type: MessageType.voteResponse, term: 2 });
    expect(member.role).toBe('leader');
    const said = { type: weakAck, from: 2, to: 1, term: 2, session: 1, incident: 0 } as const;
    member.step({ ...said, receivedIndex: 2, receivedTerm: 1 });
    expect(acceptedBy(member)).toEqual([]);
    member.step({ ...said, receivedIndex: 3, receivedTerm: 2 });
    expect(acceptedBy(member)).toEqual([3]);
  });

  it('tells of no more bytes than may be lost, and goes on when some are committed', () => {
    const group = groupOf(3, { weakBytesMax: 25 });
    const leader = group.member(1);
    const { commitIndex } = leader.raft;
    for (let i = 0; i < 4; i++) leader.propose(10);
    group.deliver();
    group.settle(isA(weakAck));
    expect(acceptedBy(leader)).toEqual([commitIndex + 1, commitIndex + 2]);
    expect(leader.raft.status().weaklyAcceptedIndex).toBe(commitIndex + 2);
    for (const id of [1, 2]) group.member(id).flush(1);
    group.settle(isA(appendAck));
    expect(leader.raft.status()).toMatchObject({ commitIndex: commitIndex + 1, weaklyAcceptedIndex: commitIndex + 3 });
  });

  it('does not accept weakly what alone is more than may be lost', () => {
    const group = groupOf(3, { weakBytesMax: 25 });
    const leader = group.member(1);
    leader.propose(26);
    group.deliver();
    group.settle(isA(weakAck));
    expect(acceptedBy(leader)).toEqual([]);
  });
});

describe('a weak acknowledgement', () => {
  /** What 2 says of the newest entry, which nobody has heard yet. */
  function said(): { group: TestGroup; leader: TestMember; ack: WeakAck } {
    const group = groupOf(3);
    const leader = group.member(1);
    leader.propose();
    group.deliver();
    const [ack] = only(
      group.take(({ from }) => from === 2),
      weakAck,
    );
    group.take();
    return { group, leader, ack: ack! };
  }

  it('counts for nothing once a new attempt has begun, for what was in memory may be lost', () => {
    const { leader, ack } = said();
    leader.input((raft) => raft.peerDown(2));
    leader.step(ack);
    expect(acceptedBy(leader)).toEqual([]);
    leader.step({ ...ack, session: ack.session + 1 });
    expect(acceptedBy(leader)).toEqual([ack.receivedIndex]);
  });

  it('that came before the follower was lost counts for nothing after it', () => {
    const group = groupOf(5);
    const leader = group.member(1);
    leader.propose();
    group.deliver();
    const acks = only(group.take(isA(weakAck)), weakAck);
    leader.step(acks.find(({ from }) => from === 2)!);
    leader.input((raft) => raft.peerDown(2));
    leader.step(acks.find(({ from }) => from === 3)!);
    expect(acceptedBy(leader)).toEqual([]);
  });

  it.each<[string, Partial<WeakAck>]>([
    ['of a member that has lost entries', { incident: 7 }],
    ['of an entry that this log does not have', { receivedTerm: 9 }],
    ['of an entry beyond this log', { receivedIndex: 99 }],
    ['of an earlier term', { term: 0 }],
    ['of a stranger', { from: 8 }],
  ])('%s counts for nothing', (_, fields) => {
    const { leader, ack } = said();
    leader.step({ ...ack, ...fields } as Message);
    expect(acceptedBy(leader)).toEqual([]);
    leader.step(ack);
    expect(acceptedBy(leader)).toEqual([ack.receivedIndex]);
  });

  it('of a learner counts for nothing', () => {
    const group = groupOf(1);
    for (const member of group.members) member.slowDisk = false;
    const leader = group.member(1);
    for (const id of [2, 3]) group.newcomer(id);
    leader.reconfigure({ learners: [2, 3] });
    group.run(20);
    leader.reconfigure({ voters: [1, 2], learners: [3] });
    group.run(20);
    expect(leader.raft.configuration).toMatchObject({ voters: [1, 2], learners: [3], outgoing: [] });
    for (const member of group.members) member.slowDisk = true;
    const before = acceptedBy(leader).length;
    leader.propose();
    group.deliver();
    const acks = only(group.take(isA(weakAck)), weakAck);
    leader.step(...acks.filter(({ from }) => from === 3));
    expect(acceptedBy(leader)).toHaveLength(before);
    leader.step(...acks.filter(({ from }) => from === 2));
    expect(acceptedBy(leader)).toHaveLength(before + 1);
  });

  it('is no sign of life, which only heartbeats are', () => {
    const { group, leader, ack } = said();
    group.isolated.add(2).add(3);
    for (let i = 0; i < 12 && leader.role === 'leader'; i++) {
      leader.tick();
      leader.step(ack);
      group.take(isA(heartbeat));
    }
    expect(leader.role).toBe('follower');
  });
});

describe('what was weakly accepted', () => {
  it('survives its leader, if nobody else fails', () => {
    const group = groupOf(3);
    group.isolated.add(3);
    group.member(1).propose();
    group.deliver();
    group.settle(isA(weakAck));
    const { lastIndex } = group.member(1).raft.status();
    expect(acceptedBy(group.member(1))).toEqual([lastIndex]);
    group.isolated.add(1).delete(3);
    for (const id of [2, 3]) {
      group.member(id).slowDisk = false;
      group.member(id).save();
      group.member(id).flush();
    }
    group.run(40);
    expect(group.leaders()).toContain(2);
    expect(group.member(3).raft.commitIndex).toBeGreaterThan(lastIndex);
    expect(group.member(3).raft.termAt(lastIndex)).toBe(1);
  });
});
