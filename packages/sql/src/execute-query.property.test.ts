// Random queries over random data: the executor against an evaluator that does it the slow way.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStatement } from './parse.ts';
import { printStatement } from './printer/print-statement.ts';
import { data, queriesByKind, sourceOptions } from './testing/arbitrary-queries.ts';
import { MemorySource } from './testing/memory-source.ts';
import { naiveTable } from './testing/naive/naive-table.ts';
import { roundedTable } from './testing/rounded-table.ts';
import { runQuery, selectOf } from './testing/run-query.ts';

const { BALSA_SQL_RUNS = '150' } = process.env;

describe.each(Object.entries(queriesByKind))('%s', (_kind, queries) => {
  it('are what they are said to be', async () => {
    await fc.assert(
      fc.asyncProperty(data, queries, sourceOptions, async (series, text, options) => {
        const expected = naiveTable(selectOf(text), series);
        const source = new MemorySource(series, options);
        expect(roundedTable(await runQuery(text, source))).toEqual(roundedTable(expected));
        expect(source.open).toBe(0);
      }),
      { numRuns: Number(BALSA_SQL_RUNS) },
    );
  }, 600_000);

  it('are printed and read as the same', () => {
    fc.assert(
      fc.property(queries, (text) => {
        const printed = printStatement(parseStatement(text));
        expect(printStatement(parseStatement(printed))).toBe(printed);
      }),
      { numRuns: 50 },
    );
  });
});
