// One worker of a sweep: see parallel-sweep.ts.

import { parentPort, workerData } from 'node:worker_threads';
import type { AnyScenario, Level } from './level.ts';
import { coreLevel, nodesLevel } from './levels.ts';
import type { WorkerData, WorkerMessage } from './parallel-sweep.ts';
import { sweep } from './sweep.ts';

const progressMs = 100;
const { level, from, seeds, stride } = workerData as WorkerData;

await (level === 'core' ? work(coreLevel) : work(nodesLevel));

async function work<S extends AnyScenario, Action>(chosen: Level<S, Action>): Promise<void> {
  let toldMs = 0;
  const { done, failure, totals } = await sweep(chosen, {
    from,
    seeds,
    stride,
    onClean: (clean) => {
      if (performance.now() - toldMs < progressMs) return;
      toldMs = performance.now();
      post({ kind: 'progress', done: clean });
    },
  });
  post({ kind: 'end', done, totals, failedSeed: failure?.seed });
}

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}
