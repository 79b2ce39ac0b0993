import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import type { Batch } from './batch.ts';
import { type Configuration, configurationOf } from './configuration.ts';
import { type InstallSnapshot, MessageType } from './messages.ts';
import { append, batchOf, configurationBatch, heartbeat, isA, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember, type TestMemberOptions } from './testing/test-member.ts';
import { Role } from './types.ts';

const { appendAck, appendReject, heartbeatAck, voteResponse } = MessageType;
const configuration: Configuration = configurationOf([1, 2, 3]);

/** One-entry batches of these terms. */
function logOf(...terms: readonly number[]): Batch[] {
  return terms.map((term, i) => batchOf(i + 1, 1, term, terms[i - 1] ?? 0));
}

function installSnapshot(index: number, term: number, fields: Partial<InstallSnapshot> = {}): InstallSnapshot {
  const snapshot = { index, term, configuration };
  return { type: MessageType.installSnapshot, from: 2, to: 1, term, session: 1, snapshot, ...fields };
}

/** 1 leads, and has compacted what it committed with 2 while 3 was away. 3 is back, and nobody has spoken yet. */
function groupWithStraggler(options: TestMemberOptions = {}): TestGroup {
  const group = new TestGroup(3, options);
  const leader = group.elect(1);
  group.heartbeats(1);
  group.isolated.add(3);
  for (let i = 0; i < 5; i++) leader.propose();
  group.settle();
  for (let i = 0; i < 3; i++) group.heartbeats(1);
  leader.compact();
  expect(leader.raft.status()).toMatchObject({ baseIndex: 6, role: Role.leader });
  group.isolated.clear();
  return group;
}

function straggler(group: TestGroup): unknown {
  return group.member(1).raft.status().followers[1];
}

describe('a follower that needs what is compacted', () => {
  it('is offered a snapshot, and goes on behind it', () => {
    const group = groupWithStraggler();
    const leader = group.member(1);
    const follower = group.member(3);
    group.heartbeats(1);
    expect(straggler(group)).toMatchObject({ state: 'snapshot', snapshotIndex: undefined });
    const offer = leader.offerSnapshot();
    expect(straggler(group)).toMatchObject({ snapshotIndex: 6 });
    leader.propose();
    group.settle();
    expect(follower.terms).toEqual([1]);
    follower.step(offer);
    group.settle();
    expect(follower.raft.status()).toMatchObject({ baseIndex: 6, lastIndex: 7, durableIndex: 7 });
    expect(straggler(group)).toMatchObject({ state: 'replicate', matchIndex: 7, snapshotIndex: undefined });
    group.heartbeats(1);
    expect(follower.raft.status()).toMatchObject({ commitIndex: 7, appliedIndex: 7 });
  });

  it('is offered it again, for the offer may be lost, but not all the time', () => {
    const group = groupWithStraggler();
    const leader = group.member(1);
    let offers = 0;
    for (let tick = 0; tick < 4 * electionTicks; tick += heartbeatTicks) {
      leader.tick(heartbeatTicks);
      group.settle();
      for (; leader.snapshotRequests.length > 0; offers++) leader.offerSnapshot();
    }
    expect(offers).toBeGreaterThanOrEqual(3);
    expect(offers).toBeLessThanOrEqual(5);
  });

  it('is offered it soon again if there was none', () => {
    const group = groupWithStraggler();
    const leader = group.member(1);
    group.heartbeats(1);
    const { to, term, session } = leader.snapshotRequests.shift()!;
    leader.input((raft) => raft.snapshotOffered(to, term, session, undefined));
    leader.tick(heartbeatTicks);
    expect(leader.snapshotRequests).toHaveLength(1);
    expect(straggler(group)).toMatchObject({ snapshotIndex: undefined });
  });

  it('is offered it at once in a new session, of which an earlier answer of the host says nothing', () => {
    const group = groupWithStraggler();
    const leader = group.member(1);
    group.heartbeats(1);
    const { to, term, session } = leader.snapshotRequests.shift()!;
    leader.input((raft) => raft.peerDown(3));
    leader.input((raft) => raft.peerUp(3));
    expect(leader.snapshotRequests).toHaveLength(1);
    leader.input((raft) => raft.snapshotOffered(to, term, session, 6));
    leader.input((raft) => raft.snapshotOffered(9, term, session, 6));
    leader.input((raft) => raft.snapshotOffered(to, term + 1, session + 1, 6));
    leader.input((raft) => raft.snapshotOffered(2, term, 1, 6));
    expect(leader.raft.status().followers).toMatchObject([{ snapshotIndex: undefined }, { snapshotIndex: undefined }]);
    leader.offerSnapshot();
    expect(straggler(group)).toMatchObject({ snapshotIndex: 6 });
    group.member(2).input((raft) => raft.snapshotOffered(to, term, session, 6));
  });

  it('finds the log behind its snapshot, however long it takes, for as long as it is in contact', () => {
    const group = groupWithStraggler();
    const leader = group.member(1);
    group.heartbeats(1);
    const offer = leader.offerSnapshot();
    for (let i = 0; i < 20; i++) {
      leader.propose();
      group.settle();
      group.heartbeats(1);
      leader.compact();
      // Later snapshots hold more, but it is the first that is on its way.
      while (leader.snapshotRequests.length > 0) leader.offerSnapshot();
      expect(straggler(group)).toMatchObject({ snapshotIndex: 6 });
    }
    expect(leader.raft.status()).toMatchObject({ baseIndex: 6, compactableIndex: 6, commitIndex: 26 });
    group.member(3).step(offer);
    group.settle();
    expect(leader.snapshotRequests).toEqual([]);
    expect(straggler(group)).toMatchObject({ state: 'replicate', matchIndex: 26 });
    expect(leader.raft.status().compactableIndex).toBe(26);
  });

  it('is not waited for while it is out of contact', () => {
    const group = groupWithStraggler();
    const leader = group.member(1);
    group.heartbeats(1);
    leader.offerSnapshot();
    group.isolated.add(3);
    leader.propose();
    group.settle();
    expect(leader.raft.status().compactableIndex).toBe(6);
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    expect(leader.raft.status().compactableIndex).toBe(7);
  });

  it('needs another if the log was compacted further all the same', () => {
    const group = groupWithStraggler();
    const leader = group.member(1);
    group.heartbeats(1);
    const offer = leader.offerSnapshot();
    leader.propose();
    group.settle();
    leader.compact(7);
    group.member(3).step(offer);
    group.settle();
    expect(straggler(group)).toMatchObject({ state: 'snapshot', matchIndex: 1 });
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    group.member(3).step(leader.offerSnapshot());
    group.settle();
    expect(straggler(group)).toMatchObject({ state: 'replicate', matchIndex: 7 });
  });

  it('is offered a snapshot if the log was compacted while it was read', () => {
    const group = new TestGroup(3, { cacheBytesMax: 1 });
    const leader = group.elect(1);
    group.heartbeats(1);
    group.isolated.add(3);
    for (let i = 0; i < 5; i++) leader.propose();
    group.settle();
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    leader.slowReads = true;
    group.isolated.clear();
    group.heartbeats(1);
    expect(leader.logReads).toMatchObject([{ to: 3, fromIndex: 2 }]);
    const { to, term, session } = leader.logReads.shift()!;
    const read = leader.durable.slice(1);
    leader.compact(6);
    leader.input((raft) => raft.logRead(to, term, session, read));
    expect(leader.snapshotRequests).toMatchObject([{ to: 3 }]);
    expect(group.take(isA(MessageType.append))).toEqual([]);
  });

  it('is offered one by a new leader that does not hold what it lacks, and tells where it stands', () => {
    const group = groupWithStraggler();
    const successor = group.member(2);
    successor.compact(4);
    group.isolated.add(1);
    group.member(3).input((raft) => raft.peerDown(1));
    group.elect(2);
    group.settle();
    group.heartbeats(2);
    expect(successor.raft.status()).toMatchObject({ role: Role.leader, baseIndex: 4, compactableIndex: 0 });
    expect(successor.snapshotRequests).toMatchObject([{ to: 3 }]);
    group.member(3).step(successor.offerSnapshot());
    group.heartbeats(2);
    expect(group.member(3).terms).toEqual([1, 1, 2]);
    expect(group.member(3).raft.commitIndex).toBe(7);
  });

  it('becomes whole again by a snapshot, too, if it had lost entries', () => {
    const group = groupWithStraggler();
    const leader = group.member(1);
    const victim = group.member(3);
    victim.durable.length = 0;
    victim.hardState = { ...victim.hardState, incident: 4 };
    victim.restart();
    for (let i = 0; i < 4; i++) {
      group.heartbeats(1);
      if (leader.snapshotRequests.length > 0) victim.step(leader.offerSnapshot());
    }
    expect(victim.hardState.incident).toBe(0);
    expect(victim.raft.status()).toMatchObject({ baseIndex: 6, commitIndex: 6 });
  });
});

describe('a snapshot', () => {
  it('takes the place of a log that ends before it', () => {
    const follower = new TestMember({}, logOf(1, 1));
    follower.step(installSnapshot(9, 2));
    expect(follower.raft.status()).toMatchObject({
      ...{ baseIndex: 9, lastIndex: 9, durableIndex: 9, commitIndex: 9, appliedIndex: 9, leader: 2 },
    });
    expect([follower.durable, follower.raft.termAt(9), follower.raft.termAt(2)]).toEqual([[], 2, undefined]);
    expect(only(follower.sent(), appendAck)).toMatchObject([{ durableIndex: 9, durableTerm: 2 }]);
  });

  it('takes the place of a log that disagrees with it', () => {
    const follower = new TestMember({}, logOf(1, 1, 1, 1, 1));
    follower.step(installSnapshot(4, 2));
    expect(follower.raft.status()).toMatchObject({ baseIndex: 4, lastIndex: 4, commitIndex: 4 });
    expect(follower.raft.cachedBatches(5, 1)).toBeUndefined();
  });

  it('leaves a log alone that agrees with it: what follows may have been acknowledged', () => {
    const follower = new TestMember();
    follower.step(append({ term: 1, batches: logOf(1, 1, 1, 1, 1) }));
    follower.sent();
    follower.step(installSnapshot(3, 1));
    expect(follower.raft.status()).toMatchObject({ baseIndex: 0, lastIndex: 5, durableIndex: 5, commitIndex: 3 });
    expect(follower.terms).toEqual([1, 1, 1, 1, 1]);
    expect(only(follower.sent(), appendAck)).toMatchObject([{ durableIndex: 5 }]);
  });

  it('that holds nothing new is only acknowledged', () => {
    const follower = new TestMember({}, logOf(1, 1, 1));
    follower.step(append({ term: 1, prevIndex: 3, prevTerm: 1, commitIndex: 3 }));
    follower.sent();
    follower.step(installSnapshot(2, 1));
    follower.step(installSnapshot(2, 1));
    expect(follower.raft.status()).toMatchObject({ baseIndex: 0, lastIndex: 3, commitIndex: 3 });
    expect(only(follower.sent(), appendAck)).toMatchObject([{ durableIndex: 3 }, { durableIndex: 3 }]);
    follower.compact(3);
    follower.step(installSnapshot(2, 1));
    expect(follower.raft.status()).toMatchObject({ baseIndex: 3, lastIndex: 3, commitIndex: 3 });
    expect(only(follower.sent(), appendAck)).toMatchObject([{ durableIndex: 3, durableTerm: 1 }]);
  });

  it('is acknowledged once the log is durably reset, and not by the confirmation of what it replaced', () => {
    const follower = new TestMember();
    follower.slowDisk = true;
    follower.step(append({ term: 1, batches: logOf(1, 1) }));
    follower.save();
    follower.step(installSnapshot(9, 1), append({ term: 1, prevIndex: 9, prevTerm: 1, batches: [batchOf(10, 1, 1)] }));
    follower.input((raft) => raft.appended(1));
    expect(follower.raft.status()).toMatchObject({ durableIndex: 0, compactableIndex: 0 });
    follower.tick(heartbeatTicks);
    follower.step(heartbeat({ term: 1, round: 2 }));
    expect(only(follower.sent(), appendAck)).toEqual([]);
    follower.flush(3);
    expect(only(follower.sent(), appendAck)).toMatchObject([{ durableIndex: 9, durableTerm: 1 }]);
    follower.flush();
    expect(only(follower.sent(), appendAck)).toMatchObject([{ durableIndex: 10 }]);
    expect(follower.terms).toEqual([1]);
  });

  it('brings the configuration that was in force at its end, and takes back what was appended', () => {
    const joint = configurationBatch(2, 1, { ...configurationOf([1, 2]), outgoing: [1, 2, 3] });
    const follower = new TestMember({}, [batchOf(1, 1, 1, 0), joint]);
    const snapshot = { index: 9, term: 2, configuration: { ...configuration, learners: [4] } };
    follower.step(installSnapshot(9, 2, { snapshot }));
    expect(follower.configurations.at(-1)).toEqual(snapshot.configuration);
    expect(follower.raft.configurationAt(9)).toEqual(snapshot.configuration);
    expect(follower.raft.status()).toMatchObject({ configurationIndex: 9 });
    follower.restart();
    expect(follower.raft.configuration).toEqual(snapshot.configuration);
    follower.step(append({ term: 2, prevIndex: 9, prevTerm: 2, batches: [configurationBatch(10, 2, configuration)] }));
    expect(follower.raft.configuration).toEqual(configuration);
    expect(follower.raft.configurationAt(9)).toEqual(snapshot.configuration);
  });

  it('makes a follower of a candidate of its term', () => {
    const member = new TestMember();
    member.campaign();
    member.step(installSnapshot(9, 1));
    expect(member.raft.status()).toMatchObject({ role: Role.follower, leader: 2, baseIndex: 9 });
  });

  it('is taken in even if its session has ended meanwhile: it took long, and nothing in it is wrong', () => {
    const follower = new TestMember();
    follower.step(heartbeat({ term: 1, session: 4 }), installSnapshot(9, 1, { session: 2 }));
    expect(follower.raft.status()).toMatchObject({ baseIndex: 9, lastIndex: 9, commitIndex: 9 });
    expect(only(follower.sent(), appendAck)).toMatchObject([{ session: 4, durableIndex: 9, durableTerm: 1 }]);
  });

  it('is taken in even if its leader was replaced meanwhile, and the new one hears of it', () => {
    const follower = new TestMember();
    follower.step(heartbeat({ from: 3, term: 2, session: 1 }));
    follower.sent();
    follower.step(installSnapshot(9, 1));
    expect(follower.raft.status()).toMatchObject({ baseIndex: 9, commitIndex: 9, leader: 3, term: 2 });
    expect(follower.sent()).toMatchObject([
      // Who offered it hears that its time is over.
      { type: heartbeatAck, to: 2, term: 2, round: 0 },
      { type: appendAck, to: 3, term: 2, session: 1, durableIndex: 9, durableTerm: 1 },
    ]);
  });

  it('of an earlier leader is taken in before the new one has spoken, and by nobody who campaigns', () => {
    const follower = new TestMember({}, [], { term: 2 });
    follower.step(installSnapshot(9, 1));
    expect(follower.raft.status()).toMatchObject({ baseIndex: 9, leader: undefined });
    expect(only(follower.sent(), appendAck)).toEqual([]);
    const candidate = new TestMember({}, [], { term: 2 });
    candidate.campaign();
    candidate.step(installSnapshot(9, 1));
    expect(candidate.raft.status()).toMatchObject({ role: Role.preCandidate, baseIndex: 0 });
  });
});

describe('a log that begins behind a snapshot', () => {
  /** Entries up to 4, of term 2, are gone; 5 and 6 are there. */
  function compactedMember(): TestMember {
    const member = new TestMember({}, logOf(1, 2, 2, 2, 3, 3), { term: 3 });
    member.step(append({ from: 2, term: 3, prevIndex: 6, prevTerm: 3, commitIndex: 4 }));
    member.compact(4);
    member.sent();
    expect(member.raft.status()).toMatchObject({ baseIndex: 4, commitIndex: 4, lastIndex: 6 });
    return member;
  }

  it('takes in appends that begin before it, and truncates only behind it', () => {
    const member = compactedMember();
    const batches = [batchOf(3, 1, 2), batchOf(4, 1, 2), batchOf(5, 1, 4, 2)];
    member.step(append({ from: 3, term: 4, prevIndex: 2, prevTerm: 2, batches }));
    expect(member.terms).toEqual([4]);
    expect(only(member.sent(), appendAck)).toMatchObject([{ durableIndex: 5, durableTerm: 4 }]);
    member.step(append({ from: 3, term: 4, prevIndex: 1, prevTerm: 1, batches: [batchOf(2, 1, 2, 1)] }));
    expect(only(member.sent(), appendAck)).toMatchObject([{ durableIndex: 5 }]);
  });

  it('is where a refusal points to if nothing behind it fits', () => {
    const member = compactedMember();
    member.step(append({ from: 3, term: 4, prevIndex: 6, prevTerm: 2 }));
    expect(only(member.sent(), appendReject)).toMatchObject([{ hintIndex: 4, hintTerm: 2 }]);
  });

  it('is as good as a whole one in elections, even with nothing behind it', () => {
    const member = compactedMember();
    member.step(append({ from: 2, term: 3, prevIndex: 6, prevTerm: 3, commitIndex: 6 }));
    member.compact(6);
    member.restart();
    member.sent();
    const request = voteRequest({ from: 3, term: 5, lastTerm: 3 });
    member.step({ ...request, lastIndex: 5 });
    expect(only(member.sent(), voteResponse)).toMatchObject([{ granted: false }]);
    member.step({ ...request, lastIndex: 6 });
    expect(only(member.sent(), voteResponse)).toMatchObject([{ granted: true }]);
  });

  it('is what a restart begins with', () => {
    const member = compactedMember();
    member.restart();
    expect(member.raft.status()).toMatchObject({
      ...{ baseIndex: 4, lastIndex: 6, durableIndex: 6, commitIndex: 4, appliedIndex: 4, term: 3 },
    });
    expect([3, 4, 5, 7].map((index) => member.raft.termAt(index))).toEqual([undefined, 2, 3, undefined]);
  });

  it('is not compacted to what is not applied, not durable or in the middle of a batch; and never twice', () => {
    const member = compactedMember();
    expect(() => member.raft.compact(5)).toThrow(InvariantError);
    member.raft.compact(4);
    member.raft.compact(2);
    expect(member.raft.status().baseIndex).toBe(4);
    member.step(append({ from: 2, term: 3, prevIndex: 6, prevTerm: 3, batches: [batchOf(7, 3, 3)], commitIndex: 9 }));
    expect(() => member.raft.compact(8)).toThrow(InvariantError);
    member.slowDisk = true;
    member.step(append({ from: 2, term: 3, prevIndex: 9, prevTerm: 3, batches: [batchOf(10, 1, 3)], commitIndex: 10 }));
    expect(member.raft.status()).toMatchObject({ appliedIndex: 10, compactableIndex: 9 });
    expect(() => member.raft.compact(10)).toThrow(InvariantError);
  });

  it('must reach up to what the state machine holds', () => {
    const recovered = {
      hardState: { term: 1, votedFor: undefined, incident: 0 },
      base: { index: 4, term: 1 },
      lastIndex: 6,
      termRuns: [[5, 1]],
      configurations: [[4, configuration]],
    } as const;
    const start = (appliedIndex: number): TestMember => new TestMember({ recovered: { ...recovered, appliedIndex } });
    expect(start(5).raft.status()).toMatchObject({ commitIndex: 5, baseIndex: 4 });
    expect(() => start(3)).toThrow(InvariantError);
    expect(() => start(7)).toThrow(InvariantError);
  });
});
