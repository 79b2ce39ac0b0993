import { describe, expect, it } from 'vitest';
import { type Heartbeat, type HeartbeatAck, type Message, MessageType } from './messages.ts';
import { heartbeat, isA } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember } from './testing/test-member.ts';
import { Role } from './types.ts';

/** 1 leads, and has committed its first entry. */
function groupOf(size: number): TestGroup {
  const group = new TestGroup(size);
  group.elect(1);
  group.heartbeats(1);
  return group;
}

function setTime(group: TestGroup, nowMs: number): void {
  for (const member of group.members) member.observeTime(nowMs);
}

/** 1 begins a round at each of these times; everything that matches arrives at once. */
function rounds(group: TestGroup, timesMs: readonly number[], which?: (message: Message) => boolean): void {
  for (const nowMs of timesMs) {
    setTime(group, nowMs);
    group.member(1).tick(heartbeatTicks);
    group.settle(which);
  }
}

describe('what a follower knows of the group', () => {
  it('is as old as its answer before the last round that a quorum has confirmed', () => {
    const group = groupOf(3);
    const { raft } = group.member(2);
    rounds(group, [1000, 1100]);
    expect(raft.freshness()).toBeUndefined();
    rounds(group, [1200]);
    expect(raft.freshness()).toEqual({ commitIndex: 1, asOfMs: 1000 });
    group.member(1).propose();
    group.settle();
    rounds(group, [1300]);
    expect(raft.freshness()).toEqual({ commitIndex: 2, asOfMs: 1100 });
  });

  it('is not newer because a heartbeat was held up on its way, nor older because an earlier one was', () => {
    const group = groupOf(3);
    const follower = group.member(2);
    rounds(group, [1000, 1100, 1200]);
    setTime(group, 1300);
    group.member(1).tick(heartbeatTicks);
    const heldUp = group.take(({ type, to }) => type === MessageType.heartbeat && to === 2);
    group.settle();
    rounds(group, [1400, 1500]);
    const before = follower.raft.freshness();
    setTime(group, 20_000);
    follower.step(...heldUp);
    expect(heldUp).toHaveLength(1);
    expect(follower.raft.freshness()).toEqual(before);
    // Its answer was sent late, too.
    group.settle();
    rounds(group, [20_100, 20_200]);
    expect(follower.raft.freshness()).toMatchObject({ asOfMs: 20_000 });
  });

  it('is not what a leader says that was replaced and does not know it', () => {
    const group = groupOf(5);
    rounds(group, [1000, 1100, 1200]);
    const among = (members: readonly number[]) => (message: Message) =>
      members.includes(message.from) === members.includes(message.to);
    const areApart = among([1, 2]);
    group.take((message) => !areApart(message));
    setTime(group, 1250);
    for (const id of [3, 4, 5]) group.member(id).tick(electionTicks);
    group.member(3).campaign();
    group.settle(areApart);
    expect(group.leaders()).toEqual([1, 3]);
    group.member(3).propose();
    group.settle(areApart);
    expect(group.member(3).raft.commitIndex).toBe(3);
    // For as long as it believes that it leads.
    rounds(group, [1300, 1400, 1500, 1600], areApart);
    expect(group.member(1).role).toBe(Role.leader);
    const { asOfMs } = group.member(2).raft.freshness()!;
    expect(asOfMs).toBeLessThan(1250);
  });

  it('counts from its own answers, not from those that others give', () => {
    const group = groupOf(3);
    rounds(group, [1000, 1100, 1200]);
    const isLost = ({ from, type }: Message): boolean => from === 2 && type === MessageType.heartbeatAck;
    for (const nowMs of [1300, 1400, 1500, 1600]) {
      setTime(group, nowMs);
      group.member(1).tick(heartbeatTicks);
      group.settle((message) => !isLost(message));
      group.take(isLost);
    }
    expect(group.member(2).raft.freshness()).toMatchObject({ asOfMs: 1200 });
  });

  it('waits for a round that began after its answer came', () => {
    const group = groupOf(3);
    const leader = group.member(1);
    rounds(group, [1000, 1100, 1200]);
    setTime(group, 1300);
    leader.tick(heartbeatTicks);
    group.deliver(isA(MessageType.heartbeat));
    const answers = group.take(isA(MessageType.heartbeatAck)) as HeartbeatAck[];
    // The next round begins first: that a quorum answers it proves nothing of what was sent since.
    setTime(group, 1400);
    leader.tick(heartbeatTicks);
    leader.step(...answers);
    group.settle();
    setTime(group, 1500);
    leader.tick(heartbeatTicks);
    const told = group.take(({ type, to }) => type === MessageType.heartbeat && to === 2) as Heartbeat[];
    group.member(2).step(...told);
    expect(group.member(2).raft.freshness()).toMatchObject({ asOfMs: 1200 });
  });

  it('stays true when it campaigns, leads without knowing more, or follows another', () => {
    const group = groupOf(3);
    rounds(group, [1000, 1100, 1200]);
    const proven = { commitIndex: 1, asOfMs: 1000 };
    const [, second, third] = group.members.map(({ raft }) => raft);
    group.isolated.add(1);
    group.member(3).tick(electionTicks);
    group.take();
    group.member(2).campaign();
    expect([second!.role, second!.freshness()]).toEqual([Role.preCandidate, proven]);
    group.settle(({ type }) => type !== MessageType.append);
    expect([second!.role, second!.freshness()]).toEqual([Role.leader, proven]);
    expect([third!.leader, third!.freshness()]).toEqual([undefined, proven]);
    group.settle();
    expect([third!.leader, third!.freshness()]).toEqual([2, proven]);
    expect(second!.freshness()).toMatchObject({ commitIndex: 2 });
  });

  it('grows old in a silent group, and is new again two rounds after it woke', () => {
    const group = new TestGroup(3, { hibernateAfterTicks: 5 * heartbeatTicks });
    group.elect(1);
    rounds(group, [1000, 1100, 1200, 1300, 1400, 1500, 1600]);
    const { raft } = group.member(2);
    expect(raft.hibernates).toBe(true);
    const before = raft.freshness();
    expect(before).toBeDefined();
    setTime(group, 60_000);
    group.member(1).tick(heartbeatTicks);
    group.settle();
    expect(raft.freshness()).toEqual(before);
    group.member(2).input((it) => it.wake());
    group.settle();
    expect(raft.hibernates).toBe(false);
    expect(raft.freshness()!.asOfMs).toBeLessThanOrEqual(1600);
    rounds(group, [60_100, 60_200]);
    expect(raft.freshness()!.asOfMs).toBe(60_000);
  });

  it('is nothing if the leader does not tell, or the follower has never been told the time', () => {
    const member = new TestMember();
    member.step(heartbeat({ term: 1, leaderCommitIndex: 9, provenStamp: 0 }));
    expect(member.sent()).toMatchObject([{ stamp: undefined }]);
    expect(member.raft.freshness()).toBeUndefined();
    member.observeTime(1000);
    member.step(heartbeat({ term: 1, leaderCommitIndex: 9 }));
    expect(member.sent()).toMatchObject([{ stamp: 0 }]);
    expect(member.raft.freshness()).toBeUndefined();
    member.step(heartbeat({ term: 1, provenStamp: 0 }));
    expect(member.raft.freshness()).toBeUndefined();
    member.step(heartbeat({ term: 1, leaderCommitIndex: 9, provenStamp: 0 }));
    expect(member.raft.freshness()).toEqual({ commitIndex: 9, asOfMs: 1000 });
  });
});

describe('a follower that was restarted', () => {
  const earlier = { lifeId: 700_000_000_000, nowMs: 5_000 };
  const later = { lifeId: 300_000_000_000, nowMs: 80 };

  function lifeOf({ lifeId, nowMs }: typeof earlier): TestMember {
    const member = new TestMember({ lifeId });
    member.observeTime(nowMs);
    return member;
  }

  function stampAt(member: TestMember, nowMs: number): number {
    member.observeTime(nowMs);
    member.step(heartbeat({ term: 4 }));
    const answer = member.sent().at(-1) as HeartbeatAck;
    return answer.stamp!;
  }

  it.each([
    [earlier, later],
    [later, earlier],
  ])('does not take what it said of its time before for what it says now (%j, %j)', (first, second) => {
    const stamp = stampAt(lifeOf(first), first.nowMs);
    const member = lifeOf(second);
    stampAt(member, second.nowMs);
    member.observeTime(second.nowMs + 60_000);
    member.step(heartbeat({ term: 4, leaderCommitIndex: 9, provenStamp: stamp }));
    expect(member.raft.freshness()).toBeUndefined();
    const own = stampAt(member, second.nowMs + 70_000);
    member.observeTime(second.nowMs + 90_000);
    member.step(heartbeat({ term: 4, leaderCommitIndex: 9, provenStamp: own }));
    expect(member.raft.freshness()).toEqual({ commitIndex: 9, asOfMs: second.nowMs + 70_000 });
  });
});
