import type { Expression } from '../tree/expression.ts';
import type { Path } from '../tree/path.ts';
import { constantText } from './constant-text.ts';
import { pathText } from './names.ts';

/** How an expression is written. */
export interface ExpressionStyle {
  readonly pathText: (path: Path) => string;
  readonly functionText: (name: string) => string;
  readonly time: string;
  readonly and: string;
  readonly or: string;
}

const headerStyle: ExpressionStyle = {
  pathText: (path) => pathText(path),
  functionText: (name) => name,
  time: 'Time',
  and: '&',
  or: '|',
};

/**
 * The name of a result's column, as IoTDB prints it: `count(root.plant.line4.temperature)`. Names of functions keep their
 * case. Paths are printed as they are, unless `pathTextOf` knows better: which series a path stands for is the planner's
 * to say.
 *
 * ```ts
 * const statement = parseStatement('select count(temperature) from root.plant.line4');
 * if (statement.kind === 'select') {
 *   const header = (column: ResultColumn) =>
 *     expressionText(column.expression, (path) => `root.plant.line4.${pathText(path)}`);
 *   console.log(statement.columns.map(header).join());
 * }
 * ```
 */
export function expressionText(
  expression: Expression,
  pathTextOf: (path: Path) => string = headerStyle.pathText,
): string {
  const isPlain = pathTextOf === headerStyle.pathText;
  return styledText(expression, isPlain ? headerStyle : { ...headerStyle, pathText: pathTextOf });
}

/** The same, for a planner that asks again and again: each expression is written once. */
export function rememberedTexts(pathTextOf?: (path: Path) => string): (expression: Expression) => string {
  const texts = new Map<Expression, string>();
  return (expression) => {
    const known = texts.get(expression);
    if (known !== undefined) return known;
    const text = expressionText(expression, pathTextOf);
    texts.set(expression, text);
    return text;
  };
}

/** What binds tighter has the larger number. Brackets stand only where they are needed. */
const binding = { or: 1, and: 2, test: 3, sum: 4, product: 5, prefix: 6, operand: 7 } as const;

export function styledText(expression: Expression, style: ExpressionStyle): string {
  // Most of what is written, once for each series of a query.
  if (expression.kind === 'series') return style.pathText(expression.path);
  if (expression.kind === 'call') {
    const operands = expression.arguments.map((operand) => styledText(operand, style));
    return `${style.functionText(expression.function.text)}(${operands.join(', ')})`;
  }
  const text = (inner: Expression, bindingMin: number): string => {
    const written = styledText(inner, style);
    return bindingOf(inner) < bindingMin ? `(${written})` : written;
  };
  const not = (isNegated: boolean): string => (isNegated ? 'NOT ' : '');
  switch (expression.kind) {
    case 'time':
      return style.time;
    case 'unary':
      return unaryText(expression.operator, expression.operand, text);
    case 'arithmetic': {
      const own = bindingOf(expression);
      return `${text(expression.left, own)} ${expression.operator} ${text(expression.right, own + 1)}`;
    }
    case 'comparison':
      return `${text(expression.left, binding.test)} ${expression.operator} ${text(expression.right, binding.sum)}`;
    case 'match': {
      const word = expression.operator.toUpperCase();
      const pattern = constantText(expression.pattern);
      return `${text(expression.operand, binding.test)} ${not(expression.isNegated)}${word} ${pattern}`;
    }
    case 'between': {
      const bounds = `${text(expression.low, binding.sum)} AND ${text(expression.high, binding.sum)}`;
      return `${text(expression.operand, binding.test)} ${not(expression.isNegated)}BETWEEN ${bounds}`;
    }
    case 'in': {
      const values = expression.values.map(constantText).join(', ');
      return `${text(expression.operand, binding.test)} ${not(expression.isNegated)}IN (${values})`;
    }
    case 'isNull':
      return `${text(expression.operand, binding.test)} IS ${not(expression.isNegated)}NULL`;
    case 'logical': {
      const own = bindingOf(expression);
      return expression.operands.map((operand) => text(operand, own + 1)).join(` ${style[expression.operator]} `);
    }
    default:
      return constantText(expression);
  }
}

/** A sign right before a number would become a part of it, and two minus signs begin a comment. */
function unaryText(
  operator: '-' | '+' | 'not',
  operand: Expression,
  text: (inner: Expression, bindingMin: number) => string,
): string {
  if (operator === 'not') return `!${text(operand, binding.operand)}`;
  const isNumber = operand.kind === 'integer' || operand.kind === 'decimal';
  return `${operator}${isNumber ? `(${constantText(operand)})` : text(operand, binding.operand)}`;
}

function bindingOf(expression: Expression): number {
  switch (expression.kind) {
    case 'logical':
      return binding[expression.operator];
    case 'comparison':
    case 'match':
    case 'between':
    case 'in':
    case 'isNull':
      return binding.test;
    case 'arithmetic':
      return expression.operator === '+' || expression.operator === '-' ? binding.sum : binding.product;
    case 'unary':
      return binding.prefix;
    default:
      return binding.operand;
  }
}
