import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { hashPassword } from '@balsa/server';
import type { Command } from 'commander';
import { CliError } from '../errors.ts';

export function addHashPasswordCommand(program: Command): void {
  program
    .command('hash-password')
    .summary("a password's hash, for auth.users")
    .description(
      'Reads a password from the standard input, one line, and prints its hash for auth.users of the configuration. At a terminal it is not shown.',
    )
    .addHelpText(
      'after',
      `
Exit codes:
  0  the hash was printed
  1  there was no password
  2  the command line is wrong

Examples:
  $ balsa hash-password
  $ balsa hash-password < password.txt`,
    )
    .action(async () => {
      console.log(await hashPassword(await readPassword()));
    });
}

async function readPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write('Password: ');
  // What is typed would be echoed to the output.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  try {
    for await (const line of lines) {
      if (line !== '') return line;
      break;
    }
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
  throw new CliError('PASSWORD_MISSING', 'there was no password: type one, or give it on the standard input');
}
