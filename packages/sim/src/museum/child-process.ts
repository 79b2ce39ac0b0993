// A command run to its end: bounded in time and in what it may print, and ended with this process.

import { spawn } from 'node:child_process';

export interface Finished {
  /** `undefined`: it was killed, by the time limit or by a signal. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
}

/** Of memory: a mutant may go round in circles. */
const heapMebibytesMax = 1024;
const stdoutBytesMax = 16 * 1024 * 1024;
const stderrCharactersKept = 4000;

/** Runs a script in this Node. Rejects only if the process cannot be started at all. */
export function runNode(args: readonly string[], folder: string, timeoutMs: number): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`--max-old-space-size=${heapMebibytesMax}`, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    let outputBytes = 0;
    let stderr = '';
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    const deadline = setTimeout(kill, timeoutMs);
    process.once('exit', kill);
    const done = (): void => {
      clearTimeout(deadline);
      process.off('exit', kill);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > stdoutBytesMax) kill();
      else output.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrCharactersKept);
    });
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (code) => {
      done();
      resolve({ exitCode: code ?? undefined, stdout: Buffer.concat(output).toString('utf8'), stderr });
    });
  });
}
