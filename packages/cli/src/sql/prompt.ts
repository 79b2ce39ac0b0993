// The prompt: lines are taken one after the other, also those that are typed while a statement runs.

import { createInterface, type Interface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import { parseZone } from '@balsa/sql';
import { CliError } from '../errors.ts';
import type { Style } from '../terminal/style.ts';
import { writeAll } from '../terminal/write-all.ts';
import { Completer } from './completion.ts';
import { failureText } from './failure-text.ts';
import { asEntry, HISTORY_ENTRIES_MAX } from './history.ts';
import type { PlotSamples } from './plot-samples.ts';
import { plotText } from './plot-text.ts';
import { queryForPlot, runForPlot, type StatementContext } from './run-statement.ts';
import { shellCommand } from './shell-commands.ts';
import { type ReadPiece, StatementReader } from './statement-reader.ts';

export interface PromptOptions extends StatementContext {
  readonly input: Readable;
  readonly isTerminal: boolean;
  readonly style: Style;
  /** Oldest first. */
  readonly history: readonly string[];
  /** Keeps an entry for later; never fails. */
  readonly remember: (entry: string) => void;
}

const PROMPT = 'balsa> ';
const GOES_ON = '    -> ';
const WIDTH_COLUMNS_DEFAULT = 80;

/** Until Ctrl-D, `\q`, or the end of the input. */
export async function runPrompt(options: PromptOptions): Promise<void> {
  const prompt = new Prompt(options);
  try {
    await prompt.run();
  } finally {
    prompt.close();
  }
}

class Prompt {
  readonly #options: PromptOptions;
  readonly #completer: Completer;
  readonly #interface: Interface;
  readonly #reader = new StatementReader();
  /** Lines that nobody has looked at yet. */
  readonly #lines: string[] = [];
  #wake: () => void = () => {};
  #isClosed = false;
  /** Of the statement that is being typed. */
  #entryLines: string[] = [];
  #running: AbortController | undefined;
  #lastResult: PlotSamples | undefined;

  constructor(options: PromptOptions) {
    const { client, input, output, isTerminal, history } = options;
    this.#options = options;
    this.#completer = new Completer((sql, signal) => client.query(sql, { consistency: 'local', signal }));
    this.#interface = createInterface({
      input,
      output,
      terminal: isTerminal,
      history: [...history].reverse(),
      historySize: HISTORY_ENTRIES_MAX,
      removeHistoryDuplicates: true,
      prompt: PROMPT,
      completer: (line: string) => this.#completer.complete(line),
    });
    this.#interface.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#interface.on('close', () => {
      this.#isClosed = true;
      this.#running?.abort();
      this.#wake();
    });
    this.#interface.on('SIGINT', () => this.#interrupt());
    this.#interface.on('history', (lines) => this.#joinHistory(lines));
  }

  async run(): Promise<void> {
    this.#ask();
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) {
        if ((await this.#take(line)) === 'leave') return;
        if (this.#lines.length === 0) this.#ask();
      } else if (this.#isClosed) {
        if (this.#options.isTerminal) this.#options.output.write('\n');
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  close(): void {
    this.#completer.close();
    this.#interface.close();
  }

  #ask(): void {
    if (this.#isClosed) return;
    this.#interface.setPrompt(this.#reader.isOpen ? GOES_ON : PROMPT);
    this.#interface.prompt();
  }

  async #take(line: string): Promise<'leave' | 'stay'> {
    let pieces: ReadPiece[];
    try {
      pieces = this.#reader.push(line);
    } catch (error) {
      this.#reader.clear();
      this.#complain(failureText(error, ''));
      return 'stay';
    }
    this.#keepEntry(line);
    for (const piece of pieces) {
      const next = await this.#runPiece(piece);
      if (next !== 'go on') return next;
    }
    return 'stay';
  }

  /** `stay`: what follows it in its line is dropped. */
  async #runPiece({ kind, text }: ReadPiece): Promise<'leave' | 'stay' | 'go on'> {
    this.#running = new AbortController();
    const { signal } = this.#running;
    try {
      if (kind === 'command') return await this.#runCommand(text, signal);
      this.#lastResult = (await runForPlot(text, this.#options, signal)) ?? this.#lastResult;
      if (!/^(?:select|show|count)\b/i.test(text)) this.#completer.forget();
    } catch (error) {
      if (signal.aborted) {
        await writeAll(this.#options.output, 'cancelled\n');
        return 'stay';
      }
      this.#complain(failureText(error, text));
    } finally {
      this.#running = undefined;
    }
    return 'go on';
  }

  async #runCommand(text: string, signal: AbortSignal): Promise<'leave' | 'stay'> {
    const { settings, output } = this.#options;
    const command = shellCommand(text, settings);
    if (command.kind === 'quit') return 'leave';
    if (command.kind === 'say') await writeAll(output, `${command.text}\n`);
    else await this.#plot(command.statement, signal);
    return 'stay';
  }

  async #plot(statement: string | undefined, signal: AbortSignal): Promise<void> {
    const { settings, output, widthColumns } = this.#options;
    if (statement !== undefined) {
      try {
        this.#lastResult = await queryForPlot(statement, this.#options, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        return this.#complain(failureText(error, statement));
      }
    }
    if (this.#lastResult === undefined) throw new CliError('NOTHING_TO_PLOT', 'there is no result yet');
    const width = widthColumns() ?? WIDTH_COLUMNS_DEFAULT;
    const lines = plotText(this.#lastResult, { zone: parseZone(settings.zone), widthColumns: width });
    if (lines.length === 0) throw new CliError('NOTHING_TO_PLOT', 'the result has no numbers');
    await writeAll(output, `${lines.join('\n')}\n`);
  }

  #complain(text: string): void {
    this.#options.output.write(`${this.#options.style.bad(text)}\n`);
  }

  /** Ctrl-C: first of all it ends what runs; otherwise it drops what was typed. */
  #interrupt(): void {
    const { output } = this.#options;
    if (this.#running !== undefined) {
      this.#lines.length = 0;
      this.#running.abort();
      return;
    }
    const isEmpty = this.#interface.line === '' && !this.#reader.isOpen;
    this.#interface.write(null, { ctrl: true, name: 'e' });
    this.#interface.write(null, { ctrl: true, name: 'u' });
    this.#reader.clear();
    this.#entryLines = [];
    output.write(isEmpty ? '^C (Ctrl-D or \\q leaves)\n' : '^C\n');
    this.#ask();
  }

  #keepEntry(line: string): void {
    if (line.trim() === '') return;
    this.#entryLines.push(line);
    if (this.#reader.isOpen) return;
    this.#options.remember(asEntry(this.#entryLines));
    this.#entryLines = [];
  }

  /** Readline keeps line by line, newest first; a statement that has ended takes the place of its lines. */
  #joinHistory(lines: string[]): void {
    const [newest] = lines;
    const before = this.#entryLines;
    if (newest === undefined || before.length === 0 || !newest.includes(';')) return;
    let count = 1;
    while (count <= before.length && lines[count] === before[before.length - count]) count++;
    lines.splice(0, count, asEntry([...before, newest]));
  }
}
