import type { DataType } from '@balsa/wire';
import { nullColumn, pickRows, type Rows } from './rows.ts';
import type { Evaluator } from './vector/evaluator.ts';
import { isAllNull, isNullAt } from './vector/nulls.ts';

/** A column of a result: computed, or null throughout where a device has no such series. */
export interface OutputColumn {
  readonly dataType: DataType;
  readonly evaluator: Evaluator | undefined;
}

export async function* projectRows(
  blocks: AsyncGenerator<Rows, void, undefined>,
  outputs: readonly OutputColumn[],
): AsyncGenerator<Rows, void, undefined> {
  for await (const rows of blocks) {
    const columns = outputs.map(
      ({ dataType, evaluator }) => evaluator?.column(rows) ?? nullColumn(dataType, rows.times.length),
    );
    yield { times: rows.times, columns };
  }
}

/** Without the rows that have no value in any of the first `count` columns. */
export async function* dropEmptyRows(
  blocks: AsyncGenerator<Rows, void, undefined>,
  count: number,
): AsyncGenerator<Rows, void, undefined> {
  for await (const rows of blocks) {
    const total = rows.times.length;
    const columns = rows.columns.slice(0, count).filter(({ nulls }) => !isAllNull(nulls, total));
    if (columns.some(({ nulls }) => nulls === undefined)) {
      yield rows;
      continue;
    }
    const picked = new Uint32Array(total);
    let kept = 0;
    for (let row = 0; row < total; row++) {
      if (columns.some(({ nulls }) => !isNullAt(nulls, row))) picked[kept++] = row;
    }
    if (kept === total) yield rows;
    else if (kept > 0) yield pickRows(rows, picked.subarray(0, kept));
  }
}
