import type { Expression } from './expression.ts';

/** The operands and arguments that are expressions themselves. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'call':
      return expression.arguments;
    case 'arithmetic':
    case 'comparison':
      return [expression.left, expression.right];
    case 'between':
      return [expression.operand, expression.low, expression.high];
    case 'unary':
    case 'match':
    case 'in':
    case 'isNull':
      return [expression.operand];
    case 'logical':
      return expression.operands;
    default:
      return [];
  }
}

/** The first expression found more than `depthMax` deep. It keeps a stack of its own, so that no depth is too much for it. */
export function findDeeperThan(root: Expression, depthMax: number): Expression | undefined {
  const pending = [{ expression: root, depth: 1 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { expression, depth } = next;
    if (depth > depthMax) return expression;
    for (const operand of operandsOf(expression)) pending.push({ expression: operand, depth: depth + 1 });
  }
  return undefined;
}
