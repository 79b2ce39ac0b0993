// What the samples of a stretch of time say together.

import type { NodeSample } from './node-protocol.ts';

/** A stretch of the run under load. */
export interface Phase {
  readonly seconds: number;
  readonly writes: number;
  readonly writesPerSecond: number;
  /** In the worst of the stretches of a second at least. */
  readonly slowestWritesPerSecond: number;
  /** The longest time for which the leader's event loop stood still. */
  readonly leaderStallMsMax: number;
  readonly leaderResidentBytesMax: number;
}

const stretchMs = 1000;

/** `samples`: of the leader, in order, at least two. */
export function phaseOf(samples: readonly NodeSample[]): Phase {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const seconds = (last.atMs - first.atMs) / 1000;
  const writes = last.written - first.written;
  return {
    seconds,
    writes,
    writesPerSecond: writes / seconds,
    slowestWritesPerSecond: slowestOf(samples) ?? writes / seconds,
    // The first tells of what was before.
    leaderStallMsMax: Math.max(...samples.slice(1).map(({ stallMs }) => stallMs)),
    leaderResidentBytesMax: Math.max(...samples.map(({ residentBytes }) => residentBytes)),
  };
}

/** `undefined`: it did not last for a second. */
function slowestOf(samples: readonly NodeSample[]): number | undefined {
  let begin = samples[0]!;
  let slowest: number | undefined;
  for (const sample of samples) {
    const ms = sample.atMs - begin.atMs;
    if (ms < stretchMs) continue;
    slowest = Math.min(slowest ?? Number.POSITIVE_INFINITY, (1000 * (sample.written - begin.written)) / ms);
    begin = sample;
  }
  return slowest;
}
