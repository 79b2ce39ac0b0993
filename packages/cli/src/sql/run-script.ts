// Statements that nobody types: from -e, a file, or standard input.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { parseZone, SqlError } from '@balsa/sql';
import { CliError, exitCodeFor } from '../errors.ts';
import { writeAll } from '../terminal/write-all.ts';
import { failureText } from './failure-text.ts';
import { plotText } from './plot-text.ts';
import { queryForPlot, runStatement, type StatementContext } from './run-statement.ts';
import { shellCommand } from './shell-commands.ts';
import { type ReadPiece, StatementReader } from './statement-reader.ts';

export interface ScriptOptions {
  /** For messages: of the file, or of where else the text comes from. */
  readonly name: string;
  readonly keepsGoing: boolean;
  readonly errors: Writable;
}

const WIDTH_COLUMNS_DEFAULT = 80;

/** Carries out one after the other, as they come. Gives the exit code: that of the first failure. */
export async function runScript(
  lines: AsyncIterable<string> | Iterable<string>,
  context: StatementContext,
  options: ScriptOptions,
): Promise<number> {
  const reader = new StatementReader();
  let exitCode = 0;
  const runAll = async (pieces: readonly ReadPiece[]): Promise<boolean> => {
    for (const piece of pieces) {
      const failure = await runPiece(piece, context, options);
      exitCode ||= failure.exitCode;
      if (failure.isEnd) return false;
    }
    return true;
  };
  for await (const line of lines) if (!(await runAll(reader.push(line)))) return exitCode;
  await runAll(reader.end());
  return exitCode;
}

/** @throws CliError FILE_UNREADABLE */
export async function* linesOfFile(path: string): AsyncGenerator<string, void, undefined> {
  try {
    yield* linesOf(createReadStream(path, 'utf8'));
  } catch (error) {
    throw new CliError('FILE_UNREADABLE', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

export async function* linesOf(stream: Readable): AsyncGenerator<string, void, undefined> {
  const failed = new Promise<never>((_resolve, reject) => stream.once('error', reject));
  // It is heard of below, or not at all if the lines were enough.
  failed.catch(() => {});
  const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  const lines = reader[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done) return;
      yield value;
    }
  } finally {
    reader.close();
    stream.destroy();
  }
}

async function runPiece(
  piece: ReadPiece,
  context: StatementContext,
  { name, keepsGoing, errors }: ScriptOptions,
): Promise<{ readonly exitCode: number; readonly isEnd: boolean }> {
  try {
    const isEnd = piece.kind === 'command' ? await runCommand(piece.text, context) : await runIt(piece.text, context);
    return { exitCode: 0, isEnd };
  } catch (error) {
    if (isBrokenPipe(error)) return { exitCode: 0, isEnd: true };
    // The place of an error in the text has the line already.
    const where = error instanceof SqlError ? name : `${name}, line ${piece.line}`;
    errors.write(`balsa: ${where}: ${failureText(error, piece.text, piece.line)}\n`);
    const isEnd = !keepsGoing || (error instanceof CliError && error.code === 'NODES_UNAVAILABLE');
    return { exitCode: exitCodeFor(error), isEnd };
  }
}

async function runIt(text: string, context: StatementContext): Promise<boolean> {
  await runStatement(text, context);
  return false;
}

/** Whether the script is to end. */
async function runCommand(text: string, context: StatementContext): Promise<boolean> {
  const { settings, output, widthColumns } = context;
  const command = shellCommand(text, settings);
  if (command.kind !== 'plot') return command.kind === 'quit';
  if (command.statement === undefined) throw new CliError('NOTHING_TO_PLOT', 'name a statement: \\plot select ...');
  const samples = await queryForPlot(command.statement, context);
  const width = widthColumns() ?? WIDTH_COLUMNS_DEFAULT;
  const lines = plotText(samples, { zone: parseZone(settings.zone), widthColumns: width });
  if (lines.length === 0) throw new CliError('NOTHING_TO_PLOT', 'the result has no numbers');
  await writeAll(output, `${lines.join('\n')}\n`);
  return false;
}

/** Whoever read the output has had enough. */
function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
