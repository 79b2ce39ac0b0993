import { DataType } from '@balsa/wire';
import type { FunctionCall } from '../../tree/expression.ts';
import type { SelectStatement } from '../../tree/select.ts';
import type { Cell } from '../run-query.ts';
import type { Row } from './row.ts';
import type { Value } from './series.ts';

export function finished(statement: SelectStatement, rows: readonly Row[], hasTime: boolean): readonly Row[] {
  let sorted = rows.slice();
  const keys = statement.orderBy;
  const isSorted = keys.length > 0 && (statement.alignBy === 'device' || (hasTime && keys[0]!.by !== 'time'));
  if (isSorted) {
    sorted = rows
      .map((row, at) => ({ row, at }))
      .sort((a, b) => {
        let next = 0;
        for (const { by, direction, nulls } of keys) {
          const index = typeof by === 'object' ? next++ : -1;
          const cellOf = (row: Row): Value =>
            by === 'time' ? (hasTime ? row.time : 0) : by === 'device' ? row.device : row.sortCells[index]!;
          const [one, other] = [cellOf(a.row), cellOf(b.row)];
          if (one === null || other === null) {
            if (one === other) continue;
            return (one === null ? 1 : -1) * (nulls === 'first' ? -1 : 1);
          }
          const sign = direction === 'descending' ? -1 : 1;
          if (one < other) return -sign;
          if (one > other) return sign;
          if (Number.isNaN(one) !== Number.isNaN(other)) return Number.isNaN(one) ? sign : -sign;
        }
        // What is left is by device and then by time.
        if (statement.alignBy === 'device' && keys[0]!.by === 'time' && a.row.device !== b.row.device)
          return a.row.device < b.row.device ? -1 : 1;
        return a.at - b.at;
      })
      .map(({ row }) => row);
  }
  const { offset = 0, limit } = statement;
  return sorted.slice(offset, limit === undefined ? undefined : offset + limit);
}

export function shown(cell: Value, type: DataType): Cell {
  return typeof cell === 'bigint' && type === DataType.INT32 ? Number(cell) : cell;
}

export function isCountTime(call: FunctionCall): boolean {
  return /^count_time$/i.test(call.function.text);
}
