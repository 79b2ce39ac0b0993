import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { lastIndexOf } from './batch.ts';
import { MessageType } from './messages.ts';
import { isA, only } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { heartbeatTicks } from './testing/test-member.ts';

const batchBytes = 10;

function proposeMany(group: TestGroup, count: number): void {
  for (let i = 0; i < count; i++) group.member(1).propose(batchBytes);
}

describe('bytes in flight', () => {
  it('to one follower are limited, and go on with each acknowledgement', () => {
    const group = new TestGroup(3, { inflightBytesMax: 50 });
    const leader = group.elect(1);
    group.isolated.add(2);
    proposeMany(group, 20);
    group.settle();
    // The follower that answers is not held up by the one that does not.
    const [silent, healthy] = leader.raft.status().followers;
    expect(silent!.inflightBytes).toBe(50);
    expect(silent!.nextIndex).toBe(7);
    expect(healthy).toMatchObject({ matchIndex: 21, inflightBytes: 0 });
    expect(leader.raft.commitIndex).toBe(21);
  });

  it('are packed into messages of limited size', () => {
    const group = new TestGroup(2, { appendBytesMax: 35, inflightBytesMax: 10 });
    group.elect(1);
    proposeMany(group, 10);
    const sizes: number[] = [];
    for (let messages = group.take(); messages.length > 0; messages = group.take()) {
      sizes.push(...only(messages, MessageType.append).map(({ batches }) => batches.length));
      for (const message of messages) group.member(message.to).step(message);
    }
    // The first alone, before there was more; then as many as fit, one message at a time.
    expect(sizes).toEqual([1, 3, 3, 3]);
  });

  it('may be exceeded by a single batch that is larger than the limit', () => {
    const group = new TestGroup(2, { inflightBytesMax: 50, appendBytesMax: 20 });
    const leader = group.elect(1);
    leader.propose(500);
    group.settle();
    expect(leader.committed).toEqual([1, 2]);
  });

  it('wait for the answer to a probe', () => {
    const group = new TestGroup(2);
    const leader = group.elect(1);
    leader.input((raft) => raft.peerDown(2));
    proposeMany(group, 5);
    // The first of them is the probe; the others follow its acknowledgement together.
    expect(only(group.take(), MessageType.append).map(({ batches }) => batches.length)).toEqual([1]);
    leader.input((raft) => raft.peerUp(2));
    group.settle();
    expect(group.member(2).terms).toHaveLength(6);
  });
});

describe('batches that memory no longer holds', () => {
  function groupWithALaggard(): TestGroup {
    const group = new TestGroup(3, { cacheBytesMax: 30, inflightBytesMax: 1000, appendBytesMax: 1000 });
    group.elect(1).slowReads = true;
    group.isolated.add(2);
    proposeMany(group, 10);
    group.settle();
    group.isolated.clear();
    group.member(1).input((raft) => raft.peerUp(2));
    group.settle();
    return group;
  }

  it('are read from disk for a follower that needs them', () => {
    const group = groupWithALaggard();
    const leader = group.member(1);
    expect(leader.logReads).toMatchObject([{ to: 2, fromIndex: 2, bytesMax: 1000, term: 1 }]);
    expect(leader.raft.cachedBatches(2, 1000)).toBeUndefined();
    expect(leader.raft.cachedBatches(10, 1000)?.map(lastIndexOf)).toEqual([10, 11]);
    leader.answerLogRead();
    group.settle();
    expect(group.member(2).terms).toHaveLength(11);
  });

  it('are asked for once at a time', () => {
    const group = groupWithALaggard();
    proposeMany(group, 3);
    group.heartbeats(1);
    expect(group.member(1).logReads).toHaveLength(1);
  });

  it('are asked for again when the read failed', () => {
    const group = groupWithALaggard();
    const leader = group.member(1);
    const { to, term, session } = leader.logReads.shift()!;
    leader.input((raft) => raft.logRead(to, term, session, []));
    expect(leader.logReads).toEqual([]);
    group.heartbeats(1);
    leader.answerLogRead();
    group.settle();
    expect(group.member(2).terms).toHaveLength(11);
  });

  it('are not sent in a later session or term than they were read for', () => {
    const group = groupWithALaggard();
    const leader = group.member(1);
    const { to, term, session } = leader.logReads[0]!;
    const batches = leader.durable.slice(1);
    leader.input((raft) => raft.logRead(to, term, session - 1, batches));
    leader.input((raft) => raft.logRead(to, term + 1, session, batches));
    leader.input((raft) => raft.logRead(9, term, session, batches));
    expect(group.take(isA(MessageType.append))).toEqual([]);
  });

  // Found by the simulator: what the acknowledgement covered was sent behind the gap that the rest left.
  it('are sent from where a late acknowledgement has moved the follower to meanwhile', () => {
    const group = groupWithALaggard();
    const leader = group.member(1);
    const { session } = leader.logReads[0]!;
    const ack = { type: MessageType.appendAck, from: 2, to: 1, term: 1, session, incident: 0 } as const;
    leader.step({ ...ack, durableIndex: 5, durableTerm: 1 });
    leader.answerLogRead();
    const sent = only(group.take(), MessageType.append);
    expect(sent[0]).toMatchObject({ prevIndex: 5, prevTerm: 1 });
    expect(sent.flatMap(({ batches }) => batches).map(lastIndexOf)).toEqual([6, 7, 8, 9, 10, 11]);
  });

  it('are not needed at all if a late acknowledgement covers them', () => {
    const group = groupWithALaggard();
    const leader = group.member(1);
    const { session } = leader.logReads[0]!;
    const ack = { type: MessageType.appendAck, from: 2, to: 1, term: 1, session, incident: 0 } as const;
    leader.step({ ...ack, durableIndex: 11, durableTerm: 1 });
    leader.answerLogRead();
    expect(group.take(isA(MessageType.append))).toEqual([]);
  });
});

describe('a proposal', () => {
  it('is refused while too much is uncommitted, and welcome again after', () => {
    const group = new TestGroup(3, { uncommittedBytesMax: 25 });
    const leader = group.elect(1);
    expect(leader.propose(batchBytes)).toEqual({ accepted: true, term: 1, firstIndex: 2, lastIndex: 2 });
    expect(leader.propose(batchBytes, 3)).toEqual({ accepted: true, term: 1, firstIndex: 3, lastIndex: 5 });
    expect(leader.propose(batchBytes)).toEqual({ accepted: false, reason: 'full', leader: 1 });
    expect(leader.raft.status()).toMatchObject({ lastIndex: 5, uncommittedBytes: 20 });
    group.settle();
    expect(leader.raft.status().uncommittedBytes).toBe(0);
    expect(leader.propose(batchBytes).accepted).toBe(true);
  });

  it('larger than the limit passes alone', () => {
    const group = new TestGroup(3, { uncommittedBytesMax: 25 });
    const leader = group.elect(1);
    expect(leader.propose(1000).accepted).toBe(true);
    expect(leader.propose(1)).toMatchObject({ accepted: false, reason: 'full' });
  });

  it('to anybody but the leader is refused, with the leader’s name', () => {
    const group = new TestGroup(3);
    group.elect(1);
    expect(group.member(2).propose()).toEqual({ accepted: false, reason: 'notLeader', leader: 1 });
    const lonely = new TestGroup(3).member(1);
    lonely.campaign();
    expect(lonely.propose()).toEqual({ accepted: false, reason: 'notLeader', leader: undefined });
  });

  it('has entries', () => {
    const leader = new TestGroup(1).member(1);
    expect(() => leader.propose(10, 0)).toThrow(InvariantError);
  });

  it('is sealed once, with the place it was given', () => {
    const leader = new TestGroup(1).member(1);
    const headers: unknown[] = [];
    leader.input((raft) => {
      raft.propose(4, 8, (header) => {
        headers.push(header);
        return new Uint8Array(8);
      });
    });
    expect(headers).toEqual([{ kind: 1, term: 1, prevTerm: 1, firstIndex: 2, count: 4 }]);
    expect(leader.raft.termAt(5)).toBe(1);
    leader.tick(heartbeatTicks);
    expect(leader.committed.at(-1)).toBe(5);
  });
});
