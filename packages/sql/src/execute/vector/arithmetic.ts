import type { ArithmeticOperator } from '../../tree/expression.ts';

/** As doubles, whatever the types: a division by zero gives an infinity or NaN. */
export function calculate(
  operator: ArithmeticOperator,
  left: Float64Array,
  right: Float64Array,
  out: Float64Array,
): void {
  const rows = out.length;
  switch (operator) {
    case '+':
      for (let row = 0; row < rows; row++) out[row] = left[row]! + right[row]!;
      break;
    case '-':
      for (let row = 0; row < rows; row++) out[row] = left[row]! - right[row]!;
      break;
    case '*':
      for (let row = 0; row < rows; row++) out[row] = left[row]! * right[row]!;
      break;
    case '/':
      for (let row = 0; row < rows; row++) out[row] = left[row]! / right[row]!;
      break;
    case '%':
      for (let row = 0; row < rows; row++) out[row] = left[row]! % right[row]!;
      break;
  }
}
