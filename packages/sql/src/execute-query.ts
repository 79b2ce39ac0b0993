import { MemoryBudget, type SharedMemory } from './execute/memory-budget.ts';
import { endedBy, Pace, type QueryContext, timedOut } from './execute/query-context.ts';
import { defaultQueryLimits, type QueryLimits } from './execute/query-limits.ts';
import type { ResultBlock, ResultSet } from './execute/result-set.ts';
import { checkSelect } from './plan/check-select.ts';
import { planByDevice } from './plan/plan-by-device.ts';
import { planByTime } from './plan/plan-by-time.ts';
import { planLast } from './plan/plan-last.ts';
import type { QueryPlan } from './plan/query-plan.ts';
import type { SeriesSource } from './source/series-source.ts';
import { StatementError } from './statement-error.ts';
import { utc, type Zone } from './time/zone.ts';
import type { SelectStatement } from './tree/select.ts';

export interface QueryOptions {
  readonly limits?: Partial<QueryLimits>;
  /** What this query and others may hold together; only its own limit counts unless given. */
  readonly sharedMemory?: SharedMemory;
  /** Cancels the query at any time. */
  readonly signal?: AbortSignal;
  /** What `now()` stands for; the present time unless given. */
  readonly nowMs?: number;
  /** Of the session; Greenwich's unless given. */
  readonly zone?: Zone;
}

/**
 * Plans a query and begins it. Whoever does not go through all blocks closes the result.
 *
 * ```ts
 * const statement = parseStatement('SELECT avg(temperature) FROM root.plant.* GROUP BY ([0, 3600000), 1m)');
 * if (statement.kind === 'select') {
 *   const result = await executeQuery(statement, source, { zone: parseZone('+08:00') });
 *   for await (const { times, columns } of result.blocks) console.log(times, columns[result.columns[0]!.blockColumn]);
 * }
 * ```
 *
 * @throws StatementError: the statement makes no sense with what is stored, or is over a limit; an error of the source.
 */
export async function executeQuery(
  statement: SelectStatement,
  source: SeriesSource,
  options: QueryOptions = {},
): Promise<ResultSet> {
  checkSelect(statement);
  const query = new RunningQuery(source, options);
  try {
    return query.resultOf(await planOf(query.context, statement));
  } catch (error) {
    throw query.endWith(error);
  }
}

function planOf(context: QueryContext, statement: SelectStatement): Promise<QueryPlan> {
  context.pace.check();
  if (statement.isLast) return planLast(context, statement);
  return statement.alignBy === 'device' ? planByDevice(context, statement) : planByTime(context, statement);
}

/** Timers take no more. */
const timerMsMax = 2 ** 31 - 1;

/** What begins with a query and must end with it: its timer, its ear for the signal, its readings. */
class RunningQuery {
  readonly context: QueryContext;
  readonly #controller = new AbortController();
  readonly #outerSignal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.#abort(endedBy(this.#outerSignal!));

  constructor(source: SeriesSource, options: QueryOptions) {
    const limits = { ...defaultQueryLimits, ...options.limits };
    const { signal } = this.#controller;
    this.#outerSignal = options.signal;
    this.#timer = setTimeout(() => this.#abort(timedOut()), Math.min(limits.timeoutMs, timerMsMax));
    this.context = {
      source,
      limits,
      signal,
      budget: new MemoryBudget(limits.memoryBytesMax, options.sharedMemory),
      statistics: { scans: 0, rowsRead: 0, pointsRead: 0, summariesRead: 0, lastPointsRead: 0 },
      pace: new Pace(signal, performance.now() + limits.timeoutMs),
      nowMs: options.nowMs ?? Date.now(),
      zone: options.zone ?? utc,
    };
    if (this.#outerSignal?.aborted) this.#onAbort();
    else this.#outerSignal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  resultOf(plan: QueryPlan): ResultSet {
    const { budget, statistics } = this.context;
    const blocks = this.#guarded(plan);
    return {
      columns: plan.columns,
      hasTime: plan.hasTime,
      blocks,
      statistics,
      get memoryBytesPeak() {
        return budget.bytesPeak;
      },
      close: async () => {
        this.#abort(new StatementError('QUERY_ABORTED', 'the result was closed'));
        await blocks.return();
      },
    };
  }

  /** What the query ended with: an abortion has its own reason, whatever the source made of it. */
  endWith(error: unknown): unknown {
    const { signal } = this.context;
    this.#dispose();
    return signal.aborted ? endedBy(signal) : error;
  }

  async *#guarded(plan: QueryPlan): AsyncGenerator<ResultBlock, void, undefined> {
    try {
      yield* plan.open();
    } catch (error) {
      throw this.endWith(error);
    } finally {
      this.#dispose();
    }
  }

  /** Whether anybody takes blocks or not, nothing of it is left. */
  #abort(reason: StatementError): void {
    this.#controller.abort(reason);
    this.#dispose();
  }

  #dispose(): void {
    clearTimeout(this.#timer);
    this.context.budget.end();
    this.#outerSignal?.removeEventListener('abort', this.#onAbort);
  }
}
