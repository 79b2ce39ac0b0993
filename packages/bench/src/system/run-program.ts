import { spawnSync } from 'node:child_process';
import { BenchError } from '../bench-error.ts';

const timeoutMs = 10_000;

/** Runs a program of the system to its end and returns what it printed. Throws SYSTEM_REFUSED with what it said. */
export function runProgram(program: string, words: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { input, encoding: 'utf8', timeout: timeoutMs });
  if (status === 0) return stdout;
  const reason = error?.message ?? stderr.trim();
  throw new BenchError('SYSTEM_REFUSED', `${program} ${words.join(' ')}: ${reason}`);
}

/** The same where it does not matter whether it succeeds. */
export function tryProgram(program: string, words: readonly string[]): void {
  spawnSync(program, words, { stdio: 'ignore', timeout: timeoutMs });
}
