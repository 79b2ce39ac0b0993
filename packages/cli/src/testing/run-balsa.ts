// Runs the built `balsa` command as a process, the way a person does; or in this process, where the process is not what is tested.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../run-program.ts';

const bin = fileURLToPath(new URL('../../bin/balsa.js', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** Ctrl-C, as a terminal does it: the signal reaches the nodes that the process has started, too. */
  interrupt(): void;
  /** Stops reading what the process writes to standard output, as `| head` does. */
  closeOutput(): void;
  /** Resolves as soon as the process has written `text` to standard error; rejects if it ends without. */
  untilStderr(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** `input`: what is typed; by default nobody is there to type. */
export function startBalsa(words: readonly string[], cwd: string, input = ''): Running {
  const child = spawn(process.execPath, [bin, ...words], { cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  // It may have ended before it has read anything.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  const untilStderr = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stderr.includes(text) && resolve();
      child.stderr.on('data', look);
      child.once('close', () => reject(new Error(`ended without "${text}": ${stderr}`)));
      look();
    });
  const interrupt = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  };
  const closeOutput = () => child.stdout.destroy();
  return { interrupt, closeOutput, untilStderr, ended };
}

export function runBalsa(words: readonly string[], cwd: string): Promise<Ended> {
  return startBalsa(words, cwd).ended;
}

/**
 * The same without a process, which takes longer to start than most commands to end: for commands that read no input, with paths from
 * the root. One at a time: it listens to what this process writes.
 */
export async function runHere(words: readonly string[]): Promise<Ended> {
  const { exitCode: exitCodeBefore } = process;
  let stdout = '';
  let stderr = '';
  const restores = [
    replace(process.stdout, 'write', (chunk: string | Uint8Array) => {
      stdout += chunk;
      return true;
    }),
    replace(process.stderr, 'write', (chunk: string | Uint8Array) => {
      stderr += chunk;
      return true;
    }),
    // The console of a test does not write to standard output.
    replace(console, 'log', (text: string) => {
      stdout += `${text}\n`;
    }),
  ];
  process.exitCode = 0;
  try {
    await runProgram(words);
    return { exitCode: Number(process.exitCode), stdout, stderr };
  } finally {
    process.exitCode = exitCodeBefore;
    for (const restore of restores) restore();
  }
}

/** Returns what undoes it. */
function replace<Name extends string, Method>(
  owner: Readonly<Record<Name, Method>>,
  name: Name,
  method: NoInfer<Method>,
): () => void {
  const before = owner[name];
  Object.assign(owner, { [name]: method });
  return () => void Object.assign(owner, { [name]: before });
}

export async function inScratchFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'balsa-cli-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
