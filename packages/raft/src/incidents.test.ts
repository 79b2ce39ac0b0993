// Members whose disks lost entries: see restoring.md.

import { describe, expect, it } from 'vitest';
import type { Batch } from './batch.ts';
import { incidentNumber } from './incident.ts';
import { MessageType } from './messages.ts';
import { append, batchOf, heartbeat, isA, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember } from './testing/test-member.ts';
import { initialHardState, Role } from './types.ts';

const incident = 5;
const log: Batch[] = [batchOf(1, 3, 1, 0)];

function memberWithIncident(): TestMember {
  return new TestMember({}, log, { incident });
}

describe('a member that lost entries', () => {
  it('neither campaigns nor votes', () => {
    const member = memberWithIncident();
    member.tick(5 * electionTicks);
    expect([member.role, member.term]).toEqual([Role.follower, 1]);
    // It asks as one that might campaign, so that somebody notices it, and makes nothing of the answers.
    const asked = member.sent();
    expect(only(asked, MessageType.preVoteRequest)).toEqual(asked);
    const granted = { type: MessageType.preVoteResponse, to: 1, term: 1, campaignTerm: 2, granted: true } as const;
    for (const from of [2, 3]) member.step({ ...granted, from, removedAt: undefined, commitIndex: undefined });
    expect([member.role, member.sent()]).toEqual([Role.follower, []]);
    const end = { lastIndex: 9, lastTerm: 1 };
    member.step({ type: MessageType.preVoteRequest, from: 2, to: 1, term: 1, campaignTerm: 2, ...end });
    member.step(voteRequest({ term: 2, ...end }));
    expect(member.sent()).toMatchObject([{ granted: false }, { granted: false }]);
    expect(member.hardState).toEqual({ term: 2, votedFor: undefined, incident });
  });

  it('alone in its group does not lead', () => {
    const member = new TestMember({ voters: [1] }, log, { incident });
    member.tick(5 * electionTicks);
    expect(member.role).toBe(Role.follower);
  });

  it('says so with every acknowledgement', () => {
    const member = memberWithIncident();
    member.step(append({ term: 1, prevIndex: 3, prevTerm: 1, batches: [batchOf(4, 1, 1)] }), heartbeat({ term: 1 }));
    expect(member.sent()).toMatchObject([
      { type: MessageType.appendAck, durableIndex: 4, incident },
      { type: MessageType.heartbeatAck, hibernates: false, durableIndex: 4, incident },
    ]);
  });

  it('is whole again once it durably holds what the leader names, and the disk knows', () => {
    const member = memberWithIncident();
    member.step(append({ term: 1, prevIndex: 3, prevTerm: 1 }));
    member.sent();
    member.step(heartbeat({ term: 1, restore: { incident, index: 4 } }));
    member.step(heartbeat({ term: 1, restore: { incident: incident - 1, index: 3 } }));
    expect(only(member.sent(), MessageType.heartbeatAck)).toMatchObject([{ incident }, { incident }]);
    member.slowDisk = true;
    member.step(heartbeat({ term: 1, restore: { incident, index: 3 } }));
    expect(member.sent()).toEqual([]);
    member.save();
    expect(only(member.sent(), MessageType.heartbeatAck)).toMatchObject([{ incident: 0 }]);
    expect(member.hardState.incident).toBe(0);
  });
});

describe('a leader of a member that lost entries', () => {
  /** 1 leads, and 3 is silent, so that 2 decides. */
  function groupOfTwoVoices(): TestGroup {
    const group = new TestGroup(3);
    group.elect(1).propose();
    group.settle();
    group.isolated.add(3);
    return group;
  }

  function loseEverything(group: TestGroup): void {
    const victim = group.member(2);
    victim.durable.length = 0;
    victim.hardState = { ...victim.hardState, incident };
    victim.restart();
  }

  it('does not count it until it has everything again, and then does', () => {
    const group = groupOfTwoVoices();
    const leader = group.member(1);
    loseEverything(group);
    leader.propose();
    leader.tick(heartbeatTicks);
    // The heartbeat and the answer that tells of the incident, then what the new session begins with.
    for (let i = 0; i < 3; i++) group.deliver();
    expect(leader.raft.commitIndex).toBe(2);
    expect(leader.raft.status().followers[0]!.matchIndex).toBe(0);
    // It gets everything back, but no heartbeat has told it yet that this is enough.
    group.settle(isA(MessageType.append, MessageType.appendAck, MessageType.appendReject));
    expect(group.member(2).terms).toEqual([1, 1, 1]);
    expect(leader.raft.commitIndex).toBe(2);
    for (let i = 0; i < 4; i++) group.heartbeats(1);
    expect(group.member(2).hardState.incident).toBe(0);
    expect(group.member(2).terms).toEqual([1, 1, 1]);
    expect(leader.raft.commitIndex).toBe(3);
  });

  it('drops acknowledgements from before the loss, even if they come after it is known', () => {
    const group = groupOfTwoVoices();
    const leader = group.member(1);
    leader.propose();
    group.settle(({ type }) => type === MessageType.append);
    const late = group.take(({ from, type }) => from === 2 && type === MessageType.appendAck);
    expect(late).toHaveLength(1);
    loseEverything(group);
    const voided = {
      type: MessageType.heartbeatAck,
      hibernates: false,
      from: 2,
      to: 1,
      term: 1,
      session: 1,
      round: 0,
      stamp: undefined,
    } as const;
    const nothing = { receivedIndex: 0, durableIndex: 0, durableTerm: 0, appliedIndex: 0 } as const;
    leader.step({ ...voided, ...nothing, incident });
    leader.step(...late);
    expect(leader.raft.commitIndex).toBe(2);
    expect(leader.raft.status().followers[0]!.matchIndex).toBe(0);
  });

  it('names what to restore only after an entry of its own term is committed', () => {
    const leader = new TestMember({}, log);
    leader.campaign();
    leader.step({
      type: MessageType.preVoteResponse,
      from: 3,
      to: 1,
      term: 1,
      campaignTerm: 2,
      granted: true,
      removedAt: undefined,
      commitIndex: undefined,
    });
    leader.step({ type: MessageType.voteResponse, from: 3, to: 1, term: 2, granted: true });
    leader.sent();
    const ack = { type: MessageType.appendAck, to: 1, term: 2, session: 1 } as const;
    leader.step({ ...ack, from: 2, durableIndex: 0, durableTerm: 0, incident });
    leader.tick(heartbeatTicks);
    const restores = (): unknown[] =>
      only(leader.sent(), MessageType.heartbeat)
        .filter(({ to }) => to === 2)
        .map(({ restore }) => restore);
    expect(new Set(restores())).toEqual(new Set([undefined]));
    leader.step({ ...ack, from: 3, durableIndex: 4, durableTerm: 2, incident: 0 });
    expect(leader.committed).toEqual([4]);
    leader.tick(heartbeatTicks);
    expect(restores()).toEqual([{ incident, index: 4 }]);
  });
});

describe('a member that lost its whole disk, term and vote with it,', () => {
  const forgotten = incidentNumber(7, 'andVotes');

  /** 1 leads in term 1. Cut off from it, 2 leads in term 2, and 3 has helped it to commit an entry. */
  function replacedLeader(): TestGroup {
    const group = new TestGroup(3);
    group.elect(1);
    group.settle();
    group.isolated.add(1);
    group.member(3).input((raft) => raft.peerDown(1));
    group.elect(2).propose();
    group.settle();
    expect([group.leaders(), group.member(2).raft.commitIndex]).toEqual([[1, 2], 3]);
    return group;
  }

  function loseDisk(group: TestGroup): TestMember {
    const victim = group.member(3);
    victim.durable.length = 0;
    victim.hardState = { ...initialHardState, incident: forgotten };
    victim.restart();
    return victim;
  }

  it('does not tell a leader that was replaced that it still leads, and is not restored by it', () => {
    const group = replacedLeader();
    const victim = loseDisk(group);
    group.isolated.clear();
    group.isolated.add(2);
    const former = group.member(1);
    former.read(1);
    former.propose();
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    expect(former.role).toBe(Role.leader);
    expect(victim.terms).toEqual([1, 1]);
    expect(former.eventsOf('readReady')).toEqual([]);
    expect(victim.hardState.incident).toBe(forgotten);
    expect(former.raft.commitIndex).toBe(1);
    group.isolated.clear();
    for (let i = 0; i < 4; i++) group.heartbeats(2);
    expect(victim.hardState).toMatchObject({ term: 2, incident: 0 });
    expect(victim.terms).toEqual([1, 2, 2]);
  });

  it('is given to by a leader that others have confirmed since, and then has voted for it', () => {
    const group = new TestGroup(3);
    group.elect(1).propose();
    group.settle();
    const victim = loseDisk(group);
    for (let i = 0; i < 4; i++) group.heartbeats(1);
    expect(victim.hardState).toEqual({ term: 1, votedFor: 1, incident: 0 });
    victim.restart();
    victim.step(voteRequest({ from: 2, to: 3, term: 1, lastIndex: 9, lastTerm: 1 }));
    expect(only(victim.sent(), MessageType.voteResponse)).toMatchObject([{ granted: false }]);
  });
});
