// The process that may hang or die. It has no more than one target's promise broken: then it ends.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { FuzzTarget } from '@balsa/wire/fuzz';
import type { FuzzJob, FuzzMessage } from './job.ts';
import { runTarget, type TargetRun } from './run-target.ts';
import { TrialFile } from './trial-file.ts';

export async function fuzzChild(): Promise<void> {
  // Nobody would hear of what an orphan finds.
  process.once('disconnect', () => process.exit(1));
  const job: FuzzJob = JSON.parse(process.argv[2] ?? '');
  const { fuzzTargets }: { fuzzTargets: readonly FuzzTarget[] } = await import(pathToFileURL(job.module).href);
  const file = new TrialFile(job.trialFile);
  for (const [position, name] of job.targets.entries()) {
    const target = fuzzTargets.find((it) => it.name === name);
    if (target === undefined) throw new Error(`${job.module} has no target ${name}`);
    const { report, broken } = await runTarget(target, {
      ...runOf(job),
      onInput: (input, execution, accepted) => file.put({ position, execution, accepted, input }),
    });
    if (broken !== undefined) {
      await tell({ kind: 'broken', what: broken });
      break;
    }
    await tell({ kind: 'finished', report });
  }
  file.close();
  process.disconnect();
}

function runOf({ seed, inputsMax = Number.MAX_SAFE_INTEGER, msMax, inputFile }: FuzzJob): Omit<TargetRun, 'onInput'> {
  const endMs = msMax === undefined ? Number.POSITIVE_INFINITY : performance.now() + msMax;
  return {
    seed,
    only: inputFile === undefined ? undefined : readFileSync(inputFile),
    isOver: (executions) => executions >= inputsMax || performance.now() >= endMs,
  };
}

/** Resolves once it is on its way: what ends this process next cannot take it back. */
function tell(message: FuzzMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
