// All systems are filled with the same points, flush and merge them, and stay up; then they are asked the same questions in turns. Every
// answer is compared with what the seed says.

import { Random } from '../chaos/random.ts';
import { cpuTimeOfAllMs } from '../measure/cpu-time.ts';
import { percentilesOf } from '../measure/percentiles.ts';
import { largestPeakBytes } from '../measure/resident-memory.ts';
import { pointsOf } from '../series/data-shape.ts';
import { differenceOf, expectedAnswer } from '../series/expected-answer.ts';
import type { Answer, Question } from '../series/question.ts';
import type { SeriesTarget, Settling } from '../series/series-target.ts';
import type { Contestant } from '../series/start-targets.ts';
import { type WriteResult, writeAll } from '../series/write-all.ts';
import { type QueryName, queryKinds, queryNames } from './queries.ts';
import type { QuerySettings } from './settings.ts';

export interface QueryRound {
  readonly asked: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Values of all answers. */
  readonly values: number;
  /** Of all server processes; `null` where the platform does not tell. The kernel counts in hundredths of a second. */
  readonly serverCpuMs: number | null;
}

export interface MeasuredQuery {
  readonly query: QueryName;
  readonly rounds: readonly QueryRound[];
}

export interface Disagreement {
  readonly system: string;
  readonly query: QueryName;
  readonly question: Question;
  readonly difference: string;
}

export interface MeasuredSystem {
  readonly system: string;
  readonly description: string;
  readonly written: WriteResult;
  readonly settled: Settling;
  /** Of the largest process: until it was filled, and until the end. `null` where the platform does not tell. */
  readonly filledResidentBytes: number | null;
  readonly peakResidentBytes: number | null;
  readonly queries: readonly MeasuredQuery[];
}

export interface QueryRun {
  readonly systems: readonly MeasuredSystem[];
  readonly disagreements: readonly Disagreement[];
}

export interface QueryEvents {
  /** `share`: of all that is to be done, 0 to 1. */
  onStage(stage: string, share: number): void;
}

interface Filled {
  readonly target: SeriesTarget;
  readonly written: WriteResult;
  readonly settled: Settling;
  readonly filledResidentBytes: number | null;
}

interface Asked {
  readonly question: Question;
  readonly expected: Answer;
}

/** Of the whole run, for its progress. */
const fillingShare = 0.5;
const disagreementsMax = 100;

/** Throws NO_SUCCESS if a system refuses a batch or a question; INTERRUPTED. */
export async function measureQueries(
  contestants: readonly Contestant[],
  settings: QuerySettings,
  folder: string,
  events: QueryEvents,
  signal: AbortSignal,
): Promise<QueryRun> {
  const filled: Filled[] = [];
  const started: SeriesTarget[] = [];
  try {
    for (const [i, contestant] of contestants.entries()) {
      const share = (part: number): number => ((i + part) / contestants.length) * fillingShare;
      events.onStage(`${contestant.system} starts`, share(0));
      const target = await contestant.start(folder, signal);
      started.push(target);
      filled.push(await fill(target, settings, (stage, part) => events.onStage(stage, share(part)), signal));
    }
    return await new Contest(settings, filled, events, signal).run();
  } catch (error) {
    // Ctrl-C of a terminal ends the servers, too, and what is under way fails before anybody looks at the signal.
    signal.throwIfAborted();
    throw error;
  } finally {
    await Promise.all(started.map((target) => target.stop()));
  }
}

async function fill(
  target: SeriesTarget,
  { shape, clients }: QuerySettings,
  onStage: (stage: string, share: number) => void,
  signal: AbortSignal,
): Promise<Filled> {
  const total = pointsOf(shape);
  const onProgress = (points: number): void => onStage(`${target.system} is written to`, (0.9 * points) / total);
  const events = { onMeasuring: () => undefined, onProgress };
  const written = await writeAll(target, { shape, clients, warmupPercent: 0 }, events, signal);
  onStage(`${target.system} flushes and merges`, 0.9);
  const settled = await target.settle();
  return { target, written, settled, filledResidentBytes: largestPeakBytes(target.processes) };
}

class Contest {
  readonly #settings: QuerySettings;
  readonly #filled: readonly Filled[];
  readonly #events: QueryEvents;
  readonly #signal: AbortSignal;
  readonly #random: Random;
  readonly #rounds = new Map<string, QueryRound[]>();
  readonly #disagreements: Disagreement[] = [];
  /** Questions about all series are always the same, and it takes a while to find out what the answer is. */
  readonly #expected = new Map<QueryName, Answer>();

  constructor(settings: QuerySettings, filled: readonly Filled[], events: QueryEvents, signal: AbortSignal) {
    this.#settings = settings;
    this.#filled = filled;
    this.#events = events;
    this.#signal = signal;
    this.#random = new Random(settings.shape.seed);
  }

  async run(): Promise<QueryRun> {
    const { queries, rounds, warmups } = this.#settings;
    const turns = (rounds + 1) * queries.length;
    for (let round = 0; round <= rounds; round++) {
      for (const [i, query] of queries.entries()) {
        const share = fillingShare + ((round * queries.length + i) / turns) * (1 - fillingShare);
        this.#events.onStage(round === 0 ? `warm-up: ${query}` : `round ${round} of ${rounds}: ${query}`, share);
        const asked = this.#draw(
          query,
          round,
          round === 0 ? Math.min(warmups, this.#repeatsOf(query)) : this.#repeatsOf(query),
        );
        for (const { target } of this.#filled) {
          const measured = await this.#ask(target, query, asked);
          if (round > 0 && measured !== undefined) this.#roundsOf(target, query).push(measured);
        }
      }
    }
    const systems = this.#filled.map(({ target, ...rest }) => {
      return {
        system: target.system,
        description: target.description,
        ...rest,
        peakResidentBytes: largestPeakBytes(target.processes),
        queries: queries.map((query) => ({ query, rounds: this.#roundsOf(target, query) })),
      };
    });
    return { systems, disagreements: this.#disagreements };
  }

  /** The same for all systems. */
  #draw(query: QueryName, round: number, count: number): readonly Asked[] {
    const { shape, rangeRows } = this.#settings;
    const kind = queryKinds[query];
    const random = this.#random.fork(round).fork(queryNames.indexOf(query));
    return Array.from({ length: count }, () => {
      const question = kind.question(random, { shape, rangeRows });
      const known = this.#expected.get(query);
      const expected = known ?? expectedAnswer(question, shape);
      if (kind.ofAllSeries) this.#expected.set(query, expected);
      return { question, expected };
    });
  }

  async #ask(target: SeriesTarget, query: QueryName, asked: readonly Asked[]): Promise<QueryRound | undefined> {
    const latencies: number[] = [];
    let values = 0;
    const answers: (() => Answer)[] = [];
    const beforeMs = cpuTimeOfAllMs(target.processes);
    for (const { question } of asked) {
      this.#signal.throwIfAborted();
      const beganMs = performance.now();
      answers.push(await target.ask(question));
      latencies.push(performance.now() - beganMs);
    }
    const afterMs = cpuTimeOfAllMs(target.processes);
    for (const [i, read] of answers.entries()) {
      const { question, expected } = asked[i]!;
      const answer = read();
      values += answer.length;
      const difference = differenceOf(answer, expected);
      if (difference === undefined || this.#disagreements.length === disagreementsMax) continue;
      this.#disagreements.push({ system: target.system, query, question, difference });
    }
    if (latencies.length === 0) return undefined;
    const { p50, p99, max } = percentilesOf(latencies);
    return {
      asked: latencies.length,
      p50Ms: p50,
      p99Ms: p99,
      maxMs: max,
      values,
      serverCpuMs: beforeMs === undefined || afterMs === undefined ? null : afterMs - beforeMs,
    };
  }

  #repeatsOf(query: QueryName): number {
    const { repeats, allRepeats } = this.#settings;
    return queryKinds[query].ofAllSeries ? allRepeats : repeats;
  }

  #roundsOf({ system }: SeriesTarget, query: QueryName): QueryRound[] {
    const key = `${system} ${query}`;
    const rounds = this.#rounds.get(key) ?? [];
    this.#rounds.set(key, rounds);
    return rounds;
  }
}
