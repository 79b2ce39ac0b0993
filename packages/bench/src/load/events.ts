// What a generator says on its standard output: one JSON object a line. The parent samples CPU time and flush counts
// when it hears `measuring` and `measured`, so that only the measured window is charged.

import { BenchError } from '../bench-error.ts';
import { isRecord } from './spec.ts';

/** Latencies as a histogram: ascending `[microseconds, how often]`. */
export type LatencyPairs = readonly (readonly [number, number])[];

export interface LoadReport {
  readonly event: 'report';
  /** Successful writes answered within the measured window. */
  readonly operations: number;
  /** Length of the measured window. */
  readonly seconds: number;
  /** Every answer of the window by status, successes included. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Of the successes: from sending (closed loop) or from the intended start (open loop) to the answer. */
  readonly latenciesUs: LatencyPairs;
  /** Open loop: writes that were due in the window and could not even be started, because all clients were waiting. */
  readonly unstarted: number;
}

export type LoadEvent =
  /** Every connection and session stands; load begins with the warm-up. */
  | { readonly event: 'ready' }
  | { readonly event: 'measuring' }
  | { readonly event: 'progress'; readonly operationsPerSecond: number }
  | { readonly event: 'measured' }
  | LoadReport
  | { readonly event: 'failed'; readonly message: string };

/** Throws GENERATOR_FAILED for a line that is not an event. */
export function parseLoadEvent(line: string): LoadEvent {
  const malformed = (cause?: unknown): BenchError =>
    new BenchError('GENERATOR_FAILED', `the load generator printed something else than an event: ${line}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw malformed(cause);
  }
  if (!isRecord(value)) throw malformed();
  const { event, message, operationsPerSecond, operations, seconds, statuses, latenciesUs, unstarted } = value;
  switch (event) {
    case 'ready':
    case 'measuring':
    case 'measured':
      return { event };
    case 'progress':
      return { event, operationsPerSecond: Number(operationsPerSecond) };
    case 'failed':
      return { event, message: String(message) };
    case 'report':
      if (
        typeof operations === 'number' &&
        typeof seconds === 'number' &&
        typeof unstarted === 'number' &&
        isCounts(statuses) &&
        isPairs(latenciesUs)
      ) {
        return { event, operations, seconds, statuses, latenciesUs, unstarted };
      }
      throw malformed();
    default:
      throw malformed();
  }
}

function isCounts(value: unknown): value is Record<string, number> {
  return isRecord(value) && Object.values(value).every((count) => typeof count === 'number');
}

function isPairs(value: unknown): value is LatencyPairs {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'number'))
  );
}
