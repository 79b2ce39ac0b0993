import { describe, expect, it } from 'vitest';
import { StatementReader } from './statement-reader.ts';

function read(text: string): string[] {
  const reader = new StatementReader();
  const pieces = text.split('\n').flatMap((line) => reader.push(line));
  return [...pieces, ...reader.end()].map(({ kind, text: it, line }) => `${line} ${kind}: ${it}`);
}

describe('StatementReader', () => {
  it('ends statements at semicolons that are none of strings, names and comments', () => {
    expect(read("select ';', a -- no; end\nfrom root.`x;y`; show\ndatabases /* ; */ ;\nflush")).toEqual([
      "1 statement: select ';', a -- no; end\nfrom root.`x;y`",
      '2 statement: show\ndatabases /* ; */',
      '4 statement: flush',
    ]);
  });

  it('takes a backslash at the beginning of a line for a command, unless a statement is open', () => {
    expect(read("\\timing on\n\n  \\format csv ;\nselect '\n\\q\n';")).toEqual([
      '1 command: \\timing on',
      '3 command: \\format csv',
      "4 statement: select '\n\\q\n'",
    ]);
  });

  it('says where each begins, blanks and empty ones left aside', () => {
    expect(read('\n;;\n-- only a comment;\n\n  a;b;\n\nc;')).toEqual([
      '3 statement: -- only a comment;\n\n  a',
      '5 statement: b',
      '7 statement: c',
    ]);
    expect(read('/* nothing */ ;\n--')).toEqual([]);
  });

  it('knows whether one is open, and forgets it', () => {
    const reader = new StatementReader();
    reader.push('select a');
    expect(reader.isOpen).toBe(true);
    reader.clear();
    expect(reader.isOpen).toBe(false);
    expect(reader.end()).toEqual([]);
  });

  it('gives up on a statement without an end', () => {
    const reader = new StatementReader();
    const line = `'${'x'.repeat(1 << 20)}`;
    expect(() => {
      for (let count = 0; count < 5; count++) reader.push(line);
    }).toThrow(expect.objectContaining({ code: 'STATEMENT_UNFINISHED' }));
  });
});
