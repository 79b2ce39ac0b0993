import type { ComparisonOperator } from '../../tree/expression.ts';

/** What can be compared with `<`. */
type Comparable = Float64Array | BigInt64Array | Uint8Array | readonly string[];

/** Into `out` 1 where it holds. NaN is unequal to everything, and neither smaller nor larger. */
export function compareColumns<Values extends Comparable>(
  operator: ComparisonOperator,
  left: Values,
  right: Values,
  out: Uint8Array,
): void {
  const rows = out.length;
  switch (operator) {
    case '=':
      for (let row = 0; row < rows; row++) out[row] = left[row] === right[row] ? 1 : 0;
      break;
    case '!=':
      for (let row = 0; row < rows; row++) out[row] = left[row] !== right[row] ? 1 : 0;
      break;
    case '<':
      for (let row = 0; row < rows; row++) out[row] = left[row]! < right[row]! ? 1 : 0;
      break;
    case '<=':
      for (let row = 0; row < rows; row++) out[row] = left[row]! <= right[row]! ? 1 : 0;
      break;
    case '>':
      for (let row = 0; row < rows; row++) out[row] = left[row]! > right[row]! ? 1 : 0;
      break;
    case '>=':
      for (let row = 0; row < rows; row++) out[row] = left[row]! >= right[row]! ? 1 : 0;
      break;
  }
}

/** The same with one value for all rows on the right. */
export function compareWith<Values extends Comparable>(
  operator: ComparisonOperator,
  left: Values,
  right: Values[number],
  out: Uint8Array,
): void {
  const rows = out.length;
  switch (operator) {
    case '=':
      for (let row = 0; row < rows; row++) out[row] = left[row] === right ? 1 : 0;
      break;
    case '!=':
      for (let row = 0; row < rows; row++) out[row] = left[row] !== right ? 1 : 0;
      break;
    case '<':
      for (let row = 0; row < rows; row++) out[row] = left[row]! < right ? 1 : 0;
      break;
    case '<=':
      for (let row = 0; row < rows; row++) out[row] = left[row]! <= right ? 1 : 0;
      break;
    case '>':
      for (let row = 0; row < rows; row++) out[row] = left[row]! > right ? 1 : 0;
      break;
    case '>=':
      for (let row = 0; row < rows; row++) out[row] = left[row]! >= right ? 1 : 0;
      break;
  }
}
