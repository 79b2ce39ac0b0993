// The process behind the `balsa` command.

import { runProgram } from './run-program.ts';

// Whoever read the output may have had enough, as in `balsa status | head -1`: nothing to complain about, nor anybody
// to complain to.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

await runProgram(process.argv.slice(2));
