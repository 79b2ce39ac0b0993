// What the simulation of the core has found in it (packages/sim/src/core), one test each, as small as it can be told.

import { describe, expect, it } from 'vitest';
import { type Configuration, configurationOf, noConfiguration } from './configuration.ts';
import { MessageType } from './messages.ts';
import { logStart } from './term-runs.ts';
import { append, batchOf, configurationBatch, heartbeat, isA, only } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember } from './testing/test-member.ts';
import { initialHardState, Role } from './types.ts';

const hibernateAfterTicks = 4;

describe('a silent group', () => {
  it('can be of one member', () => {
    const member = new TestMember({ voters: [1], hibernateAfterTicks });
    expect(member.role).toBe(Role.leader);
    member.tick(hibernateAfterTicks + 2 * heartbeatTicks);
    expect(member.raft.status().hibernates).toBe(true);
    member.propose();
    expect(member.raft.status().hibernates).toBe(false);
  });

  it('is led by the member that should lead, if that is able to', () => {
    const configuration: Configuration = { ...configurationOf([1, 2, 3]), preferredLeader: 3 };
    const group = new TestGroup(3, { configuration, hibernateAfterTicks });
    group.elect(1);
    group.run(6 * electionTicks);
    expect(group.leaders()).toEqual([3]);
    expect(group.members.map(({ raft }) => raft.status().hibernates)).toEqual([true, true, true]);
  });

  it('does not wait for a preferred leader that is away', () => {
    const configuration: Configuration = { ...configurationOf([1, 2, 3]), preferredLeader: 3 };
    const group = new TestGroup(3, { configuration, hibernateAfterTicks });
    group.isolated.add(3);
    group.elect(1).input((raft) => raft.peerDown(3));
    group.run(4 * electionTicks);
    expect([1, 2].map((id) => group.member(id).raft.status().hibernates)).toEqual([true, true]);
  });
});

describe('a change of the members', () => {
  // Seed 243. Dissertation, section 4.2.2: whoever is not in its own newest configuration still campaigns.
  it('that only a member has in its log that leaves by it is committed all the same', () => {
    const group = new TestGroup(2);
    const [leader, leaving] = [group.elect(1), group.member(2)];
    group.heartbeats(1);
    leader.reconfigure({ voters: [1] });
    // The leader has left the joint configuration, but its disk does not have that yet when it dies.
    group.settle(isA(MessageType.append));
    leader.slowDisk = true;
    group.settle();
    expect(leaving.raft.configuration).toEqual(configurationOf([1]));
    leader.slowDisk = false;
    leader.restart();
    expect(leader.raft.configuration).toMatchObject({ voters: [1], outgoing: [1, 2] });
    group.run(6 * electionTicks);
    expect(group.leaders()).toEqual([1]);
    expect(leader.raft.configuration).toEqual(configurationOf([1]));
    expect(leader.raft.commitIndex).toBe(leader.raft.status().lastIndex);
  });
});

describe('a removed member', () => {
  const withoutIt = configurationOf([2, 3]);

  function answer(removedAt: number, campaignTerm: number, commitIndex?: number) {
    const base = { type: MessageType.preVoteResponse, from: 2, to: 1, term: 0, granted: false } as const;
    return { ...base, campaignTerm, removedAt, commitIndex };
  }

  it('is told also if what a replaced leader has left in its log still counts on it', () => {
    const log = [batchOf(1, 1, 1, 0), configurationBatch(2, 1, { ...configurationOf([1, 2, 3]), leases: true })];
    const member = new TestMember({}, log);
    member.campaign();
    member.step(answer(1, 2));
    expect(member.eventsOf('removed')).toEqual([{ type: 'removed', index: 1 }]);
  });

  it('is told also if it was started again when its log already said so', () => {
    const member = new TestMember({}, [batchOf(1, 1, 1, 0), configurationBatch(2, 1, withoutIt)]);
    member.step(heartbeat({ term: 1, leaderCommitIndex: 2 }), append({ term: 1, prevIndex: 2, prevTerm: 1 }));
    member.step(heartbeat({ term: 1, commitIndex: 2, leaderCommitIndex: 2 }));
    expect(member.eventsOf('removed')).toEqual([{ type: 'removed', index: 2 }]);
  });

  it('is not told by somebody who does not know yet that it has belonged to the group since', () => {
    const log = [configurationBatch(1, 1, { ...withoutIt, learners: [1] }, 0), configurationBatch(2, 1, withoutIt)];
    const member = new TestMember({ configuration: withoutIt }, log);
    member.step(answer(0, 2));
    expect(member.eventsOf('removed')).toEqual([]);
    member.step(answer(2, 2));
    expect(member.eventsOf('removed')).toEqual([{ type: 'removed', index: 2 }]);
  });

  // Core seed 1795979332321: what let it in again was never committed, and those who removed it had gone on without.
  it('is told also if its log lets it in again where others have committed something else', () => {
    const lettingIn = { ...withoutIt, learners: [1] };
    const log = [configurationBatch(1, 1, withoutIt, 0), configurationBatch(2, 1, lettingIn)];
    const member = new TestMember({ configuration: withoutIt }, log);
    member.campaign();
    member.step(answer(1, 2, 1));
    expect(member.eventsOf('removed')).toEqual([]);
    member.step(answer(1, 2, 2));
    expect(member.eventsOf('removed')).toEqual([{ type: 'removed', index: 2 }]);
  });

  // Core seed 500155642: what it has behind the last committed entry is of a term before that, and was never committed.
  it('is told also if its log, which goes further, lets it in again', () => {
    const committed = [batchOf(1, 1, 2, 0)];
    const group = new TestGroup(2, {}, [committed, committed]);
    group.elect(1);
    group.heartbeats(1);
    const log = [
      batchOf(1, 5, 1, 0),
      configurationBatch(6, 1, { ...configurationOf([1, 2]), learners: [3] }),
      batchOf(7, 5, 1),
    ];
    const stray = new TestMember({ configuration: configurationOf([1, 2]), id: 3 }, log);
    group.members.push(stray);
    group.run(4 * electionTicks);
    expect(stray.eventsOf('removed').length).toBe(1);
  });

  // Core seed 405247: whoever runs it let it run, because it had been let in again, and would never have switched it off.
  it('is told again if it was let in and removed again without hearing of either', () => {
    const member = new TestMember({}, [batchOf(1, 1, 1, 0), configurationBatch(2, 1, withoutIt)]);
    for (const removedAt of [2, 2, 7, 7, 2]) {
      member.campaign();
      member.step(answer(removedAt, 2));
    }
    expect(member.eventsOf('removed').map(({ index }) => index)).toEqual([2, 7]);
  });

  it('asks seldom once it has been told, until a leader turns up', () => {
    const member = new TestMember({}, [batchOf(1, 1, 1, 0), configurationBatch(2, 1, withoutIt)]);
    const asksWithin = (ticks: number): number => {
      member.tick(ticks);
      return only(member.sent(), MessageType.preVoteRequest).length;
    };
    member.step(append({ term: 1, prevIndex: 2, prevTerm: 1, commitIndex: 2 }));
    expect(asksWithin(2 * electionTicks)).toBeGreaterThan(0);
    member.step(answer(2, 2));
    expect(asksWithin(2 * electionTicks)).toBeGreaterThan(0);
    expect(asksWithin(18 * electionTicks)).toBe(0);
    expect(asksWithin(4 * electionTicks)).toBeGreaterThan(0);
    member.step(heartbeat({ term: 1 }));
    expect(asksWithin(2 * electionTicks)).toBeGreaterThan(0);
  });

  // Seed 20699: its log says that it is a learner, behind what is committed.
  it('does not wake a silent group, and asks seldom, even if its log is not to be argued with', () => {
    const group = new TestGroup(2, { hibernateAfterTicks });
    group.elect(1);
    group.heartbeats(1);
    const stray = new TestMember({ configuration: configurationOf([1, 2]), id: 3 }, [
      batchOf(1, 5, 1, 0),
      configurationBatch(6, 1, { ...configurationOf([1, 2]), learners: [3] }),
    ]);
    group.members.push(stray);
    group.run(8 * hibernateAfterTicks);
    const asleep = [1, 2].map((id) => group.member(id).raft.status().hibernates);
    expect(asleep).toEqual([true, true]);
    group.run(10 * electionTicks);
    expect(stray.eventsOf('removed')).toEqual([]);
    expect([1, 2].map((id) => group.member(id).eventsOf('hibernation').length)).toEqual([1, 1]);
  });
});

describe('a follower that has compacted its log', () => {
  // Seed 50051: it told a leader of an entry of term 0.
  it('counts what it compacted among what every leader has', () => {
    const member = new TestMember({}, [batchOf(1, 4, 1, 0), batchOf(5, 4, 1)]);
    member.step(append({ term: 1, prevIndex: 8, prevTerm: 1, commitIndex: 8 }));
    // Under the next leader, only the first of them is proven.
    member.step(append({ term: 2, prevIndex: 4, prevTerm: 1, commitIndex: 8 }));
    member.compact(8);
    member.sent();
    member.step(heartbeat({ term: 2 }));
    expect(member.sent()).toMatchObject([{ receivedIndex: 8, durableIndex: 8, durableTerm: 1 }]);
  });
});

describe('a new leader', () => {
  // Node seed 3013: everybody had restarted, and a read that was to lag by ten entries at most saw none of 33.
  it('does not tell how far the group is before it knows, with an entry of its own committed', () => {
    const log = [batchOf(1, 1, 20, 0)];
    const group = new TestGroup(3, {}, [log, log, log]);
    const leader = group.member(1);
    const follower = group.member(2).raft;
    for (const member of group.members) member.observeTime(1000);
    leader.campaign();
    group.settle(({ type }) => type !== MessageType.append);
    expect(leader.role).toBe(Role.leader);
    for (let round = 0; round < 3; round++) {
      leader.tick(heartbeatTicks);
      group.settle(({ type }) => type !== MessageType.append);
    }
    expect(follower.leader).toBe(1);
    expect(follower.freshness()).toBeUndefined();
    group.settle();
    leader.tick(heartbeatTicks);
    group.settle();
    expect(follower.freshness()).toMatchObject({ commitIndex: 2 });
  });
});

describe('a newcomer that was restarted', () => {
  // Node seed 700040: it went by a configuration that was gone, and would have led a group of its own had it stood alone in it.
  it('belongs to nothing any more if the entry that told it is truncated', () => {
    const told = configurationOf([1, 2]);
    const log = [batchOf(1, 7, 1, 0), configurationBatch(8, 1, told)];
    const recovered = {
      base: logStart,
      lastIndex: 8,
      termRuns: [[1, 1] as const],
      configurations: [[8, told] as const],
      appliedIndex: 0,
      hardState: { ...initialHardState, term: 1 },
    };
    const member = new TestMember({ recovered }, log);
    expect(member.raft.configuration).toEqual(told);
    member.step(append({ term: 2, prevIndex: 7, prevTerm: 1, batches: [batchOf(8, 1, 2, 1)] }));
    expect(member.raft.configuration).toEqual(noConfiguration);
  });
});

describe('a leader that is asked for reads all the time', () => {
  // Core seed 500387: every read began a round of heartbeats, so that none was ever due.
  it('does all the same what else is to be done from time to time', () => {
    const configuration: Configuration = { ...configurationOf([1, 2, 3]), preferredLeader: 3 };
    const group = new TestGroup(3, { configuration });
    const leader = group.elect(1);
    leader.propose();
    for (let tick = 0; tick < 4 * electionTicks && leader.role === Role.leader; tick++) {
      leader.read(tick + 1);
      leader.tick();
      group.settle();
    }
    expect(group.leaders()).toEqual([3]);
  });
});
