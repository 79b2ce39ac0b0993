import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BatchTiming, notYet } from './batch-timings.ts';
import { defaultStatisticsSettings } from './settings.ts';
import { SlowBatches } from './slow-batches.ts';

const self = 1;
const windowMs = 1000;

/** A batch that ended with `lastIndex`, submitted at 0. */
function timing(lastIndex: number, times: Partial<BatchTiming> = {}): BatchTiming {
  const batch = new BatchTiming();
  batch.begin({ term: 1, firstIndex: lastIndex, lastIndex, bytes: 10, submittedMs: 0, proposedMs: 0 });
  return Object.assign(batch, { committedMs: 0, committedBy: self }, times);
}

function keeper(slowBatchesMax: number, slowBatchMs = 0): SlowBatches {
  return new SlowBatches({ ...defaultStatisticsSettings, windowMs, slowBatchesMax, slowBatchMs }, self);
}

test('within a window the slowest are kept, the slowest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 500 })), fc.integer({ min: 0, max: 5 }), (totals, max) => {
      const slow = keeper(max);
      totals.forEach((totalMs, at) => {
        slow.consider(timing(at, { submittedMs: 600 - totalMs }), 600, 600);
      });
      const expected = totals.toSorted((a, b) => b - a).slice(0, max);
      expect(slow.report(600).map(({ totalMs }) => totalMs)).toEqual(expected);
    }),
  );
});

test('what is older than the window makes room, also for one that is quicker', () => {
  const slow = keeper(2);
  slow.consider(timing(1), 100, 100);
  slow.consider(timing(2), 200, 200);
  slow.consider(timing(3, { submittedMs: 240 }), 250, 250);
  const indexes = (nowMs: number): number[] => slow.report(nowMs).map(({ lastIndex }) => lastIndex);
  expect(indexes(1099)).toEqual([2, 1]);
  slow.consider(timing(4, { submittedMs: 1100 }), 1101, 1101);
  expect(indexes(1101)).toEqual([2, 4]);
  expect(indexes(2000)).toEqual([4]);
  expect(indexes(2101)).toEqual([]);
});

test('what took less than the threshold is not kept', () => {
  const slow = keeper(5, 50);
  slow.consider(timing(1), 49, 49);
  slow.consider(timing(2), 50, 50);
  expect(slow.report(50).map(({ lastIndex }) => lastIndex)).toEqual([2]);
});

test('stages are told since the submission; what was not reached is missing', () => {
  const slow = keeper(1);
  const batch = timing(7, {
    submittedMs: 1000,
    proposedMs: 1002,
    appendedMs: 1003,
    writingMs: 1004,
    durableMs: notYet,
    committedMs: 1010,
    committedBy: 3,
  });
  batch.sent(2, 1005);
  batch.sent(3, 1006);
  batch.acknowledged(3, 1010);
  slow.consider(batch, 1011, 1015);
  expect(slow.report(1015)).toEqual([
    {
      term: 1,
      firstIndex: 7,
      lastIndex: 7,
      bytes: 10,
      submittedMs: 1000,
      totalMs: 15,
      longestStage: 'followers',
      stagesMs: { proposed: 2, appended: 3, writing: 4, durable: undefined, committed: 10, applying: 11, applied: 15 },
      peers: [
        { peer: 2, sent: 5, acknowledged: undefined },
        { peer: 3, sent: 6, acknowledged: 10 },
      ],
      committedBy: 3,
    },
  ]);
});

test.each([
  ['queue', { proposedMs: 60, committedMs: 80 }],
  ['ownDisk', { proposedMs: 10, committedMs: 80, committedBy: self }],
  ['followers', { proposedMs: 10, committedMs: 80, committedBy: 2 }],
  ['stateMachine', { proposedMs: 10, committedMs: 30 }],
] as const)('the longest stage is named: %s', (longestStage, times) => {
  const slow = keeper(1);
  slow.consider(timing(1, times), 80, 100);
  expect(slow.report(100)).toMatchObject([{ longestStage }]);
});
