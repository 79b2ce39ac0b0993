// What turns out only when a statement meets what is stored. docs/errors.md says what to do about each code.

import type { SqlErrorCode } from './errors.ts';
import { positionAt, type Span } from './span.ts';

export type StatementErrorCode =
  /** It contradicts itself, or asks for what has no meaning. */
  | 'STATEMENT_INVALID'
  /** It has a meaning in IoTDB, but not here. */
  | 'STATEMENT_UNSUPPORTED'
  /** An operator or a function does not take a value of this type. */
  | 'OPERAND_TYPE_MISMATCH'
  /** A value cannot be written to a series of this type. */
  | 'VALUE_TYPE_MISMATCH'
  /** There are more series, columns or windows than a query may have. */
  | 'QUERY_OVER_LIMITS'
  | 'QUERY_OUT_OF_MEMORY'
  | 'QUERY_TIMED_OUT'
  | 'QUERY_ABORTED'
  | 'ZONE_UNKNOWN';

export class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly code: StatementErrorCode;
  /** What of the text is at fault, if it is a part of it. */
  readonly span: Span | undefined;

  constructor(code: StatementErrorCode, reason: string, span?: Span, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
    this.span = span;
  }

  /** The reason with the place in the text that the statement was read from. */
  placedMessage(text: string): string {
    if (this.span === undefined) return this.message;
    const { line, column } = positionAt(text, this.span.start);
    return `line ${line}, column ${column}: ${this.message}`;
  }
}

const statusCodes: Readonly<Record<StatementErrorCode | SqlErrorCode, number>> = {
  SQL_SYNTAX: 700,
  SQL_INVALID: 700,
  SQL_OVER_LIMITS: 700,
  STATEMENT_INVALID: 701,
  STATEMENT_UNSUPPORTED: 300,
  OPERAND_TYPE_MISMATCH: 701,
  VALUE_TYPE_MISMATCH: 614,
  QUERY_OVER_LIMITS: 301,
  QUERY_OUT_OF_MEMORY: 709,
  QUERY_TIMED_OUT: 720,
  QUERY_ABORTED: 301,
  ZONE_UNKNOWN: 703,
};

/** IoTDB's number for an error of this package. */
export function statusCodeOf(error: { readonly code: StatementErrorCode | SqlErrorCode }): number {
  return statusCodes[error.code];
}
