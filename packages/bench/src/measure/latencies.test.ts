import { expect, test } from 'vitest';
import { LatencyRecorder, summarizeCorrected, summarizeLatencies } from './latencies.ts';

test('percentiles are those of what was recorded, within three digits', () => {
  const recorder = new LatencyRecorder();
  for (let us = 1; us <= 100_000; us++) recorder.record(us);
  const { p50Ms, p99Ms, p999Ms, maxMs } = summarizeLatencies(recorder.pairs());
  expect(p50Ms).toBeCloseTo(50, 0);
  expect(p99Ms).toBeCloseTo(99, 0);
  expect(p999Ms).toBeCloseTo(99.9, 0);
  expect(maxMs).toBeCloseTo(100, 0);
});

test('a stall that a closed-loop client sat out weighs as much as the requests it would have sent', () => {
  const recorder = new LatencyRecorder();
  for (let i = 0; i < 9_000; i++) recorder.record(1_000);
  recorder.record(1_000_000);
  const pairs = recorder.pairs();
  // 9 s at 1 ms and 1 s of stall: a client that had gone on would have seen a tenth of its requests in the stall.
  expect(summarizeLatencies(pairs).p99Ms).toBeCloseTo(1, 1);
  expect(summarizeCorrected(pairs).p99Ms).toBeGreaterThan(850);
  expect(summarizeCorrected(pairs).p50Ms).toBeCloseTo(1, 1);
});

test('the correction changes nothing where no request took twice the median', () => {
  const recorder = new LatencyRecorder();
  for (let i = 0; i < 1_000; i++) recorder.record(1_000 + (i % 900));
  expect(summarizeCorrected(recorder.pairs())).toEqual(summarizeLatencies(recorder.pairs()));
});

test('latencies outside the range of the histogram are recorded at its ends', () => {
  const recorder = new LatencyRecorder();
  recorder.record(0);
  recorder.record(1e12);
  expect(recorder.pairs().map(([, count]) => count)).toEqual([1, 1]);
});
