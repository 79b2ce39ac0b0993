import type { Expression, SeriesOperand } from '../tree/expression.ts';
import { operandsOf } from '../tree/walk-expression.ts';
import { aggregateOf } from './aggregate-names.ts';

/**
 * The paths of an expression, in the order of the text. What count_time counts are not values of series, and what follows
 * the first argument of count_if are settings, in which `keep` is no series.
 */
export function seriesOperandsOf(expression: Expression): SeriesOperand[] {
  if (expression.kind === 'series') return [expression];
  return valuesOf(expression).flatMap(seriesOperandsOf);
}

/** The expression with something else in the place of each path, asked for in the order of the text. */
export function withOperands(expression: Expression, replace: (operand: SeriesOperand) => Expression): Expression {
  return rewritten(expression, (part) => (part.kind === 'series' ? replace(part) : undefined));
}

/** The expression with something else in the place of the parts for which there is something else, the outermost first. */
export function rewritten(expression: Expression, replace: (part: Expression) => Expression | undefined): Expression {
  const replaced = replace(expression);
  if (replaced !== undefined) return replaced;
  const inner = (operand: Expression): Expression => rewritten(operand, replace);
  switch (expression.kind) {
    case 'call': {
      const values = valuesOf(expression).map(inner);
      return { ...expression, arguments: [...values, ...expression.arguments.slice(values.length)] };
    }
    case 'unary':
    case 'match':
    case 'in':
    case 'isNull':
      return { ...expression, operand: inner(expression.operand) };
    case 'arithmetic':
    case 'comparison':
      return { ...expression, left: inner(expression.left), right: inner(expression.right) };
    case 'between': {
      const operand = inner(expression.operand);
      return { ...expression, operand, low: inner(expression.low), high: inner(expression.high) };
    }
    case 'logical':
      return { ...expression, operands: expression.operands.map(inner) };
    default:
      return expression;
  }
}

function valuesOf(expression: Expression): readonly Expression[] {
  switch (aggregateOf(expression)) {
    case 'count_time':
      return [];
    case 'count_if':
      return operandsOf(expression).slice(0, 1);
    default:
      return operandsOf(expression);
  }
}
