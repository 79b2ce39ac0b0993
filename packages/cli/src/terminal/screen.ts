// Where the tour's words go: a terminal, where a passing line may be redrawn, or a log, where every line stays.

import type { Writable } from 'node:stream';
import { createStyle, type Style, wantsColour } from './style.ts';

const INDENT = '     ';
const ERASE_LINE = '\r\x1b[K';

export interface Screen {
  readonly style: Style;
  readonly isTerminal: boolean;
  /** Of text after the indent, at most. */
  readonly widthColumns: number;
  /** A heading with its number in the margin. */
  heading(number: number, text: string): void;
  /** Indented text that stays. Without text: an empty line. */
  line(text?: string): void;
  /** Text that stays, as it is. */
  raw(text: string): void;
  /** At a terminal: indented text that the next one replaces. In a log: nothing. Empty text removes it. */
  transient(text: string): void;
}

export interface ScreenTarget extends Writable {
  isTTY?: boolean;
  columns?: number;
}

/** Wider lines than this are hard to read, however wide the terminal. */
const WIDTH_COLUMNS_MAX = 80;

export function createScreen(target: ScreenTarget, env: NodeJS.ProcessEnv): Screen {
  const isTerminal = target.isTTY === true && !isDumb(env);
  const style = createStyle(wantsColour(isTerminal, env));
  let transientShown = false;

  const write = (text: string) => {
    target.write(`${transientShown ? ERASE_LINE : ''}${text}\n`);
    transientShown = false;
  };

  return {
    style,
    isTerminal,
    widthColumns: Math.min(target.columns ?? WIDTH_COLUMNS_MAX, WIDTH_COLUMNS_MAX) - INDENT.length - 1,
    heading(number, text) {
      write(`\n  ${style.accent(`${number}`)}  ${style.strong(text)}`);
    },
    line(text = '') {
      write(text === '' ? '' : INDENT + text);
    },
    raw: write,
    transient(text) {
      if (!isTerminal) return;
      if (text === '' && !transientShown) return;
      target.write(text === '' ? ERASE_LINE : `${ERASE_LINE}${INDENT}${text}`);
      transientShown = text !== '';
    },
  };
}

function isDumb({ TERM }: NodeJS.ProcessEnv): boolean {
  return TERM === 'dumb';
}
