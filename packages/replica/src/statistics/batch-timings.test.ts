import { expect, test } from 'vitest';
import { BatchTimings, notYet } from './batch-timings.ts';

function begun(timings: BatchTimings, lastIndex: number): void {
  timings.begin({ term: 1, firstIndex: lastIndex, lastIndex, bytes: 1, submittedMs: 0, proposedMs: 10 });
}

test('a stage is reached once, however often it is reported', () => {
  const timings = new BatchTimings();
  begun(timings, 1);
  begun(timings, 2);
  timings.appended(1, 11, 20);
  timings.durable(11, 21, 30);
  timings.committed(1, 5, 31);
  timings.appended(2, 12, 32);
  timings.durable(12, 33, 40);
  timings.committed(2, 6, 41);
  const first = timings.end(1);
  expect(first).toMatchObject({ durableMs: 30, writingMs: 21, committedMs: 31, committedBy: 5 });
  expect(timings.end(2)).toMatchObject({ durableMs: 40, writingMs: 33, committedMs: 41, committedBy: 6 });
});

test('what is sent again counts from the first time; who acknowledges without having been sent it is left out', () => {
  const timings = new BatchTimings();
  begun(timings, 1);
  const timing = timings.endingWith(1)!;
  expect([timing.sent(2, 20), timing.sent(2, 25), timing.sent(3, 26)]).toEqual([true, false, true]);
  timings.acknowledged(2, 1, 30);
  timings.acknowledged(2, 1, 35);
  timings.acknowledged(4, 1, 36);
  expect(timing).toMatchObject({ peers: [2, 3], sentMs: [20, 26], acknowledgedMs: [30, notYet] });
});

test('a write that was over before the batch was handed to the log was not its own', () => {
  const timings = new BatchTimings();
  begun(timings, 1);
  timings.appended(1, 11, 20);
  timings.durable(11, 15, 21);
  expect(timings.end(1)).toMatchObject({ durableMs: 21, writingMs: notYet });
});

test('a batch has nothing of the one whose place it takes', () => {
  const timings = new BatchTimings();
  begun(timings, 1);
  timings.appended(1, 11, 20);
  timings.durable(11, 20, 21);
  timings.committed(1, 5, 22);
  timings.endingWith(1)!.sent(2, 20);
  const ended = timings.end(1);
  begun(timings, 2);
  const next = timings.endingWith(2);
  expect(next).toBe(ended);
  expect(next).toMatchObject({
    appendedMs: notYet,
    writingMs: notYet,
    durableMs: notYet,
    committedMs: notYet,
    peers: [],
    sentMs: [],
    acknowledgedMs: [],
  });
});

test('batches that are not timed are skipped over', () => {
  const timings = new BatchTimings();
  begun(timings, 4);
  expect(timings.endingWith(3)).toBeUndefined();
  expect(timings.end(3)).toBeUndefined();
  expect(timings.end(9)).toBeUndefined();
  expect(timings.abandon()).toBe(0);
});
