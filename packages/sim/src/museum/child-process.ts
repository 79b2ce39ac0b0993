// A command run to its end: bounded in time and in what it may print.

import { spawn } from 'node:child_process';

export interface Finished {
  /** `undefined`: it was killed, by the time limit or by a signal. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
}

const stdoutBytesMax = 16 * 1024 * 1024;
const stderrCharactersKept = 4000;

/** Runs a script in this Node. Rejects only if the process cannot be started at all. */
export function runNode(args: readonly string[], folder: string, timeoutMs: number): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let outputBytes = 0;
    let stderr = '';
    const deadline = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > stdoutBytesMax) child.kill('SIGKILL');
      else output.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrCharactersKept);
    });
    child.once('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(deadline);
      resolve({ exitCode: code ?? undefined, stdout: Buffer.concat(output).toString('utf8'), stderr });
    });
  });
}
