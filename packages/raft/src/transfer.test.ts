import { describe, expect, it } from 'vitest';
import { configurationOf } from './configuration.ts';
import { type Message, MessageType } from './messages.ts';
import { append, batchOf, heartbeat, isA, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember, type TestMemberOptions } from './testing/test-member.ts';
import { Role } from './types.ts';

const { appendAck, preVoteRequest, timeoutNow, voteResponse } = MessageType;

/** 1 leads, and everything is committed everywhere. */
function groupLedBy1(size = 3, options: TestMemberOptions = {}): TestGroup {
  const group = new TestGroup(size, options);
  group.elect(1);
  group.heartbeats(1);
  return group;
}

const toldToCampaign: Message = { type: timeoutNow, from: 2, to: 1, term: 1 };

describe('leadership', () => {
  it('is handed over at once to a voter that has everything, without waiting for a timeout or a pre-vote', () => {
    const group = groupLedBy1();
    expect(group.member(1).transfer(3)).toEqual({ accepted: true });
    group.settle(({ type }) => type !== preVoteRequest);
    expect([group.leaders(), group.member(3).term]).toEqual([[3], 2]);
    group.heartbeats(3);
    expect(group.member(1).raft.status()).toMatchObject({ role: Role.follower, leader: 3, commitIndex: 2 });
    expect(group.member(1).eventsOf('transferFailed')).toEqual([]);
  });

  it('is handed over only once the successor has everything', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    leader.propose();
    leader.transfer(3);
    expect(group.take(isA(timeoutNow))).toEqual([]);
    group.deliver();
    expect(group.take(isA(timeoutNow))).toEqual([]);
    group.settle(isA(MessageType.append, appendAck));
    expect(group.take(isA(timeoutNow))).toMatchObject([{ to: 3, term: 1 }]);
    // It was lost, and is said again with the next heartbeat.
    leader.tick(heartbeatTicks);
    group.settle();
    expect(group.leaders()).toEqual([3]);
    expect(group.member(3).terms).toEqual([1, 1, 2]);
  });

  it('is not handed over to whoever does not catch up: it is given up, and the leader leads on', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    leader.propose();
    group.settle(({ to }) => to !== 3);
    group.take();
    leader.transfer(3);
    // 3 answers, but its disk is stuck.
    group.member(3).slowDisk = true;
    expect(leader.propose()).toMatchObject({ accepted: false, reason: 'transferring', leader: 1 });
    for (let tick = 0; tick < electionTicks; tick += heartbeatTicks) {
      expect(leader.eventsOf('transferFailed')).toEqual([]);
      leader.tick(heartbeatTicks);
      group.settle();
    }
    expect(leader.eventsOf('transferFailed')).toEqual([{ type: 'transferFailed', to: 3 }]);
    expect(leader.propose()).toMatchObject({ accepted: true });
    group.settle();
    expect([group.leaders(), leader.term, leader.raft.commitIndex]).toEqual([[1], 1, 3]);
    expect(leader.transfer(2)).toEqual({ accepted: true });
  });

  it('is not handed over twice at a time, to itself, to who does not vote or to who is out of reach', () => {
    const group = groupLedBy1(4);
    const leader = group.member(1);
    leader.reconfigure({ voters: [1, 2, 3], learners: [4] });
    group.settle();
    group.heartbeats(1);
    expect(leader.transfer(1)).toEqual({ accepted: true });
    expect(leader.propose()).toMatchObject({ accepted: true });
    expect(leader.transfer(4)).toEqual({ accepted: false, reason: 'notVoter' });
    expect(leader.transfer(9)).toEqual({ accepted: false, reason: 'notVoter' });
    expect(group.member(2).transfer(3)).toEqual({ accepted: false, reason: 'notLeader' });
    group.isolated.add(3);
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    expect(leader.transfer(3)).toEqual({ accepted: false, reason: 'outOfReach' });
    leader.transfer(2);
    expect(leader.transfer(2)).toEqual({ accepted: false, reason: 'transferring' });
  });

  it('is not handed over to whoever lost entries: it could not lead', () => {
    const group = groupLedBy1();
    const victim = group.member(3);
    victim.durable.pop();
    victim.hardState = { ...victim.hardState, incident: 5 };
    victim.restart();
    group.member(1).tick(heartbeatTicks);
    group.deliver();
    group.deliver();
    expect(group.member(1).transfer(3)).toEqual({ accepted: false, reason: 'outOfReach' });
  });

  it('can be handed over while members change, and the successor finishes that', () => {
    const group = groupLedBy1(4);
    const leader = group.member(1);
    leader.reconfigure({ voters: [1, 2, 3] });
    leader.transfer(2);
    group.settle(({ type, from }) => type !== appendAck || from === 2);
    expect(leader.raft.status()).toMatchObject({ commitIndex: 1 });
    group.settle();
    group.heartbeats(2);
    expect(group.leaders()).toEqual([2]);
    expect(group.member(2).raft.status()).toMatchObject({ configuration: configurationOf([1, 2, 3]) });
    expect(group.member(1).raft.status().configuration).toEqual(configurationOf([1, 2, 3]));
  });
});

describe('whoever is told to campaign', () => {
  it('says so in its vote requests, which nobody refuses out of loyalty', () => {
    const group = groupLedBy1(5);
    group.member(1).transfer(2);
    group.deliver(isA(timeoutNow));
    const requests = only(group.take(), MessageType.voteRequest);
    expect(requests.map(({ to, transfer, term }) => [to, transfer, term])).toEqual(
      [1, 3, 4, 5].map((to) => [to, true, 2]),
    );
    for (const request of requests) group.member(request.to).step(request);
    expect(only(group.take(), voteResponse)).toEqual(requests.map(() => expect.objectContaining({ granted: true })));
  });

  it('campaigns like anybody else if it does not win', () => {
    const member = new TestMember();
    member.step(toldToCampaign);
    expect(member.raft.status()).toMatchObject({ role: Role.candidate, term: 2 });
    member.tick(electionTicks + 1);
    expect(member.raft.status()).toMatchObject({ role: Role.preCandidate, term: 2 });
    const granted = { type: MessageType.preVoteResponse, to: 1, term: 2, campaignTerm: 3, granted: true } as const;
    member.sent();
    member.step({ ...granted, from: 2, removedAt: undefined, commitIndex: undefined });
    expect(only(member.sent(), MessageType.voteRequest)).toMatchObject([{ transfer: false }, { transfer: false }]);
  });

  it('does not care if that is of an earlier term', () => {
    const member = new TestMember({}, [], { term: 2 });
    member.step(toldToCampaign);
    expect([member.role, member.term, member.sent()]).toEqual([Role.follower, 2, []]);
  });

  it('does not win if it is not as good as the others any more: that came late', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    leader.transfer(3);
    const late = group.take(isA(timeoutNow));
    for (let tick = 0; tick < 2 * electionTicks; tick += heartbeatTicks) {
      leader.tick(heartbeatTicks);
      group.settle(({ type }) => type !== timeoutNow);
    }
    group.take();
    expect(leader.eventsOf('transferFailed')).toHaveLength(1);
    group.isolated.add(3);
    leader.propose();
    group.settle();
    group.isolated.clear();
    group.take();
    group.member(3).step(...late);
    group.settle();
    expect(group.leaders()).toEqual([]);
    group.run(4 * electionTicks);
    expect(group.leaders()).toHaveLength(1);
    expect(group.member(group.leaders()[0]!).terms.slice(0, 2)).toEqual([1, 1]);
  });

  it('stays a follower if it has lost entries', () => {
    const member = new TestMember({}, [batchOf(1, 1, 1, 0)], { incident: 3 });
    member.step(toldToCampaign);
    expect([member.role, member.term]).toEqual([Role.follower, 1]);
  });

  it('is not distracted while it asks for pre-votes already: it is told again', () => {
    const member = new TestMember();
    member.campaign();
    member.step({ ...toldToCampaign, term: 0 });
    expect(member.role).toBe(Role.preCandidate);
    member.step(heartbeat({ term: 0 }), { ...toldToCampaign, term: 0 });
    expect(member.role).toBe(Role.candidate);
  });
});

describe('a leader whose own disk is stuck', () => {
  it('hands over to whoever holds most of what it has', () => {
    const group = groupLedBy1(5);
    const leader = group.member(1);
    for (let i = 0; i < 2 * electionTicks; i++) group.run(1);
    expect(group.leaders()).toEqual([1]);
    leader.slowDisk = true;
    leader.propose();
    for (let tick = 0; tick < electionTicks - heartbeatTicks; tick++) group.run(1);
    expect(group.leaders()).toEqual([1]);
    for (let tick = 0; tick < 3 * heartbeatTicks; tick++) group.run(1);
    expect(group.leaders()).toHaveLength(1);
    expect(group.leaders()).not.toEqual([1]);
    // What it had proposed is not lost.
    expect(group.member(group.leaders()[0]!).terms.slice(0, 2)).toEqual([1, 1]);
  });

  it('leads on if nobody has caught up', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    group.run(3 * electionTicks);
    for (const { id } of group.members) group.member(id).slowDisk = true;
    leader.propose();
    group.run(3 * electionTicks);
    expect(group.leaders()).toEqual([1]);
  });

  it('does not hand over just after it was elected: it may be the disk that every new leader waits for', () => {
    const group = groupLedBy1();
    group.member(1).slowDisk = true;
    group.member(1).propose();
    group.run(2 * electionTicks - heartbeatTicks - 5);
    expect(group.leaders()).toEqual([1]);
  });
});

it('a vote request of a transfer still needs a good log', () => {
  const member = new TestMember({}, [batchOf(1, 5, 1, 0)]);
  member.step(append({ term: 1, prevIndex: 5, prevTerm: 1 }));
  member.sent();
  member.step(voteRequest({ from: 3, term: 2, lastIndex: 4, lastTerm: 1, transfer: true }));
  expect(only(member.sent(), voteResponse)).toMatchObject([{ granted: false, term: 2 }]);
});
