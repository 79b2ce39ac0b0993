// Every text that is refused is refused with a place. docs/errors.md says what to do about each code.

import { type Position, positionAt, type Span } from './span.ts';

export type SqlErrorCode =
  /** It is not SQL, or not SQL that is known here. */
  | 'SQL_SYNTAX'
  /** It can be read, but makes no sense whatever is stored: a 13th month, a row with a value too many. */
  | 'SQL_INVALID'
  /** It is longer, deeper or has more rows than is allowed. */
  | 'SQL_OVER_LIMITS';

export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: SqlErrorCode;
  /** What is wrong, without the place. */
  readonly reason: string;
  readonly span: Span;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;

  constructor(code: SqlErrorCode, reason: string, span: Span, position: Position) {
    super(`line ${position.line}, column ${position.column}: ${reason}`);
    this.code = code;
    this.reason = reason;
    this.span = span;
    this.line = position.line;
    this.column = position.column;
  }
}

/** For whoever finds out later that a node of the tree is at fault: the planner, for instance. */
export function sqlErrorAt(code: SqlErrorCode, reason: string, span: Span, text: string): SqlError {
  return new SqlError(code, reason, span, positionAt(text, span.start));
}

/** Of a line that is longer, only the surroundings of the place are shown. */
const shownCharsMax = 120;
const ellipsis = '...';

/**
 * The reason, the line of `text` that it is about, and marks below the place:
 *
 *     line 1, column 11: expected FROM or ",", found "root"
 *       select s1 root.plant
 *                 ^^^^
 */
export function renderSqlError(error: SqlError, text: string): string {
  const lineStart = error.span.start - error.column + 1;
  const lineEnd = text.indexOf('\n', error.span.start);
  const whole = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd).trimEnd();
  const at = error.column - 1;
  const from = at > shownCharsMax / 2 && whole.length > shownCharsMax ? at - shownCharsMax / 2 : 0;
  const head = from > 0 ? ellipsis : '';
  const tail = whole.length > from + shownCharsMax ? ellipsis : '';
  const shown = `${head}${whole.slice(from, from + shownCharsMax)}${tail}`;
  const before = head + whole.slice(from, at).padEnd(at - from);
  const marked = Math.max(1, Math.min(error.span.end - error.span.start, whole.length - at, from + shownCharsMax - at));
  // Tabs stay tabs, so that the marks stand below the place whatever width a terminal gives them.
  return `${error.message}\n  ${shown}\n  ${before.replaceAll(/[^\t]/g, ' ')}${'^'.repeat(marked)}`;
}
