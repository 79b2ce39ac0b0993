import { DataType } from '@balsa/wire';
import type { Expression } from '../../tree/expression.ts';
import type { SelectStatement } from '../../tree/select.ts';
import { lengthOf } from './evaluate.ts';
import type { Row } from './row.ts';
import { type Value, wholeTypes } from './series.ts';

export function fillIn(
  { fill }: SelectStatement,
  rows: readonly Row[],
  types: readonly (DataType | undefined)[],
): void {
  if (!fill) return;
  for (const [column, type] of types.entries()) {
    const original = rows.map(({ cells }) => cells[column]!);
    for (const [at, row] of rows.entries()) {
      if (original[at] !== null || type === undefined) continue;
      const before = original.findLastIndex((value, index) => index < at && value !== null);
      const behind = original.findIndex((value, index) => index > at && value !== null);
      if (fill.method === 'previous') {
        const isNear =
          before >= 0 && (!fill.within || Math.abs(rows[before]!.time - row.time) <= lengthOf(fill.within));
        if (isNear) row.cells[column] = original[before]!;
      } else if (fill.method === 'linear') {
        const isNumber = [DataType.INT32, DataType.INT64, DataType.FLOAT, DataType.DOUBLE].some((one) => one === type);
        if (!isNumber || before < 0 || behind < 0) continue;
        const [start, end] = [Number(original[before]), Number(original[behind])];
        const share = (row.time - rows[before]!.time) / (rows[behind]!.time - rows[before]!.time);
        const value = start + (end - start) * share;
        row.cells[column] = wholeTypes.includes(type)
          ? BigInt(Math.trunc(value))
          : type === DataType.FLOAT
            ? Math.fround(value)
            : value;
      } else {
        row.cells[column] = constantFor(fill.method as Expression, type);
      }
    }
  }
}

function constantFor(constant: Expression, type: DataType): Value {
  const isText = type === DataType.TEXT || type === DataType.STRING;
  switch (constant.kind) {
    case 'integer':
      if (wholeTypes.includes(type)) return constant.value;
      return type === DataType.FLOAT || type === DataType.DOUBLE ? Number(constant.value) : null;
    case 'decimal':
      return type === DataType.FLOAT || type === DataType.DOUBLE ? constant.value : null;
    case 'boolean':
      return type === DataType.BOOLEAN ? constant.value : null;
    case 'string':
      return isText ? constant.value : null;
    default:
      return null;
  }
}
