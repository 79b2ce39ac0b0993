// Runs targets in a process of their own and watches it from this one. An input that never ends, that takes all memory
// or that kills its process is a finding like any other, and the targets that are left are tried in the next process.

import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtFile } from '../targets/built-file.ts';
import { ChildWatch } from './child-watch.ts';
import type { FuzzJob, FuzzMessage } from './job.ts';
import type { TargetReport } from './run-target.ts';
import { readTrial } from './trial-file.ts';

const lookMs = 50;
const heapMebibytesMax = 512;
const lastWordsCharsMax = 4000;

export interface FuzzSettings extends Omit<FuzzJob, 'trialFile'> {
  /** A process that takes no further input for so long hangs. A busy machine stands still for less than the default, 20,000. */
  readonly stallMs?: number;
}

export interface FuzzFailure {
  readonly target: string;
  readonly seed: number;
  /** Which input of the run it was, from 1 on. */
  readonly execution: number;
  readonly what: string;
  readonly input: Buffer;
}

export interface FuzzReport {
  readonly seed: number;
  readonly seconds: number;
  readonly executions: number;
  readonly targets: readonly TargetReport[];
  /** At most one of each target: it is not tried further. */
  readonly failures: readonly FuzzFailure[];
}

export type FuzzProgress = (target: string, done: number, executions: number) => void;

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

const noTrial = { execution: 0, accepted: 0, input: Buffer.alloc(0) };

interface ChildOutcome {
  /** Of the targets that were done, the one of the failure included. */
  readonly reports: readonly TargetReport[];
  readonly failure?: FuzzFailure;
}

async function runChild(
  job: FuzzJob & FuzzSettings,
  onProgress: FuzzProgress,
  signal: AbortSignal,
): Promise<ChildOutcome> {
  signal.throwIfAborted();
  const reports: TargetReport[] = [];
  let what: string | undefined;
  let startMs = performance.now();
  let lastWords = '';
  const child = fork(builtFile('fuzz-child.js'), [JSON.stringify(job)], {
    // What it leaves behind goes with the folder, however it ends.
    env: { ...process.env, TMPDIR: dirname(job.trialFile) },
    execArgv: [`--max-old-space-size=${heapMebibytesMax}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const kill = (why: string): void => {
    what ??= why;
    child.kill('SIGKILL');
  };
  child.on('message', (message: FuzzMessage) => {
    if (message.kind === 'broken') {
      what = message.what;
      return;
    }
    reports.push(message.report);
    startMs = performance.now();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (lastWords.length < lastWordsCharsMax) lastWords += text;
  });
  const watch = new ChildWatch(job.trialFile, job.stallMs);
  const looking = setInterval(() => {
    const fault = watch.look(child.pid ?? 0);
    if (fault !== undefined) kill(fault);
    onProgress(job.targets[reports.length] ?? '', reports.length, watch.execution);
  }, lookMs);
  const interrupt = (): void => kill('interrupted');
  signal.addEventListener('abort', interrupt, { once: true });
  const ending = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, name) => resolve(name === null ? `exit code ${code}` : name));
  }).finally(() => {
    clearInterval(looking);
    signal.removeEventListener('abort', interrupt);
  });
  signal.throwIfAborted();
  if (reports.length === job.targets.length) return { reports };
  const target = job.targets[reports.length] ?? '';
  const trial = readTrial(job.trialFile);
  // A process that dies between two targets has not begun with this one.
  const { execution, accepted, input } = trial?.position === reports.length ? trial : noTrial;
  const perSecond = Math.round((1000 * execution) / (performance.now() - startMs));
  reports.push({ target, executions: execution, accepted, answers: 0, perSecond });
  what ??= `its process died, ${ending}: ${lastWords.slice(0, lastWordsCharsMax)}`;
  return { reports, failure: { target, seed: job.seed, execution, what, input } };
}
