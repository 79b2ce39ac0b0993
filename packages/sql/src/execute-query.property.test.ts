// Random queries over random data: the executor against an evaluator that does it the slow way.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStatement } from './parse.ts';
import { printStatement } from './printer/print-statement.ts';
import { data, queriesByKind, sourceOptions } from './testing/arbitrary-queries.ts';
import { MemorySource } from './testing/memory-source.ts';
import { naiveTable } from './testing/naive/naive-table.ts';
import { type Cell, runQuery, selectOf, type Table } from './testing/run-query.ts';

const { BALSA_SQL_RUNS = '150' } = process.env;

/** Sums of squares depend on the order in which they are added up. */
function rounded({ header, rows }: Table): Table {
  const roundedCell = (cell: Cell): Cell =>
    typeof cell === 'number' && Number.isFinite(cell) ? Number(cell.toPrecision(9)) + 0 : cell;
  return { header, rows: rows.map((row) => row.map(roundedCell)) };
}

describe.each(Object.entries(queriesByKind))('%s', (_kind, queries) => {
  it('are what they are said to be', async () => {
    await fc.assert(
      fc.asyncProperty(data, queries, sourceOptions, async (series, text, options) => {
        const expected = naiveTable(selectOf(text), series);
        const source = new MemorySource(series, options);
        expect(rounded(await runQuery(text, source))).toEqual(rounded(expected));
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
