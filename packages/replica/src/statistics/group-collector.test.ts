// Exact figures, on a clock that is set by hand. The member is node 1, in term 1.

import { type Append, type Batch, BatchKind, configurationOf, type Message, MessageType, Role } from '@balsa/raft';
import { expect, test } from 'vitest';
import { GroupCollector } from './group-collector.ts';
import type { Distribution } from './report.ts';
import { defaultStatisticsSettings, type StatisticsSettings } from './settings.ts';

const [self, two, three] = [1, 2, 3];

class Rig {
  nowMs = 1000;
  term = 1;
  leader: number | undefined = self;
  writeBeganMs: number | undefined;
  readonly collector: GroupCollector;

  constructor(settings: Partial<StatisticsSettings> = {}) {
    const rig = this;
    this.collector = new GroupCollector({
      group: 5,
      nodeId: self,
      settings: { ...defaultStatisticsSettings, ...settings },
      nowMs: () => this.nowMs,
      raft: {
        get term() {
          return rig.term;
        },
        get leader() {
          return rig.leader;
        },
      },
      lastWriteBeganMs: () => this.writeBeganMs,
    });
  }

  input(atMs: number): GroupCollector {
    this.nowMs = atMs;
    this.collector.inputBegins(atMs);
    return this.collector;
  }

  arrived(atMs: number, message: Message): void {
    this.input(atMs).messageArrived(message);
  }

  /** Proposes a batch that was submitted at `submittedMs`, and hands it to the log. */
  propose(batch: Batch, sequence: number, submittedMs: number, atMs: number): void {
    const { term, firstIndex, count, bytes } = batch;
    const collector = this.input(atMs);
    const lastIndex = firstIndex + count - 1;
    collector.proposed({ term, firstIndex, lastIndex, bytes: bytes.length, submittedMs, proposedMs: atMs });
    collector.effect({ type: 'append', sequence, batch });
  }

  sends(atMs: number, message: Message, taken = true): void {
    this.input(atMs).messageSent(message, taken);
  }

  apply(batch: Batch, beganMs: number, atMs: number): void {
    this.nowMs = atMs;
    this.collector.applied(batch, beganMs);
  }
}

function batchOf(firstIndex: number, count: number, bytes: number): Batch {
  return { kind: BatchKind.entries, term: 1, prevTerm: 1, firstIndex, count, bytes: new Uint8Array(bytes) };
}

function appendOf(from: number, to: number, batches: readonly Batch[], session = 1): Append {
  const prevIndex = (batches[0]?.firstIndex ?? 1) - 1;
  const position = { prevIndex, prevTerm: 1, commitIndex: 0, batches, mayOvertake: false, routes: [] };
  return { type: MessageType.append, from, to, term: 1, leader: from, session, ...position };
}

function ackOf(from: number, to: number, durableIndex: number, session = 1): Message {
  return { type: MessageType.appendAck, from, to, term: 1, session, durableIndex, durableTerm: 1, incident: 0 };
}

function heartbeatOf(from: number, to: number, round: number, term = 1): Message {
  return {
    type: MessageType.heartbeat,
    from,
    to,
    term,
    session: 1,
    commitIndex: 0,
    round,
    restore: undefined,
    hibernates: false,
    leaderCommitIndex: 0,
    provenStamp: undefined,
  };
}

function heartbeatAckOf(from: number, round: number, durableIndex: number): Message {
  return {
    type: MessageType.heartbeatAck,
    from,
    to: self,
    term: 1,
    session: 1,
    round,
    receivedIndex: durableIndex,
    durableIndex,
    durableTerm: 1,
    incident: 0,
    appliedIndex: 0,
    hibernates: false,
    stamp: undefined,
  };
}

const figures = ({ count, mean, max }: Distribution): readonly number[] => [count, mean, max];

test('a batch of a leader, from its submission until it is applied', () => {
  const rig = new Rig();
  const batch = batchOf(11, 4, 400);
  rig.propose(batch, 7, 1000, 1002);
  rig.sends(1003, appendOf(self, two, [batch]));
  rig.sends(1003, appendOf(self, three, [batch]));
  rig.writeBeganMs = 1004;
  rig.input(1008).appended(7);
  rig.arrived(1009, ackOf(three, self, 14));
  rig.collector.effect({ type: 'commit', index: 14 });
  rig.apply(batch, 1010, 1013);
  rig.arrived(1020, ackOf(two, self, 14));

  const { proposals, peers, storage, apply, slowBatches } = rig.collector.report();
  expect(figures(proposals.batchEntries)).toEqual([1, 4, 4]);
  expect(figures(proposals.batchBytes)).toEqual([1, 400, 400]);
  expect(figures(proposals.queueMs)).toEqual([1, 2, 2]);
  expect(figures(proposals.commitMs)).toEqual([1, 7, 7]);
  expect(figures(proposals.applyMs)).toEqual([1, 4, 4]);
  expect(figures(proposals.totalMs)).toEqual([1, 13, 13]);
  expect(figures(storage.durableMs)).toEqual([1, 6, 6]);
  expect(figures(apply.batchMs)).toEqual([1, 3, 3]);
  expect(figures(apply.batchEntries)).toEqual([1, 4, 4]);
  expect(figures(apply.batchBytes)).toEqual([1, 400, 400]);
  expect(peers.map(({ peer, appendRoundTripMs }) => [peer, ...figures(appendRoundTripMs)])).toEqual([
    [two, 1, 17, 17],
    [three, 1, 6, 6],
  ]);
  expect(slowBatches).toEqual([
    {
      term: 1,
      firstIndex: 11,
      lastIndex: 14,
      bytes: 400,
      submittedMs: 1000,
      totalMs: 13,
      longestStage: 'followers',
      stagesMs: { proposed: 2, appended: 2, writing: 4, durable: 8, committed: 9, applying: 10, applied: 13 },
      peers: [
        { peer: two, sent: 3, acknowledged: undefined },
        { peer: three, sent: 3, acknowledged: 9 },
      ],
      committedBy: three,
    },
  ]);
});

test('several batches under way are told apart, and share an acknowledgement', () => {
  const rig = new Rig();
  const [first, second] = [batchOf(1, 1, 10), batchOf(2, 2, 30)];
  rig.propose(first, 1, 1000, 1000);
  rig.propose(second, 2, 1000, 1010);
  rig.sends(1010, appendOf(self, two, [first, second]));
  rig.input(1015).appended(2);
  rig.arrived(1016, ackOf(two, self, 3));
  rig.collector.effect({ type: 'commit', index: 3 });
  rig.apply(first, 1016, 1017);
  rig.apply(second, 1017, 1019);
  const { proposals, peers, storage, slowBatches } = rig.collector.report();
  expect(figures(proposals.commitMs)).toEqual([2, 11, 16]);
  expect(figures(proposals.totalMs)).toEqual([2, 18, 19]);
  expect(figures(storage.durableMs)).toEqual([2, 10, 15]);
  expect(figures(peers[0]!.appendBatches)).toEqual([1, 2, 2]);
  expect(figures(peers[0]!.appendBytes)).toEqual([1, 40, 40]);
  expect(figures(peers[0]!.sendWaitMs)).toEqual([2, 5, 10]);
  expect(figures(peers[0]!.appendRoundTripMs)).toEqual([1, 6, 6]);
  expect(slowBatches.map(({ lastIndex }) => lastIndex)).toEqual([3, 1]);
});

test('the own disk completes a quorum, too', () => {
  const rig = new Rig();
  const batch = batchOf(1, 1, 10);
  rig.propose(batch, 1, 1000, 1000);
  rig.sends(1000, appendOf(self, two, [batch]));
  rig.arrived(1005, ackOf(two, self, 1));
  rig.input(1040).appended(1);
  rig.collector.effect({ type: 'commit', index: 1 });
  rig.apply(batch, 1040, 1040);
  expect(rig.collector.report().slowBatches).toMatchObject([{ longestStage: 'ownDisk', committedBy: self }]);
});

test('an acknowledgement of another session, or another term, times nothing', () => {
  const rig = new Rig();
  const batch = batchOf(1, 1, 10);
  rig.sends(1000, appendOf(self, two, [batch], 1));
  rig.sends(1100, appendOf(self, two, [batch], 2));
  rig.arrived(1101, ackOf(two, self, 1, 1));
  rig.arrived(1102, { ...ackOf(two, self, 1, 2), term: 0 });
  expect(figures(rig.collector.report().peers[0]!.appendRoundTripMs)).toEqual([0, 0, 0]);
  rig.arrived(1103, ackOf(two, self, 1, 2));
  const [peer] = rig.collector.report().peers;
  expect(figures(peer!.appendRoundTripMs)).toEqual([1, 3, 3]);
  expect(peer!.restarts).toBe(1);
});

test('heartbeats are timed by their round, and make up for a lost acknowledgement', () => {
  const rig = new Rig();
  rig.sends(1000, appendOf(self, two, [batchOf(1, 1, 10)]));
  rig.sends(1001, heartbeatOf(self, two, 4));
  rig.sends(1050, heartbeatOf(self, two, 5));
  rig.arrived(1004, heartbeatAckOf(two, 4, 0));
  rig.arrived(1060, heartbeatAckOf(two, 5, 1));
  rig.arrived(1070, heartbeatAckOf(two, 5, 1));
  const [peer] = rig.collector.report().peers;
  expect(figures(peer!.heartbeatRoundTripMs)).toEqual([2, 6.5, 10]);
  expect(figures(peer!.appendRoundTripMs)).toEqual([1, 60, 60]);
});

test('what the transport does not take is counted, and not waited for', () => {
  const rig = new Rig();
  rig.sends(1000, appendOf(self, two, [batchOf(1, 1, 10)]), false);
  rig.sends(1010, appendOf(self, two, [batchOf(1, 1, 10)]));
  rig.arrived(1012, ackOf(two, self, 1));
  const [peer] = rig.collector.report().peers;
  expect(peer).toMatchObject({
    refusedMessages: 1,
    appendRoundTripMs: { count: 1, max: 2 },
    inflightAppends: { max: 1 },
  });
});

test('whoever no longer leads has abandoned what was under way, and expects no answers', () => {
  const rig = new Rig();
  const batch = batchOf(1, 1, 10);
  rig.propose(batch, 1, 1000, 1000);
  rig.sends(1000, appendOf(self, two, [batch]));
  rig.input(1001).effect({ type: 'role', role: Role.follower, term: 1, leader: undefined });
  rig.arrived(1002, ackOf(two, self, 1));
  rig.apply(batch, 1003, 1004);
  const { proposals, peers, slowBatches } = rig.collector.report();
  expect(proposals).toMatchObject({ abandonedBatches: 1, totalMs: { count: 0 } });
  expect(peers[0]!.appendRoundTripMs.count).toBe(0);
  expect(slowBatches).toEqual([]);
});

test('too many batches under way are counted instead of timed', () => {
  const rig = new Rig();
  for (let index = 1; index <= 70; index++) rig.propose(batchOf(index, 1, 10), index, 1000, 1000);
  expect(rig.collector.report().proposals.untimedBatches).toBe(6);
});

test('a follower: from the arrival of an append until its acknowledgement', () => {
  const rig = new Rig();
  rig.leader = two;
  rig.arrived(1000, appendOf(two, self, [batchOf(1, 1, 10), batchOf(2, 1, 10)]));
  rig.arrived(1004, appendOf(two, self, [batchOf(3, 1, 10)]));
  rig.sends(1010, ackOf(self, two, 3));
  rig.arrived(1020, appendOf(two, self, [batchOf(9, 1, 10)]));
  const rejection = { session: 1, rejectedPrevIndex: 8, hintIndex: 3, hintTerm: 1 };
  rig.sends(1020, { type: MessageType.appendReject, from: self, to: two, term: 1, ...rejection });
  rig.arrived(1030, heartbeatOf(two, self, 1));
  rig.nowMs = 1042;
  const { follower } = rig.collector.report();
  expect(figures(follower.ackMs)).toEqual([2, 8, 10]);
  expect(figures(follower.appendBatches)).toEqual([3, 4 / 3, 2]);
  expect(figures(follower.gapEntries)).toEqual([1, 5, 5]);
  expect(follower).toMatchObject({ acksSent: 1, leaderContactAgeMs: 12 });
  rig.term = 2;
  expect(rig.collector.report().follower.leaderContactAgeMs).toBeUndefined();
});

test('a follower: an attempt of the leader that is over is not answered; another term begins anew', () => {
  const rig = new Rig();
  rig.leader = two;
  rig.arrived(1000, appendOf(two, self, [batchOf(1, 1, 10)], 5));
  rig.arrived(1010, appendOf(two, self, [batchOf(2, 1, 10)], 4));
  rig.sends(1012, ackOf(self, two, 2));
  expect(figures(rig.collector.report().follower.ackMs)).toEqual([1, 12, 12]);
  rig.arrived(1020, appendOf(two, self, [batchOf(3, 1, 10)], 5));
  rig.term = 2;
  rig.arrived(1030, { ...appendOf(three, self, [batchOf(3, 1, 10)], 1), term: 2 });
  rig.sends(1034, { ...ackOf(self, three, 3), term: 2 });
  expect(figures(rig.collector.report().follower.ackMs)).toEqual([2, 8, 12]);
});

test('elections: campaigns, leaders, and how long there was none', () => {
  const rig = new Rig();
  const role = (atMs: number, next: Role, leader: number | undefined): void =>
    rig.input(atMs).effect({ type: 'role', role: next, term: 2, leader });
  role(1000, Role.follower, two);
  role(1100, Role.follower, undefined);
  role(1150, Role.preCandidate, undefined);
  role(1160, Role.candidate, undefined);
  role(1180, Role.leader, self);
  role(1200, Role.follower, three);
  rig.sends(1200, { type: MessageType.voteResponse, from: self, to: three, term: 1, granted: true });
  rig.sends(1200, { type: MessageType.voteResponse, from: self, to: two, term: 1, granted: false });
  rig.collector.effect({ type: 'transferFailed', to: two });
  const { leaderlessMs, ...counts } = rig.collector.report().elections;
  expect(figures(leaderlessMs)).toEqual([1, 80, 80]);
  const expected = { preCampaigns: 1, campaigns: 1, won: 1, votesGranted: 1, leadersSeen: 3, failedTransfers: 1 };
  expect(counts).toEqual(expected);
});

test('reads, forwards, waits for a leader, term and vote', () => {
  const rig = new Rig();
  rig.nowMs = 1010;
  rig.collector.readServed(1006);
  rig.collector.readFailed();
  rig.collector.readWithinLag();
  rig.collector.forwarded(1003);
  rig.collector.leaderFound(1001);
  rig.input(1010).effect({ type: 'saveHardState', sequence: 1, hardState: { term: 1, votedFor: 1, incident: 0 } });
  rig.input(1015).hardStateSaved(1);
  const { reads, proposals, storage } = rig.collector.report();
  expect(reads).toMatchObject({ barrierMs: { count: 1, max: 4 }, failedBarriers: 1, withinLag: 1 });
  expect(figures(proposals.forwardMs)).toEqual([1, 7, 7]);
  expect(figures(proposals.leaderWaitMs)).toEqual([1, 9, 9]);
  expect(figures(storage.hardStateMs)).toEqual([1, 5, 5]);
});

test('snapshots', () => {
  const rig = new Rig();
  const { snapshots } = rig.collector;
  snapshots.fetchBegins();
  rig.nowMs = 1030;
  snapshots.fetchBegins();
  snapshots.taken(500, 1010);
  snapshots.restored(1025);
  snapshots.failed();
  snapshots.fetched(700);
  snapshots.fetched(700);
  rig.collector.effect({ type: 'sendSnapshot', to: two, term: 1, session: 1 });
  expect(rig.collector.report().snapshots).toMatchObject({
    takenMs: { count: 1, max: 20 },
    takenBytes: { count: 1, max: 500 },
    restoredMs: { count: 1, max: 5 },
    fetchedMs: { count: 1, max: 30 },
    fetchedBytes: { count: 1, max: 700 },
    failed: 1,
    offered: 1,
  });
});

test('how long the thread was busy with a message', () => {
  const rig = new Rig();
  const handles = (message: Message, arrivedMs: number, doneMs: number): void => {
    rig.arrived(arrivedMs, message);
    rig.nowMs = doneMs;
    rig.collector.messageHandled(message);
    // What was not taken in was not handled either.
    rig.collector.messageHandled(message);
  };
  handles(appendOf(two, self, [batchOf(1, 1, 10)]), 1007, 1010);
  handles(ackOf(two, self, 1), 1015, 1020);
  handles(heartbeatOf(two, self, 1), 1030, 1040);
  const { appendMs, acknowledgementMs } = rig.collector.report().handling;
  expect([figures(appendMs), figures(acknowledgementMs)]).toEqual([
    [1, 3, 3],
    [1, 5, 5],
  ]);
});

test('of who leaves the group nothing is kept', () => {
  const rig = new Rig();
  for (const peer of [two, three]) rig.sends(1000, heartbeatOf(self, peer, 1));
  rig.input(1001).effect({ type: 'configuration', index: 5, configuration: configurationOf([self, three]) });
  expect(rig.collector.report().peers.map(({ peer }) => peer)).toEqual([three]);
});

test('who is not asked for long enough is forgotten, unless he is to collect always', () => {
  const rig = new Rig({ forgetAfterMs: 500 });
  expect(rig.collector.isForgotten(1499)).toBe(false);
  expect(rig.collector.isForgotten(1500)).toBe(true);
  rig.nowMs = 1400;
  rig.collector.report();
  expect(rig.collector.isForgotten(1899)).toBe(false);
  expect(rig.collector.isForgotten(1900)).toBe(true);
  expect(new Rig({ forgetAfterMs: 500, collect: 'always' }).collector.isForgotten(1e9)).toBe(false);
});

test('a report is plain data without a NaN, whatever was collected', () => {
  const report = new Rig().collector.report();
  expect(JSON.stringify(report)).not.toContain('null');
  expect(structuredClone(report)).toEqual(report);
  expect(report).toMatchObject({ group: 5, nowMs: 1000, sinceMs: 1000, windowMs: 60_000 });
});
