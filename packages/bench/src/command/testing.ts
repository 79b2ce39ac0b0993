// Runs the package's commands as a person would, from what is built; or in this process, where the process is not what is tested.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { builtFile } from '../targets/built-file.ts';

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly finished: Promise<Finished>;
  interrupt(): void;
}

/** Starts `module` of the built package; `onStderr` hears all that it has said so far. */
export function startBuilt(
  module: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  onStderr: (text: string) => void = () => undefined,
): Running {
  const child = spawn(process.execPath, [builtFile(module), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr(stderr);
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { finished, interrupt: () => child.kill('SIGINT') };
}

/** The same with main.js, and Ctrl-C once it has said `word`. */
export function interruptBuilt(args: readonly string[], word: string): Promise<Finished> {
  let interrupted = false;
  const running = startBuilt('main.js', args, process.env, (stderr) => {
    if (interrupted || !stderr.includes(word)) return;
    interrupted = true;
    running.interrupt();
  });
  return running.finished;
}

/**
 * Runs a command in this process and tells what its own would have: loading one takes longer than most commands that are refused.
 * One at a time: it listens to what the process writes.
 */
export async function runHere(command: Command, args: readonly string[]): Promise<Finished> {
  const { exitCode: exitCodeBefore } = process;
  const [stdout, stderr] = [listenTo(process.stdout), listenTo(process.stderr)];
  let exitCode: number | null;
  try {
    await command.exitOverride().parseAsync(args, { from: 'user' });
    exitCode = Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    ({ exitCode } = error);
  } finally {
    process.exitCode = exitCodeBefore;
    stdout.restore();
    stderr.restore();
  }
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function listenTo(stream: NodeJS.WriteStream): { text: () => string; restore: () => void } {
  const { write } = stream;
  let text = '';
  stream.write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  return {
    text: () => text,
    restore: () => {
      stream.write = write;
    },
  };
}

/** The JSON object that must be the last line of standard output. */
export function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** Runs `work` with an empty folder that is gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'balsa-bench-test-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
