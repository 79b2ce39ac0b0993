import { renderSqlError, SqlError, StatementError, sqlErrorAt } from '@balsa/sql';
import { describeError } from '../describe-error.ts';
import { StatementRefused } from '../node-client/statement-refused.ts';
import { shownText } from '../terminal/text-width.ts';

/**
 * A failure of a statement as people read it, with the place marked if it is one of the text.
 * `line`: of the statement in its file, from 1.
 */
export function failureText(error: unknown, statement: string, line = 1): string {
  if (error instanceof SqlError) {
    const text = '\n'.repeat(line - 1) + statement;
    const span = { start: error.span.start + line - 1, end: error.span.end + line - 1 };
    return `${error.code}: ${renderSqlError(sqlErrorAt(error.code, error.reason, span, text), text)}`;
  }
  // It may repeat names and values that somebody else has written.
  if (error instanceof StatementRefused) return error.message.split('\n').map(shownText).join('\n');
  if (error instanceof StatementError) return `${error.code}: ${error.message}`;
  const { code, message } = describeError(error);
  return `${code}: ${message}`;
}
