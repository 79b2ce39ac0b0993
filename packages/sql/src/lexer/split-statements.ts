import type { Span } from '../span.ts';
import { endOfQuoted } from '../text/quoting.ts';

/** What may hide a semicolon, and the semicolon. */
const landmark = /['"`;]|--|\/\*/g;

/**
 * The places of the statements of a text, one after another, without the semicolons between them. What is left open, such
 * as a string, goes on to the end of the text.
 */
export function* splitStatements(text: string): Generator<Span, void, undefined> {
  const search = new RegExp(landmark);
  let start = 0;
  for (let found = search.exec(text); found; found = search.exec(text)) {
    if (found[0] === ';') {
      yield { start, end: found.index };
      start = found.index + 1;
    } else {
      search.lastIndex = endOfHidden(text, found[0], found.index);
    }
  }
  yield { start, end: text.length };
}

function endOfHidden(text: string, opening: string, start: number): number {
  const end = endOf(text, opening, start);
  return end < 0 ? text.length : end;
}

function endOf(text: string, opening: string, start: number): number {
  if (opening === '--') return text.indexOf('\n', start);
  if (opening !== '/*') return endOfQuoted(text, start);
  const end = text.indexOf('*/', start + 2);
  return end < 0 ? -1 : end + 2;
}
