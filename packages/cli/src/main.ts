// The process behind the `balsa` command: from its words to its exit code.

import { CommanderError } from 'commander';
import { describeError } from './describe-error.ts';
import { exitCodeFor } from './errors.ts';
import { createProgram } from './program.ts';

const USAGE_EXIT_CODE = 2;

// Whoever read the output may have had enough, as in `balsa status | head -1`: nothing to complain about, nor anybody
// to complain to.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  await createProgram().parseAsync();
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
