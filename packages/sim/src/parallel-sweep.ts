// A sweep on all cores: each worker takes every so many of the seeds. Ends with the first that any of them finds not clean.

import { Worker } from 'node:worker_threads';
import type { LevelName } from './level.ts';
import { addTotals, noTotals, type Totals } from './sweep.ts';

export interface WorkerData {
  readonly level: LevelName;
  readonly from: number;
  readonly seeds: number;
  readonly stride: number;
}

export type WorkerMessage =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'end'; readonly done: number; readonly totals: Totals; readonly failedSeed: number | undefined };

export interface ParallelSweepOptions {
  readonly level: LevelName;
  readonly from: number;
  readonly seeds: number;
  readonly workers: number;
  readonly onClean: (done: number) => void;
}

export interface ParallelSweep {
  readonly done: number;
  readonly totals: Totals;
  readonly failedSeed: number | undefined;
}

/** Rejects if a worker dies of anything but a find. */
export async function sweepInParallel(options: ParallelSweepOptions): Promise<ParallelSweep> {
  const { level, from, seeds, onClean } = options;
  const stride = Math.min(options.workers, seeds);
  const done = new Array<number>(stride).fill(0);
  const sum = (): number => done.reduce((total, each) => total + each, 0);
  const workers: Worker[] = [];
  const endings = done.map(
    (_, i) =>
      new Promise<Extract<WorkerMessage, { readonly kind: 'end' }>>((resolve, reject) => {
        const data: WorkerData = { level, from: from + i, seeds: Math.ceil((seeds - i) / stride), stride };
        const worker = new Worker(new URL('sweep-worker.js', import.meta.url), {
          workerData: data,
          // What a run leaves behind is short-lived: with more room for it, it is collected less often.
          resourceLimits: { maxYoungGenerationSizeMb: 64 },
        });
        workers.push(worker);
        worker.on('message', (message: WorkerMessage) => {
          done[i] = message.done;
          if (message.kind === 'progress') onClean(sum());
          else resolve(message);
        });
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('a worker has ended without a word')));
      }),
  );
  try {
    const finds = endings.map((ending) => ending.then((end) => (end.failedSeed === undefined ? undefined : end)));
    const failure = await firstFind(finds);
    if (failure !== undefined) return { done: sum(), totals: failure.totals, failedSeed: failure.failedSeed };
    const ends = await Promise.all(endings);
    return {
      done: sum(),
      totals: ends.reduce((total, end) => addTotals(total, end.totals), noTotals),
      failedSeed: undefined,
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** The first that finds something; `undefined` once all have found nothing. */
function firstFind<T>(finds: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let waiting = finds.length;
    for (const find of finds) {
      find.then((found) => {
        waiting--;
        if (found !== undefined || waiting === 0) resolve(found);
      }, reject);
    }
  });
}
