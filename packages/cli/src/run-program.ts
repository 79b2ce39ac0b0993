// The `balsa` command: from its words to its exit code.

import { CommanderError } from 'commander';
import { describeError } from './describe-error.ts';
import { exitCodeFor } from './errors.ts';
import { createProgram } from './program.ts';

const USAGE_EXIT_CODE = 2;

/** Never rejects: what went wrong is told on standard error, and by the exit code of this process. */
export async function runProgram(words: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said what was wrong, or printed the help that was asked for.
      process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    } else {
      const { code, message } = describeError(error);
      process.stderr.write(`balsa: ${code}: ${message}\n`);
      process.exitCode = exitCodeFor(error);
    }
  }
}
