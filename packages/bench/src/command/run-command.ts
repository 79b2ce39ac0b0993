// What all commands of this package have in common: Ctrl-C ends them in order, --json ends with exactly one JSON
// object as the last line of standard output (also when the run failed), and everything else goes to standard error.

import { BenchError } from '../bench-error.ts';

export interface Outcome {
  /** Printed with --json. */
  readonly report: object;
  /** Printed without. */
  readonly text: string;
  /** Whether the process ends with exit code 0. */
  readonly good: boolean;
}

/** Runs `work`, prints its outcome and sets the exit code. Never rejects. */
export async function runCommand(json: boolean, work: (signal: AbortSignal) => Promise<Outcome>): Promise<void> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new BenchError('INTERRUPTED', 'interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const { report, text, good } = await work(interruption.signal);
    process.stdout.write(`${json ? JSON.stringify(report) : text}\n`);
    process.exitCode = good ? 0 : 1;
  } catch (error) {
    const { code, message } = describeError(error);
    process.stderr.write(`${code}: ${message}\n`);
    if (json) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
    process.exitCode = 1;
  } finally {
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
  }
}

function describeError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { code, message: error.message };
}
