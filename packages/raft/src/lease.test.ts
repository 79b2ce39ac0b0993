import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Configuration, configurationOf } from './configuration.ts';
import { Lease } from './lease.ts';
import { MessageType } from './messages.ts';
import { Quorum } from './quorum.ts';
import { append, batchOf, configurationBatch, heartbeat, only, voteRequest } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, TestMember, type TestMemberOptions } from './testing/test-member.ts';

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
  it('outlasts a change of the term that came from nobody who leads', () => {
    const member = new TestMember({ configuration: withLeases });
    member.tick(2 * electionTicks);
    member.step(heartbeat({ term: 0 }));
    // An answer to its own pre-vote comes late, from somebody who has voted for 3 since.
    const late = { type: MessageType.preVoteResponse, from: 2, to: 1, term: 1, campaignTerm: 1 } as const;
    member.step({ ...late, granted: false, removedAt: undefined });
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
        let began: (number | undefined)[] = [];
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
