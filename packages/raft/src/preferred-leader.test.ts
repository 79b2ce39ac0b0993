import { describe, expect, it } from 'vitest';
import { type Configuration, configurationOf } from './configuration.ts';
import { MessageType } from './messages.ts';
import { batchOf, isA } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks } from './testing/test-member.ts';

const preferring2: Configuration = { ...configurationOf([1, 2, 3]), preferredLeader: 2 };

describe('the preferred leader', () => {
  it('gets the leadership from whoever has it, once it has caught up and the other has led for a moment', () => {
    const group = new TestGroup(3, { configuration: preferring2 });
    const leader = group.elect(3);
    leader.propose();
    group.run(2 * electionTicks - 1);
    expect(group.leaders()).toEqual([3]);
    group.run(2 * heartbeatTicks);
    expect(group.leaders()).toEqual([2]);
    group.run(20 * electionTicks);
    expect([group.leaders(), group.member(2).term]).toEqual([[2], 2]);
  });

  it('is not waited for while it lags or is away, and is tried again', () => {
    const group = new TestGroup(3, { configuration: preferring2 });
    const leader = group.elect(1);
    group.isolated.add(2);
    for (let i = 0; i < 5 * electionTicks; i++) {
      leader.propose();
      leader.tick();
      group.settle();
    }
    expect(leader.propose()).toMatchObject({ accepted: true });
    group.isolated.clear();
    group.run(3 * heartbeatTicks);
    expect(group.leaders()).toEqual([2]);
  });

  it('that does not take over is left alone for a while', () => {
    const group = new TestGroup(3, { configuration: preferring2 });
    const leader = group.elect(1);
    let told = 0;
    let refused = 0;
    const ticks = 23 * electionTicks;
    for (let i = 0; i < ticks; i++) {
      leader.tick();
      group.settle(({ type }) => type !== MessageType.timeoutNow);
      told += group.take(isA(MessageType.timeoutNow)).length;
      if (!leader.propose().accepted) refused++;
    }
    expect(leader.eventsOf('transferFailed').length).toBe(2);
    expect(told).toBeGreaterThan(2);
    // Two attempts of an election timeout each.
    expect(refused).toBeLessThanOrEqual(2 * electionTicks);
    expect(group.leaders()).toEqual([1]);
  });

  it('goes first when a leader is gone', () => {
    for (let seed = 0; seed < 20; seed++) {
      const group = new TestGroup(3, { configuration: { ...preferring2, preferredLeader: 1 }, seed });
      group.elect(3);
      group.isolated.add(3);
      for (const id of [1, 2]) group.member(id).input((raft) => raft.peerDown(3));
      group.run(2 * heartbeatTicks);
      expect(group.leaders().filter((id) => id !== 3)).toEqual([1]);
    }
  });

  it('wins against an equal rival, whatever their ids, but not against a better log', () => {
    const race = (preferredLeader: number, logs = [[], []].map(() => [batchOf(1, 1, 1, 0)])): number[] => {
      const configuration = { ...configurationOf([1, 2]), preferredLeader };
      const group = new TestGroup(2, { configuration }, logs);
      group.member(1).campaign();
      group.member(2).campaign();
      group.settle();
      return group.leaders();
    };
    expect(race(1)).toEqual([1]);
    expect(race(2)).toEqual([2]);
    expect(race(1, [[batchOf(1, 1, 1, 0)], [batchOf(1, 2, 1, 0)]])).toEqual([2]);
    expect(race(2, [[batchOf(1, 1, 2, 0)], [batchOf(1, 2, 1, 0)]])).toEqual([1]);
  });
});
