import type { ResultBlock, ResultSet } from '@balsa/sql';
import { columnsOf, type Table } from './table.ts';

const rowsPerBlock = 1000;

/** A table of facts as a result without times. */
export function tableResult(table: Table): ResultSet {
  return {
    columns: table.columns.map(({ name, dataType }, blockColumn) => {
      return { name, expression: name, isAlias: false, dataType, series: undefined, blockColumn };
    }),
    hasTime: false,
    blocks: blocksOf(table),
    statistics: { scans: 0, rowsRead: 0, pointsRead: 0, summariesRead: 0, lastPointsRead: 0 },
    memoryBytesPeak: 0,
    close: () => Promise.resolve(),
  };
}

async function* blocksOf(table: Table): AsyncGenerator<ResultBlock, void, undefined> {
  for (let from = 0; from < table.rows.length; from += rowsPerBlock) {
    const to = Math.min(table.rows.length, from + rowsPerBlock);
    yield { times: new Float64Array(to - from), columns: columnsOf(table, from, to) };
  }
}
