// What faces a person's text. The targets have the form that Balsa's fuzzer takes (`FuzzTarget` of @balsa/wire/fuzz),
// without depending on it.

import { SqlError } from '../errors.ts';
import { clauseWords, reservedWords, softWords } from '../lexer/keywords.ts';
import { parseStatements } from '../parse.ts';
import { aggregateNames } from '../plan/aggregate-names.ts';
import { printStatement } from '../printer/print-statement.ts';
import { executionRefusalOf, querySamples } from './execution.ts';
import { samples } from './samples.ts';

export interface SqlFuzzTarget {
  readonly name: string;
  /** Inputs that are accepted. */
  readonly corpus: readonly Buffer[];
  readonly words?: readonly string[];
  /** Why the input is refused; `undefined` if it is accepted. Throws, or rejects, if a promise is broken. */
  probe(input: Buffer): string | undefined | Promise<string | undefined>;
}

const signs = [
  '`',
  "'",
  '"',
  '**',
  '.*',
  '*a',
  'a*',
  '--',
  '/*',
  '*/',
  ';',
  '(',
  ')',
  '[',
  ']',
  '<>',
  '==',
  '&&',
  '||',
];
const seriesNames = ['s1', 's2', 't', 'b', 'm', 'f', 'i', 'root.x.d1', 'root.**', 'keep'];
const literals = ['1', '-1.5e3', '.5', '1d2h', '2024-01-31', '2024-01-31T08:00:00.5+08:00', 'now()', "'a'", '温度'];

const words = [...signs, ...literals, ...[...reservedWords, ...clauseWords, ...softWords].map((word) => ` ${word} `)];

export const sqlTargets: readonly SqlFuzzTarget[] = [
  {
    name: 'sql/statements',
    corpus: samples.map((sample) => Buffer.from(sample)),
    words,
    probe: (input) => refusalOf(input.toString('utf8')),
  },
  {
    name: 'sql/execution',
    corpus: querySamples.map((sample) => Buffer.from(sample)),
    words: [...words, ...aggregateNames.map((name) => ` ${name}(`), ...seriesNames],
    probe: (input) => executionRefusalOf(input.toString('utf8')),
  },
];

/** What is accepted is printed, and that is read as the same. */
export function refusalOf(text: string): string | undefined {
  let printed: string[];
  try {
    printed = Array.from(parseStatements(text), printStatement);
  } catch (error) {
    if (error instanceof SqlError) return error.message;
    throw error;
  }
  const again = Array.from(parseStatements(printed.join(';\n')), printStatement);
  if (again.join('\n') !== printed.join('\n')) {
    throw new Error(`${JSON.stringify(printed)} is read as ${JSON.stringify(again)}`);
  }
  return undefined;
}
