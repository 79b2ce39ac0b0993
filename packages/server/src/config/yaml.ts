// YAML of which only the first fault is told. The library looks for all of them and takes a long time to describe each:
// 64 KiB of closing brackets kept it busy for six seconds, with 140 MB of errors.

import { Lexer, LineCounter, Parser, parseDocument } from 'yaml';

const aliasesMax = 100;
/** Settings lie three levels deep. */
const depthMax = 32;
/** The library quotes the text, as much as there is. */
const messageCharsMax = 200;

/** The value of the text, or one line that says why it has none. */
export function readYaml(text: string): { readonly value?: unknown; readonly problem?: string } {
  if (isTooDeep(text)) return { problem: `it is nested more than ${depthMax} levels deep` };
  const lines = new LineCounter();
  try {
    for (const token of new Parser(lines.addNewLine).parse(text)) {
      if (token.type === 'error') return { problem: describe(token.message, lines, token.offset) };
    }
    const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
    const [error] = document.errors;
    if (error !== undefined) return { problem: describe(error.message, lines, error.pos[0]) };
    const value: unknown = document.toJS({ maxAliasCount: aliasesMax });
    return { value };
  } catch (error) {
    return { problem: shorten(error instanceof Error ? error.message : String(error)) };
  }
}

/**
 * The library follows the text's nesting with its own calls, and where the stack ends within a regular expression, V8
 * ends the process. What nests by indentation alone needs more bytes than there are to get that deep.
 */
function isTooDeep(text: string): boolean {
  let brackets = 0;
  let indicatorsInLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1);
    else if (token === '-' || token === '?' || token === ':') indicatorsInLine++;
    else if (token === '\n' || token === '\r\n') indicatorsInLine = 0;
    if (brackets + (brackets === 0 ? indicatorsInLine : 0) > depthMax) return true;
  }
  return false;
}

function describe(message: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${shorten(message)} at line ${line}, column ${col}`;
}

function shorten(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.length > messageCharsMax ? `${line.slice(0, messageCharsMax)}…` : line;
}
