import { configurationOf, type Message, MessageType, type RaftStatus } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { electionTicks } from '../timing.ts';
import { MemberChecks } from './member-checks.ts';
import { drawScenario } from './scenario.ts';

const scenario = {
  ...drawScenario(1),
  workload: { ...drawScenario(1).workload, batchEntriesMax: 5 },
  limits: {
    ...drawScenario(1).limits,
    appendBytesMax: 100,
    inflightBytesMax: 1000,
    uncommittedBytesMax: 1000,
    cacheBytesMax: 1000,
    windowBytesMax: 1000,
  },
};

function statusWith(fields: Partial<RaftStatus>): RaftStatus {
  return {
    id: 1,
    role: 'leader',
    term: 1,
    votedFor: 1,
    leader: 1,
    lastIndex: 0,
    lastTerm: 0,
    durableIndex: 0,
    commitIndex: 0,
    commitTerm: 0,
    appliedIndex: 0,
    baseIndex: 0,
    configuration: configurationOf([1]),
    configurationIndex: 0,
    compactableIndex: 0,
    hibernates: false,
    transferringTo: undefined,
    uncommittedBytes: 0,
    weaklyAcceptedIndex: 0,
    cachedBytes: 0,
    windowBytes: 0,
    followers: [],
    ...fields,
  };
}

function ackOf(from: number): Message {
  const position = { durableIndex: 0, durableTerm: 0 };
  return { type: MessageType.appendAck, from, to: 1, term: 1, session: 1, ...position, incident: 0 };
}

describe('the checks of a member', () => {
  it('see a leader that goes on without a quorum', () => {
    const checks = new MemberChecks(1, scenario);
    const three = configurationOf([1, 2, 3]);
    for (let i = 0; i <= 2 * electionTicks; i++) checks.ticked(true, three);
    expect(() => checks.ticked(true, three)).toThrow('check-quorum');
    checks.heard(ackOf(2), 1);
    expect(() => checks.ticked(true, three)).not.toThrow();
  });

  it('see a read of the past', () => {
    const checks = new MemberChecks(1, scenario);
    checks.readBegins(1, 10);
    checks.readBegins(2, 10);
    checks.readBegins(3, 10);
    checks.readReady(1, 10);
    checks.readReady(2, undefined);
    expect(checks.readsServed).toBe(1);
    expect(() => checks.readReady(3, 9)).toThrow('linearizable reads: 1 reads at 9, but 10 was committed before');
  });

  it('do not hold a process to the reads of an earlier life', () => {
    const checks = new MemberChecks(1, scenario);
    checks.readBegins(1, 10);
    checks.restart();
    checks.readReady(1, 5);
    expect(checks.readsServed).toBe(0);
  });

  it('see a read that nobody answers when the leadership ends', () => {
    const checks = new MemberChecks(1, scenario);
    checks.readBegins(1, 10);
    checks.roleIs(true);
    checks.readBegins(2, 10);
    checks.readBegins(3, 10);
    checks.readReady(2, undefined);
    expect(() => checks.roleIs(false)).toThrow('waiting reads: 1 leads no more, and read 3 waits on');
    checks.readReady(3, undefined);
    expect(() => checks.roleIs(false)).not.toThrow();
  });

  it('see a leader that forgets what a follower has proven', () => {
    const checks = new MemberChecks(1, scenario);
    const knows = (term: number, matchIndex: number): void => {
      const follower = {
        id: 2,
        state: 'replicate',
        matchIndex,
        nextIndex: 9,
        inflightBytes: 0,
        relay: undefined,
        takesFragments: false,
        isCaughtUp: true,
        snapshotIndex: undefined,
        appliedIndex: 0,
      } as const;
      checks.progressGrows(statusWith({ term, followers: [follower] }));
    };
    knows(1, 5);
    expect(() => knows(1, 4)).toThrow('progress: 1 knew that 2 holds 5, and now only 4');
    expect(() => knows(2, 4)).not.toThrow();
    expect(() => knows(2, 0)).not.toThrow();
  });

  it('see a log that is cut off before a follower that is getting on', () => {
    const checks = new MemberChecks(1, scenario);
    const lagging = {
      id: 2,
      state: 'replicate',
      matchIndex: 5,
      nextIndex: 9,
      inflightBytes: 0,
      relay: undefined,
      takesFragments: false,
      isCaughtUp: false,
      snapshotIndex: undefined,
      appliedIndex: 0,
    } as const;
    const status = statusWith({ followers: [lagging] });
    expect(() => checks.compacting(status, 6)).not.toThrow();
    checks.heard(ackOf(2), 1);
    expect(() => checks.compacting(status, 5)).not.toThrow();
    expect(() => checks.compacting(status, 6)).toThrow('compaction: 1 compacts up to 6, and 2, which has 5');
    const withSnapshot = statusWith({ followers: [{ ...lagging, snapshotIndex: 8 }] });
    expect(() => checks.compacting(withSnapshot, 8)).not.toThrow();
    expect(() => checks.compacting(withSnapshot, 9)).toThrow('compaction');
  });

  it.each([
    ['uncommitted bytes', { uncommittedBytes: 1021 }],
    ['cached bytes', { cachedBytes: 1021 }],
    ['bytes ahead of a gap', { windowBytes: 1001 }],
    [
      'bytes in flight',
      {
        followers: [
          {
            id: 2,
            state: 'probe',
            matchIndex: 0,
            nextIndex: 1,
            inflightBytes: 1101,
            relay: undefined,
            takesFragments: false,
            isCaughtUp: true,
            snapshotIndex: undefined,
            appliedIndex: 0,
          },
        ],
      } as const,
    ],
  ])('see too many %s', (what, fields) => {
    const checks = new MemberChecks(1, scenario);
    expect(() => checks.keepsToLimits(statusWith({}))).not.toThrow();
    expect(() => checks.keepsToLimits(statusWith(fields))).toThrow(what);
  });
});
