import { describe, expect, it } from 'vitest';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, type TestMemberOptions } from './testing/test-member.ts';

const hibernateAfterTicks = 4;

/** 1 leads, everything is committed everywhere, and all are silent. */
function silentGroup(size = 3, options: TestMemberOptions = {}): TestGroup {
  const group = new TestGroup(size, { hibernateAfterTicks, ...options });
  group.elect(1).propose();
  group.settle();
  fallSilent(group);
  return group;
}

function fallSilent(group: TestGroup): void {
  for (let i = 0; i < hibernateAfterTicks; i++) group.heartbeats(1);
  expect(hibernating(group)).toEqual(group.members.map(({ id }) => id).filter((id) => !group.isolated.has(id)));
}

function hibernating({ members }: TestGroup): number[] {
  return members.filter(({ raft }) => raft.status().hibernates).map(({ id }) => id);
}

describe('a silent group', () => {
  it('sends nothing, and no time passes for it, however often it is ticked', () => {
    const group = silentGroup();
    group.run(20 * electionTicks);
    expect(hibernating(group)).toEqual([1, 2, 3]);
    group.member(1).propose();
    group.run(3 * electionTicks);
    expect(group.leaders()).toEqual([1]);
    expect(group.members.map(({ term }) => term)).toEqual([1, 1, 1]);
  });

  it('is woken by a read on a follower that has lost the leader', () => {
    const group = silentGroup();
    group.isolated.add(1);
    for (const id of [2, 3]) group.member(id).input((raft) => raft.peerDown(1));
    group.member(2).read(1);
    group.run(3 * heartbeatTicks);
    expect(group.leaders().filter((id) => id !== 1)).toHaveLength(1);
  });

  it('is woken by a learner that was started again, which learns who leads', () => {
    const group = new TestGroup(3, { hibernateAfterTicks });
    const leader = group.elect(1);
    group.heartbeats(1);
    leader.reconfigure({ voters: [1, 2], learners: [3] });
    group.settle();
    fallSilent(group);
    group.member(3).restart();
    group.run(2 * electionTicks);
    expect(group.member(3).raft.leader).toBe(1);
  });

  it('is woken by a member that lost entries, which becomes whole again', () => {
    const group = silentGroup();
    const victim = group.member(3);
    victim.durable.pop();
    victim.hardState = { ...victim.hardState, incident: 5 };
    victim.restart();
    group.run(4 * electionTicks);
    expect(victim.hardState.incident).toBe(0);
    expect(victim.terms).toEqual(group.member(1).terms);
  });

  it('does not need a member whose connection broke before its leader led', () => {
    const group = silentGroup();
    group.isolated.add(1);
    for (const id of [2, 3]) group.member(id).input((raft) => raft.peerDown(1));
    group.member(2).wake();
    group.run(3 * heartbeatTicks);
    const leader = group.leaders().find((id) => id !== 1)!;
    for (let i = 0; i < 2 * hibernateAfterTicks; i++) group.heartbeats(leader);
    expect(hibernating(group)).toEqual([1, 2, 3]);
  });
});
