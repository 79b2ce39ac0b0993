import { describe, expect, it } from 'vitest';
import { fragmentsNeeded } from './dispatch/coded-dispatch.ts';
import { type Message, MessageType } from './messages.ts';
import { isA, only } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, type TestMember, type TestMemberOptions } from './testing/test-member.ts';

const all = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]);

/** 1 leads, and sends batches of 100 bytes and more in fragments. */
function codedGroup(size = 5, options: TestMemberOptions = {}, nodes: ReadonlySet<number> = all): TestGroup {
  const group = new TestGroup(size, options);
  group.elect(1).raft.useFragments({ bytesMin: 100, nodes });
  return group;
}

/** Of the last batch: who got a fragment. */
function receivers(leader: TestMember): number[] {
  return (
    leader
      .eventsOf('sendFragments')
      .at(-1)
      ?.receivers.map(({ node }) => node) ?? []
  );
}

const isFor =
  (node: number) =>
  ({ type, to }: Message): boolean =>
    type === MessageType.append && to === node;

describe('fragments', () => {
  it('are so many that a quarter may be missing, and at least one', () => {
    const needed = [3, 4, 5, 6, 7, 8, 12, 14].map(fragmentsNeeded);
    expect(needed).toEqual([2, 3, 4, 5, 6, 6, 9, 11]);
  });

  it('are what a large batch is sent in, to all followers, and it is committed', () => {
    const group = codedGroup();
    const leader = group.member(1);
    leader.propose(100);
    expect(leader.eventsOf('sendFragments')).toMatchObject([
      { term: leader.term, commitIndex: 1, batch: { firstIndex: 2 }, needed: 3 },
    ]);
    expect(receivers(leader)).toEqual([2, 3, 4, 5]);
    group.settle();
    expect(leader.committed.at(-1)).toBe(2);
    expect(leader.raft.status().followers.every(({ matchIndex }) => matchIndex === 2)).toBe(true);
  });

  it('are not what a small batch is sent in, nor any in a group of three', () => {
    const group = codedGroup();
    group.member(1).propose(99);
    expect(group.member(1).eventsOf('sendFragments')).toEqual([]);
    const small = codedGroup(3);
    small.member(1).propose(1000);
    expect(small.member(1).eventsOf('sendFragments')).toEqual([]);
    expect(only(small.take(isA(MessageType.append)), MessageType.append)).toHaveLength(2);
  });

  it('go to those who know them, and who are in step and in contact; the others get the whole batch', () => {
    const group = codedGroup(7, {}, new Set([2, 3, 4, 5, 6]));
    group.isolated.add(3);
    group.member(1).propose();
    group.settle();
    group.member(1).propose(100);
    expect(receivers(group.member(1))).toEqual([2, 3, 4, 5, 6]);
    for (let i = 0; i < 4; i++) group.heartbeats(1);
    group.take();
    group.member(1).propose(100);
    expect(receivers(group.member(1))).toEqual([2, 4, 5, 6]);
    expect(group.take(isFor(7))).toHaveLength(1);
  });

  it('are not sent to whom is behind: it gets everything in order', () => {
    const group = codedGroup(5, { inflightBytesMax: 120 });
    const leader = group.member(1);
    leader.propose(110);
    leader.propose(110);
    leader.propose(110);
    group.settle(({ from }) => from !== 3);
    leader.propose(110);
    expect(receivers(leader)).not.toContain(3);
    group.settle();
    expect(group.member(3).terms).toHaveLength(5);
  });

  it('count as bytes on their way to a follower as much as the batch', () => {
    const group = codedGroup(5, { inflightBytesMax: 250 });
    group.isolated.add(3);
    for (let i = 0; i < 5; i++) {
      group.member(1).propose(100);
      group.settle();
    }
    const follower = group
      .member(1)
      .raft.status()
      .followers.find(({ id }) => id === 3);
    expect(follower?.inflightBytes).toBe(300);
  });

  it('that do not suffice are made up for by the leader, and the follower gets none for a while', () => {
    const group = codedGroup();
    const leader = group.member(1);
    leader.propose(100);
    group.take(isFor(4));
    group.settle();
    group.run(electionTicks + 2 * heartbeatTicks);
    expect(group.member(4).committed.at(-1)).toBe(2);
    leader.propose(100);
    expect(receivers(leader)).toEqual([2, 3, 5]);
    group.settle();
    expect(group.member(4).terms).toHaveLength(3);
    group.run(2 * electionTicks);
    leader.propose(100);
    expect(receivers(leader)).toEqual([2, 3, 4, 5]);
  });

  it('and appends that overtake each other close each other’s gaps', () => {
    const group = codedGroup();
    group.member(1).propose(100);
    const first = group.take(isFor(2));
    group.member(1).propose(5);
    group.member(1).propose(100);
    group.settle();
    expect(group.member(2).terms).toHaveLength(1);
    group.member(2).step(...first);
    expect(group.member(2).terms).toHaveLength(4);
  });

  it('end with the leadership', () => {
    const group = codedGroup();
    group.member(1).transfer(2);
    group.settle();
    group.member(2).propose(100);
    expect(group.member(2).eventsOf('sendFragments')).toEqual([]);
  });
});
