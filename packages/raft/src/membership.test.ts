import { describe, expect, it } from 'vitest';
import { type Configuration, type ConfigurationTarget, configurationOf } from './configuration.ts';
import { type Message, MessageType } from './messages.ts';
import { append, batchOf, configurationBatch, heartbeat, isA, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember } from './testing/test-member.ts';
import { Role } from './types.ts';

const { appendAck, preVoteRequest, preVoteResponse, timeoutNow, voteResponse } = MessageType;
const three: ConfigurationTarget = configurationOf([1, 2, 3]);
const joint: Configuration = { ...three, voters: [1, 2, 4], outgoing: [1, 2, 3] };

/** 1 leads the others, and everything is committed everywhere. */
function groupLedBy1(size = 3, entries = 1): TestGroup {
  const group = new TestGroup(size);
  const leader = group.elect(1);
  for (let i = 0; i < entries; i++) leader.propose();
  group.settle();
  group.heartbeats(1);
  return group;
}

/** The node with the next id is a learner that has caught up. */
function withLearner(group: TestGroup): TestMember {
  const learner = group.newcomer();
  const { learners } = group.member(1).raft.configuration;
  expect(group.member(1).reconfigure({ learners: [...learners, learner.id] })).toMatchObject({ accepted: true });
  group.settle();
  group.heartbeats(1);
  group.heartbeats(1);
  return learner;
}

/** Appends, and their acknowledgements by these members only. */
function acknowledgedBy(...nodes: readonly number[]): (message: Message) => boolean {
  return ({ type, from }) => type === MessageType.append || (type === appendAck && nodes.includes(from));
}

/** 3 leaves, and has been forgotten. */
function without3(group: TestGroup): TestMember {
  const leader = group.member(1);
  expect(leader.reconfigure({ voters: [1, 2] })).toMatchObject({ accepted: true });
  group.run(4 * electionTicks);
  expect(leader.raft.status().followers.map(({ id }) => id)).toEqual([2]);
  return leader;
}

describe('a change of the members', () => {
  it('adds a learner, which is sent everything', () => {
    const group = groupLedBy1();
    const learner = withLearner(group);
    expect(learner.raft.status()).toMatchObject({ leader: 1, commitIndex: 3, configuration: { learners: [4] } });
    expect(learner.terms).toEqual(group.member(1).terms);
    expect(group.member(1).raft.status().followers).toMatchObject([{}, {}, { id: 4, isCaughtUp: true }]);
  });

  it('of the voters goes through a joint configuration that the leader leaves by itself', () => {
    const group = groupLedBy1();
    const learner = withLearner(group);
    const leader = group.member(1);
    leader.configurations.length = 0;
    expect(leader.reconfigure({ voters: [1, 2, 4], learners: [] })).toEqual({ accepted: true, index: 4 });
    group.settle();
    expect(leader.configurations).toEqual([joint, configurationOf([1, 2, 4])]);
    group.heartbeats(1);
    for (const id of [1, 2, 4]) {
      expect(group.member(id).raft.status()).toMatchObject({ commitIndex: 5, configurationIndex: 5 });
    }
    expect(learner.raft.configuration).toEqual(configurationOf([1, 2, 4]));
  });

  it('needs the majority of both sets while it is joint, and of the new one only afterwards', () => {
    const group = groupLedBy1(5);
    const leader = group.member(1);
    leader.reconfigure({ voters: [1, 2, 3] });
    // Three of the old five, and one of the new three.
    group.settle(acknowledgedBy(4, 5));
    expect(leader.raft.status()).toMatchObject({ commitIndex: 2, lastIndex: 3 });
    // Two of the new three, too.
    group.settle(acknowledgedBy(4, 5, 2));
    expect(leader.raft.status()).toMatchObject({ commitIndex: 4, lastIndex: 4, configuration: { outgoing: [] } });

    const other = groupLedBy1(5);
    other.member(1).reconfigure({ voters: [1, 2, 3] });
    // Two of the new three, and two of the old five; then three of the old five.
    other.settle(acknowledgedBy(2));
    expect(other.member(1).raft.status()).toMatchObject({ commitIndex: 2, lastIndex: 3 });
    other.settle(acknowledgedBy(4));
    expect(other.member(1).raft.status()).toMatchObject({ commitIndex: 3, lastIndex: 4 });
    other.settle(acknowledgedBy(4, 5));
    expect(other.member(1).raft.commitIndex).toBe(3);
    other.settle();
    expect(other.member(1).raft.commitIndex).toBe(4);
  });

  it('counts for whoever has it in the log, committed or not, and is taken back when it is truncated', () => {
    const member = new TestMember({}, [batchOf(1, 1, 1, 0)]);
    member.step(append({ term: 1, prevIndex: 1, prevTerm: 1, batches: [configurationBatch(2, 1, joint)] }));
    expect(member.raft.status()).toMatchObject({ configuration: joint, configurationIndex: 2, commitIndex: 0 });
    member.restart();
    expect(member.raft.configuration).toEqual(joint);
    member.step(append({ term: 2, prevIndex: 1, prevTerm: 1, batches: [batchOf(2, 1, 2, 1)] }));
    expect(member.raft.status()).toMatchObject({ configuration: three, configurationIndex: 0 });
    expect(member.configurations).toEqual([joint, three]);
  });

  it('that is joint is left by whoever leads next', () => {
    const group = groupLedBy1(5);
    const leader = group.member(1);
    leader.reconfigure({ voters: [1, 2, 3] });
    group.settle(acknowledgedBy());
    group.isolated.add(1);
    for (const id of [2, 3, 4, 5]) group.member(id).input((raft) => raft.peerDown(1));
    const successor = group.member(2);
    successor.campaign();
    group.settle(({ type }) => type !== MessageType.append);
    // First it has to commit it, with an entry of its own, by the majorities of both.
    expect(successor.raft.status()).toMatchObject({ role: Role.leader, configurationIndex: 3, lastIndex: 4 });
    group.settle();
    group.heartbeats(2);
    expect(successor.raft.status()).toMatchObject({ configuration: configurationOf([1, 2, 3]), commitIndex: 5 });
    expect(successor.terms).toEqual([1, 1, 1, 2, 2]);
  });

  it('gives up the leadership of who is not a voter any more, once it is committed, to the best of the others', () => {
    const group = groupLedBy1(4);
    const leader = group.member(1);
    leader.reconfigure({ voters: [2, 3, 4] });
    group.settle(acknowledgedBy(2));
    // Itself, 2 and nobody else: it does not count for the new three.
    expect([leader.role, leader.raft.commitIndex]).toEqual([Role.leader, 2]);
    group.settle(acknowledgedBy(2, 3));
    expect(leader.raft.status()).toMatchObject({ role: Role.follower, commitIndex: 4, leader: undefined });
    expect(leader.eventsOf('removed')).toEqual([{ type: 'removed', index: 4 }]);
    expect(group.take(isA(timeoutNow))).toMatchObject([{ from: 1, to: 2 }]);
    leader.tick(3 * electionTicks);
    expect(leader.role).toBe(Role.follower);
    expect(leader.propose()).toMatchObject({ accepted: false, reason: 'notLeader' });
  });

  it('makes a learner of the leader, which then follows', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    leader.reconfigure({ voters: [2, 3], learners: [1] });
    group.settle();
    expect(group.leaders()).toEqual([2]);
    group.heartbeats(2);
    expect(leader.raft.status()).toMatchObject({ role: Role.follower, leader: 2, commitIndex: 5 });
    expect(leader.eventsOf('removed')).toEqual([]);
  });

  it('can be finished by members that know each other only from one side', () => {
    // 4 takes the place of 3, and 2 has not heard of it at all when 1 is gone.
    const group = groupLedBy1();
    group.isolated.add(2);
    const newcomer = withLearner(group);
    group.member(1).reconfigure({ voters: [1, 2, 4], learners: [] });
    group.settle();
    expect(group.member(1).raft.status()).toMatchObject({ configurationIndex: 5, commitIndex: 5 });
    expect(group.member(2).raft.configuration).toEqual(configurationOf([1, 2, 3]));
    group.isolated.clear();
    group.isolated.add(1).add(3);
    for (const id of [2, 4]) group.member(id).input((raft) => raft.peerDown(1));
    group.run(3 * electionTicks);
    expect(newcomer.role).toBe(Role.leader);
    expect(group.member(2).raft.configuration).toEqual(configurationOf([1, 2, 4]));
  });

  it('away from a leader whom nobody can succeed at once ends its leadership all the same', () => {
    const group = groupLedBy1(2);
    const leader = group.member(1);
    group.deliver();
    leader.reconfigure({ voters: [2] });
    // 2 is not caught up in the eyes of a leader that has not seen two rounds since.
    leader.tick(heartbeatTicks);
    group.settle(acknowledgedBy(2));
    expect(leader.role).toBe(Role.follower);
    group.take();
    group.member(2).tick(2 * electionTicks);
    expect(group.member(2).raft.status()).toMatchObject({ role: Role.leader, configuration: configurationOf([2]) });
  });
});

describe('a leader refuses to change the members', () => {
  it('before it has committed an entry of its own: it does not know which configuration is committed', () => {
    const group = new TestGroup(3);
    const leader = group.member(1);
    leader.campaign();
    group.settle(({ type }) => type !== MessageType.append);
    expect(leader.role).toBe(Role.leader);
    expect(leader.reconfigure({ leases: true })).toMatchObject({ accepted: false, reason: 'notReady' });
    group.settle();
    expect(leader.reconfigure({ leases: true })).toMatchObject({ accepted: true });
  });

  it('while an earlier change is on its way, joint or not', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    const inProgress = { accepted: false, reason: 'changeInProgress' };
    leader.reconfigure({ leases: true });
    expect(leader.reconfigure({ leases: false })).toMatchObject(inProgress);
    group.settle();
    leader.reconfigure({ voters: [1, 2] });
    expect(leader.reconfigure({ voters: [1, 2, 3] })).toMatchObject(inProgress);
    group.settle(acknowledgedBy(2));
    expect(leader.raft.configuration).toMatchObject({ outgoing: [] });
    group.settle();
    expect(leader.reconfigure({ voters: [1, 2] })).toEqual({ accepted: true, index: 0 });
  });

  it('to something that makes no sense', () => {
    const leader = groupLedBy1().member(1);
    expect(leader.reconfigure({ voters: [] })).toMatchObject({ accepted: false, reason: 'invalid' });
  });

  it('if a new voter has not caught up as a learner', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    const refused = { accepted: false, reason: 'notCaughtUp' };
    expect(leader.reconfigure({ voters: [1, 2, 3, 4] })).toMatchObject({
      ...refused,
      detail: expect.stringMatching(/: 4$/),
    });
    const learner = withLearner(group);
    group.isolated.add(4);
    for (let i = 0; i < 3; i++) {
      leader.propose();
      group.settle();
      group.heartbeats(1);
    }
    expect(leader.reconfigure({ voters: [1, 2, 3, 4], learners: [] })).toMatchObject(refused);
    group.isolated.clear();
    group.heartbeats(1);
    expect(learner.terms).toEqual(leader.terms);
    expect(leader.reconfigure({ voters: [1, 2, 3, 4], learners: [] })).toMatchObject({ accepted: true });
  });

  it('if of those who shall vote no quorum is within reach', () => {
    const group = groupLedBy1(5);
    const leader = group.member(1);
    group.isolated.add(4).add(5);
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    expect(leader.reconfigure({ voters: [1, 4, 5] })).toMatchObject({ accepted: false, reason: 'quorumOutOfReach' });
    expect(leader.reconfigure({ voters: [1, 2, 3] })).toMatchObject({ accepted: true });
  });

  // Node seed 3582: of two that were to be left, one had just lost its disk. A quorum of two was never to be had again.
  it('if of those who shall vote too many are gone, or have lost what they held', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    const refused = { accepted: false, reason: 'quorumOutOfReach' };
    leader.input((raft) => raft.peerDown(3));
    expect(leader.reconfigure({ voters: [1, 3] })).toMatchObject(refused);
    leader.tick(heartbeatTicks);
    group.member(3).step(...leader.sent().filter(({ to }) => to === 3));
    const [answer] = only(group.member(3).sent(), MessageType.heartbeatAck);
    leader.step({ ...answer!, incident: 7 });
    expect(leader.reconfigure({ voters: [1, 3] })).toMatchObject(refused);
    expect(leader.reconfigure({ voters: [1, 2] })).toMatchObject({ accepted: true });
  });

  it('not because of a lost connection any more once a member was heard of again', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    leader.input((raft) => raft.peerDown(3));
    group.heartbeats(1);
    expect(leader.reconfigure({ voters: [1, 3] })).toMatchObject({ accepted: true });
  });

  it('while it hands over; and who does not lead refuses anyway', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    expect(group.member(2).reconfigure({ leases: true })).toMatchObject({ accepted: false, reason: 'notLeader' });
    leader.transfer(2);
    expect(leader.reconfigure({ leases: true })).toMatchObject({ accepted: false, reason: 'transferring' });
  });
});

describe('a learner', () => {
  it('counts for nothing: not for commits, not for check-quorum, not for elections', () => {
    // With the leader, it would be a majority of three.
    const group = groupLedBy1(2);
    const leader = group.member(1);
    const learner = withLearner(group);
    leader.propose();
    group.settle(acknowledgedBy(3));
    expect(learner.terms).toEqual(leader.terms);
    expect(leader.raft.commitIndex).toBe(3);
    group.isolated.add(2);
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    expect(leader.role).toBe(Role.follower);
    leader.campaign();
    group.settle();
    expect(leader.role).toBe(Role.preCandidate);
    expect(group.take(({ to }) => to === 3)).toEqual([]);
  });

  it('votes for whoever counts it, for it may be a voter without knowing', () => {
    const learner = new TestMember({ configuration: { ...configurationOf([2, 3]), learners: [1] } });
    learner.step(voteRequest({ term: 1 }));
    expect(only(learner.sent(), voteResponse)).toMatchObject([{ granted: true }]);
  });

  it('never campaigns, not even if it is told to', () => {
    const learner = new TestMember({ configuration: { ...configurationOf([2, 3]), learners: [1] } });
    learner.tick(5 * electionTicks);
    learner.step({ type: timeoutNow, from: 2, to: 1, term: 1 });
    expect([learner.role, learner.term]).toEqual([Role.follower, 1]);
  });
});

describe('a newcomer', () => {
  it('does nothing until it is told what it belongs to', () => {
    const newcomer = new TestGroup(3).newcomer();
    newcomer.tick(5 * electionTicks);
    expect([newcomer.role, newcomer.sent()]).toEqual([Role.follower, []]);
    newcomer.step({ type: preVoteRequest, from: 9, to: 4, term: 3, campaignTerm: 4, lastIndex: 3, lastTerm: 3 });
    // It belongs to nothing, so it cannot say that somebody else does not.
    expect(newcomer.sent()).toMatchObject([{ type: preVoteResponse, removedAt: undefined }]);
  });

  it('whose change is truncated is told so, if anybody still talks to it', () => {
    const newcomer = new TestGroup(3).newcomer(4);
    const withFour = { ...three, outgoing: [], learners: [4] };
    newcomer.step(append({ to: 4, term: 1, batches: [batchOf(1, 1, 1, 0), configurationBatch(2, 1, withFour)] }));
    newcomer.step(
      append({ to: 4, from: 3, term: 2, prevIndex: 1, prevTerm: 1, batches: [batchOf(2, 1, 2, 1)], commitIndex: 2 }),
    );
    expect(newcomer.eventsOf('removed')).toEqual([]);
    newcomer.step(heartbeat({ to: 4, from: 3, term: 2, commitIndex: 2, leaderCommitIndex: 2 }));
    expect(newcomer.eventsOf('removed')).toEqual([{ type: 'removed', index: 2 }]);
    newcomer.step(heartbeat({ to: 4, from: 3, term: 2, commitIndex: 2, leaderCommitIndex: 2 }));
    expect(newcomer.eventsOf('removed')).toHaveLength(1);
  });
});

describe('a member that joins again', () => {
  it('is not credited with what an earlier membership acknowledged, however late that comes', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    for (let i = 0; i < 5; i++) leader.propose();
    group.settle((it) => !(it.type === appendAck && it.from === 3));
    const late = group.take(isA(appendAck));
    expect(late).not.toEqual([]);
    without3(group);
    group.newcomer(3);
    group.isolated.add(3);
    leader.reconfigure({ learners: [3] });
    leader.step(...late);
    expect(leader.raft.status().followers).toMatchObject([{ id: 2 }, { id: 3, matchIndex: 0 }]);
    group.isolated.clear();
    group.heartbeats(1);
    expect(group.member(3).terms).toEqual(leader.terms);
  });

  it('before it was forgotten is asked anew what it holds: it may have thrown everything away', () => {
    const group = groupLedBy1(3, 5);
    const leader = group.member(1);
    leader.reconfigure({ voters: [1, 2] });
    group.settle();
    group.newcomer(3);
    leader.reconfigure({ learners: [3] });
    group.settle();
    group.heartbeats(1);
    expect(group.member(3).terms).toEqual(leader.terms);
    expect(group.member(3).raft.configuration.learners).toEqual([3]);
  });

  it('is not told that it is removed while it catches up with how it was', () => {
    // Every batch travels alone.
    const group = new TestGroup(3, { appendBytesMax: 1 });
    const leader = group.elect(1);
    // It was a learner first, so that its log says when it belonged to the group.
    leader.reconfigure({ voters: [1, 2], learners: [3] });
    group.settle();
    leader.reconfigure({ learners: [] });
    group.run(4 * electionTicks);
    const newcomer = group.newcomer(3);
    // 2 does not hear of the change that brings 3 back, so it is not committed.
    leader.reconfigure({ learners: [3] });
    const { configurationIndex, commitIndex } = leader.raft.status();
    expect(configurationIndex).toBe(commitIndex + 1);
    const carriesChange = (it: Message): boolean =>
      it.type === MessageType.append && it.batches[0]?.firstIndex === configurationIndex;
    group.settle((it) => (it.from === 3 || it.to === 3) && !carriesChange(it));
    expect(newcomer.raft.status().lastIndex).toBe(commitIndex);
    group.take(carriesChange);
    leader.tick(heartbeatTicks);
    group.deliver(({ to, type }) => to === 3 && type === MessageType.heartbeat);
    expect(newcomer.raft.commitIndex).toBe(commitIndex);
    group.heartbeats(1);
    group.heartbeats(1);
    expect(newcomer.raft.configuration).toMatchObject({ learners: [3] });
    expect(newcomer.eventsOf('removed')).toEqual([]);
  });
});

describe('a removed member', () => {
  it('is sent the log until it knows', () => {
    const group = groupLedBy1();
    group.member(1).reconfigure({ voters: [1, 2] });
    group.run(2 * heartbeatTicks);
    expect(group.member(3).eventsOf('removed')).toEqual([{ type: 'removed', index: 4 }]);
    expect(group.member(2).eventsOf('removed')).toEqual([]);
  });

  it.each(['voters', 'learners'] as const)('that was away is told when it comes back: one of the %s', (kind) => {
    const group = groupLedBy1();
    const leader = group.member(1);
    if (kind === 'learners') {
      leader.reconfigure({ voters: [1, 2], learners: [3] });
      group.run(heartbeatTicks);
    }
    group.isolated.add(3);
    leader.reconfigure({ voters: [1, 2], learners: [] });
    group.run(4 * electionTicks);
    expect(leader.raft.status().followers.map(({ id }) => id)).toEqual([2]);
    group.isolated.clear();
    const { configurationIndex } = leader.raft.status();
    group.run(2 * electionTicks);
    expect(group.member(3).eventsOf('removed')).toEqual([{ type: 'removed', index: configurationIndex }]);
    expect([group.leaders(), leader.term]).toEqual([[1], 1]);
  });

  it('that lost entries while it was away is told, too', () => {
    const group = groupLedBy1();
    const leader = without3(group);
    // As it was before it was removed, and less.
    const member = group.member(3);
    member.durable.length = 1;
    member.hardState = { ...member.hardState, incident: 7 };
    member.restart();
    member.events.length = 0;
    group.run(3 * electionTicks);
    expect(member.eventsOf('removed')).toHaveLength(1);
    expect([group.leaders(), leader.term]).toEqual([[1], 1]);
  });

  it('that has the change in its log is told that it is committed, even by another leader', () => {
    const group = new TestGroup(4);
    const leader = group.elect(1);
    group.heartbeats(1);
    // 1 and 4 leave at once. The change is committed by 2 and 3, and nobody tells 4.
    leader.reconfigure({ voters: [2, 3] });
    group.settle(({ type, to, from }) => type === MessageType.append || (type === appendAck && to === 1 && from !== 4));
    expect(group.member(4).raft.configuration).toEqual(group.member(2).raft.configuration);
    expect(leader.role).toBe(Role.follower);
    expect(leader.eventsOf('removed')).toHaveLength(1);
    group.take();
    group.run(6 * electionTicks);
    expect(group.leaders()).toHaveLength(1);
    expect(group.member(4).eventsOf('removed')).toHaveLength(1);
    for (const id of [2, 3]) expect(group.member(id).eventsOf('removed')).toEqual([]);
  });

  it('that comes back with a snapshot is told, too', () => {
    const group = groupLedBy1();
    const leader = group.member(1);
    group.isolated.add(3);
    leader.reconfigure({ voters: [1, 2] });
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    leader.compact();
    expect(leader.raft.status().baseIndex).toBe(4);
    group.isolated.clear();
    for (let i = 0; i < 4; i++) {
      group.heartbeats(1);
      if (leader.snapshotRequests.length > 0) group.member(3).step(leader.offerSnapshot());
    }
    expect(group.member(3).eventsOf('removed')).toHaveLength(1);
  });
});
