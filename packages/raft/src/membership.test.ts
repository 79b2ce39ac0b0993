import { describe, expect, it } from 'vitest';
import { type Message, MessageType } from './messages.ts';
import { isA } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, type TestMember } from './testing/test-member.ts';
import { Role } from './types.ts';

const { appendAck } = MessageType;

/** 1 leads 2 and 3, and everything is committed everywhere. */
function groupOfThree(entries = 1): TestGroup {
  const group = new TestGroup(3);
  const leader = group.elect(1);
  for (let i = 0; i < entries; i++) leader.propose();
  group.settle();
  group.heartbeats(1);
  return group;
}

/** 3 leaves, and has been forgotten. */
function without3(group: TestGroup): TestMember {
  const leader = group.member(1);
  expect(leader.reconfigure({ voters: [1, 2] })).toMatchObject({ accepted: true });
  group.run(4 * electionTicks);
  expect(leader.raft.status().followers.map(({ id }) => id)).toEqual([2]);
  return leader;
}

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
    const group = groupOfThree(5);
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
    const group = groupOfThree();
    group.member(1).reconfigure({ voters: [1, 2] });
    group.run(2 * heartbeatTicks);
    expect(group.member(3).eventsOf('removed')).toEqual([{ type: 'removed', index: 4 }]);
    expect(group.member(2).eventsOf('removed')).toEqual([]);
  });

  it.each(['voters', 'learners'] as const)('that was away is told when it comes back: one of the %s', (kind) => {
    const group = groupOfThree();
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
    const group = groupOfThree();
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
    const group = groupOfThree();
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
