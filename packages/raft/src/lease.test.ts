import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { type Configuration, configurationOf } from './configuration.ts';
import { Lease } from './lease.ts';
import { type Message, MessageType } from './messages.ts';
import { Quorum } from './quorum.ts';
import { append, batchOf, configurationBatch, heartbeat, isA, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember, type TestMemberOptions } from './testing/test-member.ts';
import { Role } from './types.ts';

const withLeases: Configuration = { ...configurationOf([1, 2, 3]), leases: true };
const leaseMs = 50;

/** 1 leads. All have waited until nobody can be loyal to a leader of an earlier life. */
function groupWithLeases(options: TestMemberOptions = {}): TestGroup {
  const group = new TestGroup(3, { configuration: withLeases, leaseMs, ...options });
  for (const id of [2, 3]) group.member(id).tick(electionTicks);
  group.elect(1);
  return group;
}

describe('loyalty', () => {
  /** Does it vote, and would it, for a rival with a better log? */
  function helps(member: TestMember): boolean[] {
    const rival = { from: 3, to: 1, lastIndex: 99, lastTerm: member.term, term: member.term } as const;
    member.sent();
    member.step({ type: MessageType.preVoteRequest, campaignTerm: member.term + 1, ...rival });
    member.step(voteRequest({ ...rival, term: member.term + 1 }));
    const answers = member.sent();
    const grants = (type: typeof MessageType.voteResponse | typeof MessageType.preVoteResponse): boolean =>
      only(answers, type).some(({ granted }) => granted);
    return [grants(MessageType.preVoteResponse), grants(MessageType.voteResponse)];
  }

  it.each([
    ['a broken connection', (member: TestMember): void => member.input((raft) => raft.peerDown(2))],
    ['a restart', (member: TestMember): void => member.restart()],
    [
      'both',
      (member: TestMember): void => {
        member.restart();
        member.input((raft) => raft.peerDown(2));
      },
    ],
  ])('outlasts %s', (_what, shake) => {
    const follower = (leases: boolean): TestMember => {
      const member = new TestMember({ configuration: { ...withLeases, leases } });
      member.tick(electionTicks);
      member.step(heartbeat({ term: 1 }));
      shake(member);
      return member;
    };
    // Without leases nobody counts on it, and a new leader is found sooner.
    expect(helps(follower(false))).toEqual([true, true]);
    const loyal = follower(true);
    loyal.tick(electionTicks - 1);
    expect([helps(loyal), loyal.role]).toEqual([[false, false], Role.follower]);
    loyal.tick();
    expect(helps(loyal)).toEqual([true, true]);
  });

  it('ends where the leader itself sends a rival', () => {
    const member = new TestMember({ configuration: withLeases });
    member.step(heartbeat({ term: 1 }));
    member.sent();
    member.step(voteRequest({ from: 3, term: 2, transfer: true }));
    expect(only(member.sent(), MessageType.voteResponse)).toMatchObject([{ granted: true }]);
  });

  it('outlasts a change of the term that came from nobody who leads', () => {
    const member = new TestMember({ configuration: withLeases });
    member.tick(2 * electionTicks);
    member.step(heartbeat({ term: 0 }));
    // An answer to its own pre-vote comes late, from somebody who has voted for 3 since.
    const late = { type: MessageType.preVoteResponse, from: 2, to: 1, term: 1, campaignTerm: 1 } as const;
    member.step({ ...late, granted: false, removedAt: undefined, commitIndex: undefined });
    expect(member.term).toBe(1);
    member.sent();
    const request = voteRequest({ from: 3, term: 1, lastIndex: 9, lastTerm: 1 });
    member.step(request);
    expect(only(member.sent(), MessageType.voteResponse)).not.toContainEqual(
      expect.objectContaining({ granted: true }),
    );
    member.tick(electionTicks - 1);
    member.step(request);
    expect(only(member.sent(), MessageType.voteResponse)).not.toContainEqual(
      expect.objectContaining({ granted: true }),
    );
    member.tick();
    member.step(request);
    expect(only(member.sent(), MessageType.voteResponse)).toContainEqual(expect.objectContaining({ granted: true }));
    member.step(request);
    expect(only(member.sent(), MessageType.voteResponse)).toContainEqual(expect.objectContaining({ granted: true }));
  });

  it('outlasts hibernation', () => {
    const group = groupWithLeases({ hibernateAfterTicks: 4 });
    for (let i = 0; i < 8; i++) group.heartbeats(1);
    expect(group.members.map(({ raft }) => raft.status().hibernates)).toEqual([true, true, true]);
    group.isolated.add(1);
    for (const id of [2, 3]) group.member(id).input((raft) => raft.peerDown(1));
    group.member(2).wake();
    for (let i = 0; i < electionTicks - 1; i++) group.run(1);
    expect(group.leaders()).toEqual([1]);
    group.run(4 * electionTicks);
    expect(group.leaders().filter((id) => id !== 1)).toHaveLength(1);
  });

  it('does not depend on what a replaced leader has left in the log', () => {
    const log = [
      configurationBatch(1, 1, withLeases, 0),
      batchOf(2, 1, 1),
      batchOf(3, 1, 1),
      configurationBatch(4, 1, configurationOf([1, 2, 3])),
    ];
    const member = new TestMember({ configuration: configurationOf([1, 2, 3]) }, log, { term: 2 });
    member.tick(electionTicks / 2);
    member.step(append({ term: 2, prevIndex: 1, prevTerm: 1, batches: [log[1]!] }));
    member.input((raft) => raft.peerDown(2));
    member.sent();
    member.step(voteRequest({ from: 3, term: 3, lastIndex: 9, lastTerm: 2 }));
    expect(member.sent()).toEqual([]);
  });
});

describe('a lease', () => {
  /** What 1 says to a read at this time: the index, or nothing yet. */
  function readAt(group: TestGroup, nowMs: number, requestId = nowMs): number | undefined {
    const leader = group.member(1);
    leader.observeTime(nowMs);
    leader.read(requestId);
    return leader.reads.find((read) => read.requestId === requestId)?.readIndex;
  }

  /** 1 leads and has committed its first entry. At `nowMs` it begins a round, which is answered at once. */
  function groupWithLeaseFrom(nowMs: number, options: TestMemberOptions = {}): TestGroup {
    const group = groupWithLeases(options);
    group.heartbeats(1);
    group.member(1).observeTime(nowMs);
    group.member(1).tick(heartbeatTicks);
    group.settle();
    return group;
  }

  it('lets a leader answer reads, of anybody, without asking anybody', () => {
    const group = groupWithLeaseFrom(1000);
    expect(readAt(group, 1000)).toBe(1);
    expect(group.take()).toEqual([]);
    group.member(2).read(7);
    group.settle(isA(MessageType.readIndexRequest, MessageType.readIndexResponse));
    expect(group.member(2).reads).toEqual([{ requestId: 7, readIndex: 1 }]);
  });

  it('ends when its time is over, even if nobody ticked, and then a round is needed', () => {
    const group = groupWithLeaseFrom(1000);
    expect(readAt(group, 1000 + leaseMs - 1)).toBe(1);
    expect(readAt(group, 1000 + leaseMs)).toBeUndefined();
    group.settle();
    expect(group.member(1).reads.at(-1)).toEqual({ requestId: 1000 + leaseMs, readIndex: 1 });
    // That round is a lease, too.
    expect(readAt(group, 1000 + 2 * leaseMs - 1)).toBe(1);
  });

  it('counts from the beginning of a round, however late the answers come', () => {
    const group = groupWithLeases();
    const leader = group.member(1);
    group.heartbeats(1);
    leader.observeTime(1000);
    leader.tick(heartbeatTicks);
    group.deliver(isA(MessageType.heartbeat));
    const answers = group.take(isA(MessageType.heartbeatAck));
    leader.observeTime(1030);
    leader.tick(heartbeatTicks);
    group.take();
    leader.step(...answers);
    expect(readAt(group, 1049)).toBe(1);
    expect(readAt(group, 1050)).toBeUndefined();
  });

  it('needs a quorum, and no learner makes one', () => {
    const group = groupWithLeases();
    const leader = group.member(1);
    group.newcomer(4);
    group.heartbeats(1);
    leader.reconfigure({ learners: [4] });
    group.settle();
    leader.observeTime(1000);
    leader.tick(heartbeatTicks);
    group.settle(({ from, to }) => from === 4 || to === 4);
    expect(readAt(group, 1001)).toBeUndefined();
    group.settle(({ from, to }) => from === 3 || to === 3);
    expect(readAt(group, 1002)).toBe(2);
  });

  it('needs an entry of the own term', () => {
    const group = new TestGroup(3, { configuration: withLeases, leaseMs });
    for (const id of [2, 3]) group.member(id).tick(electionTicks);
    const leader = group.member(1);
    leader.campaign();
    group.settle(({ type }) => type !== MessageType.append);
    leader.observeTime(1000);
    leader.tick(heartbeatTicks);
    group.settle(({ type }) => type !== MessageType.append);
    expect(leader.role).toBe(Role.leader);
    expect(readAt(group, 1001)).toBeUndefined();
  });

  it('is held only where the group and the node allow it', () => {
    expect(readAt(groupWithLeaseFrom(1000, { leaseMs: 0 }), 1001)).toBeUndefined();
    const group = new TestGroup(3, { leaseMs });
    group.elect(1);
    group.member(1).observeTime(1000);
    group.heartbeats(1);
    expect(readAt(group, 1001)).toBeUndefined();
    group.settle();
    group.member(1).reconfigure({ leases: true });
    group.settle();
    // What was promised before counts for nothing.
    expect(readAt(group, 1002)).toBeUndefined();
    group.settle();
    expect(readAt(group, 1003)).toBe(2);
    group.member(1).reconfigure({ leases: false });
    expect(readAt(group, 1004)).toBeUndefined();
  });

  it('is not held while members change, and begins anew with the new ones', () => {
    const group = groupWithLeaseFrom(1000);
    group.member(1).reconfigure({ voters: [1, 2] });
    expect(readAt(group, 1001)).toBeUndefined();
    group.settle();
    group.member(1).tick(heartbeatTicks);
    group.settle();
    expect(readAt(group, 1002)).toBe(3);
  });

  it('does not count on members that do not know that they promise anything', () => {
    const group = new TestGroup(3, { leaseMs });
    const leader = group.elect(1);
    group.heartbeats(1);
    leader.reconfigure({ leases: true });
    group.settle(({ to, from }) => to !== 3 && from !== 3);
    group.take();
    expect(group.member(3).raft.configuration.leases).toBe(false);
    leader.observeTime(1000);
    leader.tick(heartbeatTicks);
    const append3 = (it: Message): boolean => it.to === 3 && it.type === MessageType.append;
    group.settle((it) => it.from !== 2 && it.to !== 2 && !append3(it));
    expect(leader.raft.status()).toMatchObject({ configurationIndex: 2, commitIndex: 2 });
    expect(readAt(group, 1001)).toBeUndefined();
    group.settle(({ from, to }) => from === 2 || to === 2);
    expect(readAt(group, 1002)).toBe(2);
  });

  it('is given up for good once a successor was told to campaign, even if nothing comes of it', () => {
    const group = groupWithLeaseFrom(1000);
    const leader = group.member(1);
    leader.transfer(2);
    group.take(isA(MessageType.timeoutNow));
    expect(readAt(group, 1001)).toBeUndefined();
    for (let tick = 0; tick < 2 * electionTicks; tick += heartbeatTicks) {
      leader.tick(heartbeatTicks);
      group.settle(({ type }) => type !== MessageType.timeoutNow);
    }
    expect(leader.eventsOf('transferFailed')).toHaveLength(1);
    expect(readAt(group, 1002)).toBeUndefined();
    group.settle();
    expect(group.leaders()).not.toEqual([1]);
  });

  it('is not given up while a successor is still catching up', () => {
    const group = groupWithLeaseFrom(1000);
    group.member(1).propose();
    group.member(1).transfer(2);
    expect(group.take(isA(MessageType.timeoutNow))).toEqual([]);
    expect(readAt(group, 1001)).toBe(1);
  });

  it('of a leader that is alone always holds', () => {
    const member = new TestMember({ voters: [1], configuration: { ...configurationOf([1]), leases: true }, leaseMs });
    member.observeTime(5000);
    member.read(1);
    expect(member.reads).toEqual([{ requestId: 1, readIndex: 1 }]);
    expect(() => member.observeTime(4999)).toThrow(InvariantError);
  });

  it('is nothing to a leader that has never been told the time', () => {
    const group = groupWithLeases();
    const leader = group.member(1);
    group.heartbeats(1);
    leader.read(1);
    expect(leader.reads).toEqual([]);
    for (const member of group.members) member.observeTime(1000);
    group.heartbeats(1);
    leader.read(2);
    expect(leader.reads).toContainEqual({ requestId: 2, readIndex: 1 });
  });
});

describe('what a lease rests on', () => {
  it('is that a quorum has answered rounds that began not too long ago', () => {
    const voterSet = fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1 });
    const event = fc.oneof(
      fc.record({ kind: fc.constant('round'), node: fc.constant(0), back: fc.constant(0) }),
      fc.record({ kind: fc.constant('pass'), node: fc.constant(0), back: fc.integer({ min: 0, max: 30 }) }),
      fc.record({
        kind: fc.constant('answer'),
        node: fc.integer({ min: 2, max: 6 }),
        back: fc.integer({ min: 0, max: 5 }),
      }),
      fc.record({ kind: fc.constant('forfeit'), node: fc.constant(0), back: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), voterSet, voterSet, (events, voters, outgoing) => {
        const lease = new Lease();
        const sets = [voters, outgoing];
        /** When each round began; when the newest round began that each member answered. */
        // Rounds are counted from 1.
        let began: (number | undefined)[] = [undefined];
        let loyalSince = new Map<number, number>();
        let nowMs = 0;
        for (const { kind, node, back } of events) {
          if (kind === 'pass') nowMs += back;
          else if (kind === 'round') lease.roundBegins(began.push(nowMs) - 1, nowMs);
          else if (kind === 'answer') {
            const round = began.length - 1 - back;
            lease.answered(node, round);
            const beganMs = began[round];
            if (beganMs !== undefined) loyalSince.set(node, Math.max(beganMs, loyalSince.get(node) ?? beganMs));
          } else {
            lease.forfeit();
            began = began.map(() => undefined);
            loyalSince = new Map();
          }
          const isLoyal = (member: number): boolean =>
            member === 1 || (loyalSince.has(member) && nowMs < loyalSince.get(member)! + leaseMs);
          const expected = sets.every((set) => set.filter(isLoyal).length > set.length / 2);
          expect(lease.holds(new Quorum(...sets), 1, nowMs, leaseMs)).toBe(expected);
        }
      }),
    );
  });

  it('are the newest rounds only', () => {
    const lease = new Lease();
    const quorum = new Quorum([1, 2]);
    for (let round = 1; round <= 100; round++) lease.roundBegins(round, round);
    lease.answered(2, 30);
    expect(lease.holds(quorum, 1, 100, 1000)).toBe(false);
    lease.answered(2, 99);
    expect(lease.holds(quorum, 1, 99 + leaseMs - 1, leaseMs)).toBe(true);
    expect(lease.holds(quorum, 1, 99 + leaseMs, leaseMs)).toBe(false);
  });
});
