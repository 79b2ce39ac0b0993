// One process that tries targets until they are done or one of them breaks a promise, by which it may die.

import { fork } from 'node:child_process';
import { dirname } from 'node:path';
import { builtFile } from '../targets/built-file.ts';
import { ChildWatch } from './child-watch.ts';
import type { FuzzJob, FuzzMessage, FuzzSettings } from './job.ts';
import type { TargetReport } from './run-target.ts';
import { readTrial } from './trial-file.ts';

const lookMs = 50;
const heapMebibytesMax = 512;
const lastWordsCharsMax = 4000;

export interface FuzzFailure {
  readonly target: string;
  readonly seed: number;
  /** Which input of the run it was, from 1 on. */
  readonly execution: number;
  readonly what: string;
  readonly input: Buffer;
}

export type FuzzProgress = (target: string, done: number, executions: number) => void;

const noTrial = { execution: 0, accepted: 0, input: Buffer.alloc(0) };

export interface ChildOutcome {
  /** Of the targets that were done, the one of the failure included. */
  readonly reports: readonly TargetReport[];
  readonly failure?: FuzzFailure;
}

/** Rejects if `signal` is aborted; the process has ended then, as always. */
export async function runChild(
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
