import { DataType, dataTypeName, isNull } from '@balsa/wire';
import type { ResultSet } from '../execute/result-set.ts';
import { executeQuery, type QueryOptions } from '../execute-query.ts';
import { parseStatement } from '../parse.ts';
import type { SeriesSource, SourceValue } from '../source/series-source.ts';
import type { SelectStatement } from '../tree/select.ts';

export type Cell = SourceValue | boolean | null;

export interface Table {
  /** Name and type, `Time` included where there is one. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export function selectOf(text: string): SelectStatement {
  const statement = parseStatement(text);
  if (statement.kind !== 'select') throw new Error(`${text} is no query`);
  return statement;
}

export async function runQuery(text: string, source: SeriesSource, options: QueryOptions = {}): Promise<Table> {
  return tableOf(await executeQuery(selectOf(text), source, { nowMs: 0, ...options }));
}

/** All of it, as a person would see it. */
export async function tableOf(result: ResultSet): Promise<Table> {
  const header = result.columns.map(({ name, dataType }) => `${name} ${dataTypeName(dataType)}`);
  const rows: Cell[][] = [];
  for await (const { times, columns } of result.blocks) {
    for (let row = 0; row < times.length; row++) {
      const cells = result.columns.map(({ blockColumn, dataType }): Cell => {
        const column = columns[blockColumn]!;
        if (isNull(column, row)) return null;
        if (dataType === DataType.BOOLEAN) return column.values[row] === 1;
        return column.values[row] as Cell;
      });
      rows.push(result.hasTime ? [times[row]!, ...cells] : cells);
    }
  }
  return { header: result.hasTime ? ['Time', ...header] : header, rows };
}
