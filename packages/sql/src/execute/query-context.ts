import { setImmediate } from 'node:timers/promises';
import type { SeriesSource } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import type { Clock } from '../time/time-value.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { QueryLimits } from './query-limits.ts';

/** What a query has asked of its source so far. */
export interface QueryStatistics {
  scans: number;
  rowsRead: number;
  pointsRead: number;
  /** Answers from statistics, in the place of points. */
  summariesRead: number;
  lastPointsRead: number;
}

/** What every part of a running query needs. */
export interface QueryContext extends Clock {
  readonly source: SeriesSource;
  readonly limits: QueryLimits;
  readonly budget: MemoryBudget;
  readonly statistics: QueryStatistics;
  readonly signal: AbortSignal;
  readonly pace: Pace;
}

/** How much work may pass before others get their turn: some milliseconds. */
const workPerTurn = 1 << 18;

/**
 * Lets the event loop go round while a query computes, so that time-outs and cancellations can come through, and ends the
 * query when they have.
 */
export class Pace {
  readonly #signal: AbortSignal;
  readonly #deadlineMs: number;
  #work = 0;

  /** `deadlineMs` as `performance.now` counts. */
  constructor(signal: AbortSignal, deadlineMs: number) {
    this.#signal = signal;
    this.#deadlineMs = deadlineMs;
  }

  /** @throws StatementError QUERY_ABORTED, QUERY_TIMED_OUT. */
  check(): void {
    if (this.#signal.aborted) throw endedBy(this.#signal);
    if (performance.now() > this.#deadlineMs) throw timedOut();
  }

  /** `work` in values or so. */
  async after(work: number): Promise<void> {
    await this.turnAfter(work);
  }

  /** The same, and `undefined` if nothing has to be waited for. */
  turnAfter(work: number): Promise<void> | undefined {
    this.check();
    this.#work += work;
    if (this.#work < workPerTurn) return undefined;
    this.#work = 0;
    return this.#turn();
  }

  async #turn(): Promise<void> {
    await setImmediate();
    this.check();
  }
}

export function timedOut(): StatementError {
  return new StatementError('QUERY_TIMED_OUT', 'the query did not end in time; ask for less or allow more time');
}

export function endedBy(signal: AbortSignal): StatementError {
  const { reason } = signal;
  if (reason instanceof StatementError) return reason;
  return new StatementError('QUERY_ABORTED', 'the query was cancelled', undefined, { cause: reason });
}
