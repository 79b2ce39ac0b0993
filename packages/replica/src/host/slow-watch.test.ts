import { configurationOf, type RaftStatus, Role } from '@balsa/raft';
import { expect, test } from 'vitest';
import { type SlowProposal, SlowWatch } from './slow-watch.ts';

const status: RaftStatus = {
  id: 1,
  role: Role.leader,
  term: 2,
  votedFor: 1,
  leader: 1,
  lastIndex: 20,
  lastTerm: 2,
  durableIndex: 15,
  commitIndex: 10,
  commitTerm: 2,
  appliedIndex: 9,
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
};

function watch(): { slow: SlowProposal[]; watched: SlowWatch } {
  const slow: SlowProposal[] = [];
  return { slow, watched: new SlowWatch(3, (report) => slow.push(report)) };
}

test('a proposal is reported at 5 s and at 15 s, and not in between', () => {
  const { slow, watched } = watch();
  const oldest = { submittedMs: 100, entries: 2, proposed: { atMs: 140, lastIndex: 12 } };
  for (let nowMs = 100; nowMs <= 40_000; nowMs += 10) watched.check(nowMs, oldest, () => status);
  expect(slow.map(({ ageMs }) => ageMs)).toEqual([5_000, 15_000]);
  expect(slow[0]).toMatchObject({ group: 3, entries: 2, queuedMs: 40, lastIndex: 12, waitsFor: 'a quorum' });
});

test('another proposal starts anew, a quick one is never reported', () => {
  const { slow, watched } = watch();
  for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
    const submittedMs = nowMs < 30_000 ? nowMs - (nowMs % 4_000) : 30_000;
    watched.check(nowMs, { submittedMs, entries: 1 }, () => status);
  }
  watched.check(60_000, undefined, () => status);
  expect(slow.map(({ ageMs, waitsFor }) => [ageMs, waitsFor])).toEqual([
    [5_000, 'earlier proposals'],
    [15_000, 'earlier proposals'],
  ]);
});

test.each([
  [9, 'the state machine'],
  [10, 'the state machine'],
  [11, 'a quorum'],
  [15, 'a quorum'],
  [16, 'the own disk and a quorum'],
] as const)('what ends at index %i waits for %s', (lastIndex, waitsFor) => {
  const { slow, watched } = watch();
  watched.check(9_000, { submittedMs: 0, entries: 1, proposed: { atMs: 1, lastIndex } }, () => status);
  expect(slow[0]?.waitsFor).toBe(waitsFor);
});
