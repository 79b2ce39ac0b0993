// Lines in, statements and commands out. A statement ends with a semicolon, a command, which begins with a backslash, with its line.

import { splitStatements } from '@balsa/sql';
import { CliError } from '../errors.ts';

export interface ReadPiece {
  readonly kind: 'statement' | 'command';
  /** Without its semicolon, and without blanks around it. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** More than a node takes; what is so long has a quote that nobody closed. */
const STATEMENT_CHARS_MAX = 4 << 20;

export class StatementReader {
  #open = '';
  /** The number of the line with which `#open` begins. */
  #openLine = 1;
  #nextLine = 1;

  /** Whether a statement has begun and not ended. */
  get isOpen(): boolean {
    return this.#open.trim() !== '';
  }

  /** @throws CliError STATEMENT_UNFINISHED: it is too long to be one. */
  push(line: string): ReadPiece[] {
    const number = this.#nextLine++;
    if (!this.isOpen) {
      this.#open = '';
      this.#openLine = number;
      if (line.trimStart().startsWith('\\')) {
        return [{ kind: 'command', text: line.trim().replace(/\s*;$/, ''), line: number }];
      }
    }
    this.#open += `${line}\n`;
    // Without a semicolon nothing has ended, wherever quotes and comments are: long statements are not searched at each of their lines.
    if (line.includes(';')) return this.#takeEnded();
    if (this.#open.length > STATEMENT_CHARS_MAX) {
      const reason = `the statement that begins in line ${this.#openLine} does not end: a quote, or a semicolon, may be missing`;
      throw new CliError('STATEMENT_UNFINISHED', reason);
    }
    return [];
  }

  /** What is left when no more lines come: a last statement may do without its semicolon. */
  end(): ReadPiece[] {
    const text = this.#open;
    this.#open = '';
    return isBlank(text) ? [] : [this.#piece(text, 0)];
  }

  /** Forgets the statement that has begun. */
  clear(): void {
    this.#open = '';
  }

  #takeEnded(): ReadPiece[] {
    const text = this.#open;
    const spans = [...splitStatements(text)];
    const last = spans.pop()!;
    const pieces = spans
      .map(({ start, end }) => ({ start, text: text.slice(start, end) }))
      .filter((span) => !isBlank(span.text))
      .map((span) => this.#piece(span.text, span.start));
    this.#openLine += lineBreaksIn(text.slice(0, last.start));
    this.#open = text.slice(last.start);
    return pieces;
  }

  #piece(text: string, start: number): ReadPiece {
    const blanks = text.length - text.trimStart().length;
    const line = this.#openLine + lineBreaksIn(this.#open.slice(0, start)) + lineBreaksIn(text.slice(0, blanks));
    return { kind: 'statement', text: text.trim(), line };
  }
}

/** Blanks and comments. */
function isBlank(text: string): boolean {
  return text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '';
}

function lineBreaksIn(text: string): number {
  return text.split('\n').length - 1;
}
