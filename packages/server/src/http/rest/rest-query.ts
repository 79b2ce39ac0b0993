// The answer to a query in the shape that IoTDB's REST clients read: columns of cells, with the names of expressions for points and of
// columns for anything else.

import type { ColumnHeader, ResultSet } from '@balsa/sql';
import { DataType, dataTypeName, StatusCode } from '@balsa/wire';
import { Refusal } from '../../service/refusal.ts';
import type { StatementOutcome } from '../../sql/statement-service.ts';
import { type Cell, cellsOf } from '../result-json.ts';

export interface RestResult {
  /** Of points; `null` where `columnNames` says what the columns are. */
  readonly expressions: readonly string[] | null;
  readonly columnNames: readonly string[] | null;
  readonly dataTypes: readonly string[];
  /** `null`: rows have no times. */
  readonly timestamps: readonly number[] | null;
  /** Column by column. */
  readonly values: readonly (readonly Cell[])[];
}

/** Of SELECT LAST; IoTDB's REST has names of its own for these. */
const lastNames: readonly string[] = ['timeseries', 'value', 'dataType'];

/**
 * Takes the whole result, and closes it.
 * @throws Refusal ROW_LIMIT_EXCEEDED: it has more rows than that.
 */
export async function restResultOf(
  { of, result }: Extract<StatementOutcome, { readonly kind: 'rows' }>,
  rowsMax: number,
): Promise<RestResult> {
  const timestamps: number[] = [];
  const values: Cell[][] = result.columns.map(() => []);
  try {
    for await (const { times, columns } of result.blocks) {
      if (timestamps.length + times.length > rowsMax) {
        const message = `the result has more than ${rowsMax} rows: raise row_limit, add LIMIT, or take it as text/csv or application/x-ndjson`;
        throw new Refusal(StatusCode.ROW_LIMIT_EXCEEDED, message);
      }
      for (const time of times) timestamps.push(time);
      for (const [i, header] of result.columns.entries()) {
        const cells = cellsOf(columns[header.blockColumn]!, times.length, header.dataType === DataType.BOOLEAN);
        for (const cell of cells) values[i]!.push(cell);
      }
    }
  } finally {
    await result.close();
  }
  return {
    expressions: of === 'points' ? result.columns.map(({ name }) => name) : null,
    columnNames: of === 'points' ? null : namesOf(of, result.columns),
    dataTypes: result.columns.map(({ dataType }) => dataTypeName(dataType)),
    timestamps: timesOf(of, result, timestamps),
    values,
  };
}

function namesOf(of: 'last' | 'facts', columns: readonly ColumnHeader[]): readonly string[] {
  return of === 'last' ? lastNames : columns.map(({ name }) => name);
}

/** An aggregation over everything has one row, and IoTDB gives it the time 0; tables of facts have no times at all. */
function timesOf(
  of: 'points' | 'last' | 'facts',
  { hasTime }: ResultSet,
  timestamps: readonly number[],
): readonly number[] | null {
  if (of === 'facts') return null;
  return hasTime ? timestamps : timestamps.map(() => 0);
}
