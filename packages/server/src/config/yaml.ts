// YAML of which only the first fault is told. The library looks for all of them and takes a long time to describe each:
// 64 KiB of closing brackets kept it busy for six seconds, with 140 MB of errors.

import { LineCounter, Parser, parseDocument } from 'yaml';

const aliasesMax = 100;
/** The library quotes the text, as much as there is. */
const messageCharsMax = 200;

/** The value of the text, or one line that says why it has none. */
export function readYaml(text: string): { readonly value?: unknown; readonly problem?: string } {
  const lines = new LineCounter();
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'error') return { problem: describe(token.message, lines, token.offset) };
  }
  try {
    const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
    const [error] = document.errors;
    if (error !== undefined) return { problem: describe(error.message, lines, error.pos[0]) };
    const value: unknown = document.toJS({ maxAliasCount: aliasesMax });
    return { value };
  } catch (error) {
    return { problem: shorten(error instanceof Error ? error.message : String(error)) };
  }
}

function describe(message: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${shorten(message)} at line ${line}, column ${col}`;
}

function shorten(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.length > messageCharsMax ? `${line.slice(0, messageCharsMax)}…` : line;
}
