import type { Expression } from '../../tree/expression.ts';
import type { Path } from '../../tree/path.ts';
import { operandsOf } from '../../tree/walk-expression.ts';
import { aggregateIn } from './calls.ts';
import type { Series } from './series.ts';

export function matching(all: readonly Series[], pattern: string): Series[] {
  const form = pattern
    .split('.')
    .map((node) => (node === '**' ? String.raw`[^.]+(\.[^.]+)*` : node.replaceAll('*', '[^.]*')))
    .join(String.raw`\.`);
  const expression = new RegExp(`^${form}$`);
  return all.filter(({ path }) => expression.test(path));
}

export function textOfPath({ isAbsolute, nodes }: Path): string {
  const names = nodes.map((node) => {
    if (node.kind === 'any') return '*';
    if (node.kind === 'anyDepth') return '**';
    if (node.kind === 'name') return node.name;
    return `${node.anyBefore ? '*' : ''}${node.part}${node.anyBehind ? '*' : ''}`;
  });
  return (isAbsolute ? ['root', ...names] : names).join('.');
}

export function seriesFor(path: Path, from: readonly string[], all: readonly Series[]): Series[] {
  const text = textOfPath(path);
  return path.isAbsolute ? matching(all, text) : from.flatMap((prefix) => matching(all, `${prefix}.${text}`));
}

/** Every way to put series in the place of the paths. */
export function bindings(
  expression: Expression,
  from: readonly string[],
  all: readonly Series[],
  isCondition: boolean,
): Expression[] {
  if (expression.kind === 'series') {
    const found = seriesFor(expression.path, from, all);
    if (found.length === 0 && isCondition) return [{ kind: 'null', span: expression.span }];
    return found.map((series) => ({ ...expression, path: pathOf(series.path, expression.path) }));
  }
  if (expression.kind === 'call' && /^count_time$/i.test(expression.function.text)) return [expression];
  let partial: Expression[][] = [[]];
  const isRunCount = expression.kind === 'call' && /^count_if$/i.test(expression.function.text);
  for (const [index, operand] of operandsOf(expression).entries()) {
    const choices = isRunCount && index > 0 ? [operand] : bindings(operand, from, all, isCondition);
    partial = partial.flatMap((before) => choices.map((choice) => [...before, choice]));
  }
  return partial.map((operands) => withOperandsOf(expression, operands));
}

function withOperandsOf(expression: Expression, operands: readonly Expression[]): Expression {
  const [first, second, third] = operands;
  switch (expression.kind) {
    case 'call':
      if (aggregateIn(expression) && operands.some(({ kind }) => kind === 'null')) {
        const { span } = expression;
        return expression.function.text.toLowerCase() === 'count'
          ? { kind: 'integer', value: 0n, span }
          : { kind: 'null', span };
      }
      return { ...expression, arguments: operands };
    case 'arithmetic':
    case 'comparison':
      return { ...expression, left: first!, right: second! };
    case 'between':
      return { ...expression, operand: first!, low: second!, high: third! };
    case 'logical':
      return { ...expression, operands };
    case 'unary':
    case 'match':
    case 'in':
    case 'isNull':
      return { ...expression, operand: first! };
    default:
      return expression;
  }
}

function pathOf(text: string, { span }: Path): Path {
  const [, ...names] = text.split('.');
  return { isAbsolute: true, nodes: names.map((name) => ({ kind: 'name', name })), span };
}

export function pathsIn(expression: Expression): string[] {
  if (expression.kind === 'series') return expression.path.isAbsolute ? [textOfPath(expression.path)] : [];
  return operandsOf(expression).flatMap(pathsIn);
}
