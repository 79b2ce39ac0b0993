// Runs targets in a process of their own and watches it from this one. An input that never ends, that takes all memory
// or that kills its process is a finding like any other, and the targets that are left are tried in the next process.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuzzSettings } from './job.ts';
import { type FuzzFailure, type FuzzProgress, runChild } from './run-child.ts';
import type { TargetReport } from './run-target.ts';

export interface FuzzReport {
  readonly seed: number;
  readonly seconds: number;
  readonly executions: number;
  readonly targets: readonly TargetReport[];
  /** At most one of each target: it is not tried further. */
  readonly failures: readonly FuzzFailure[];
}

/** Rejects if `signal` is aborted; no process is left then. */
export async function superviseFuzzing(
  settings: FuzzSettings,
  onProgress: FuzzProgress,
  signal: AbortSignal,
): Promise<FuzzReport> {
  const folder = mkdtempSync(join(tmpdir(), 'balsa-fuzz-'));
  const startMs = performance.now();
  const targets: TargetReport[] = [];
  const failures: FuzzFailure[] = [];
  try {
    while (targets.length < settings.targets.length) {
      const job = {
        ...settings,
        targets: settings.targets.slice(targets.length),
        trialFile: join(folder, `${targets.length}`),
      };
      const done = targets.length;
      const { reports, failure } = await runChild(
        job,
        (target, more, executions) => onProgress(target, done + more, executions),
        signal,
      );
      targets.push(...reports);
      if (failure !== undefined) failures.push(failure);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const executions = targets.reduce((sum, report) => sum + report.executions, 0);
  const seconds = (performance.now() - startMs) / 1000;
  return { seed: settings.seed, seconds, executions, targets, failures };
}
