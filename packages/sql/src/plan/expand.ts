// One expression of a statement stands for one of each series that its paths match.

import type { Expression } from '../tree/expression.ts';
import type { BoundSeries } from './bound-series.ts';
import { seriesOperandsOf, withOperands } from './series-operands.ts';

/**
 * Every combination of what each path stands for, the last one changing fastest. A path that stands for nothing gives none,
 * or null where `isMissingNull`.
 */
export function* expansionsOf(
  expression: Expression,
  candidates: readonly (readonly BoundSeries[])[],
  isMissingNull: boolean,
): Generator<Expression> {
  const choices = candidates.map((series, index): readonly Expression[] => {
    if (series.length > 0 || !isMissingNull) return series;
    return [{ kind: 'null', span: seriesOperandsOf(expression)[index]!.span }];
  });
  if (choices.some(({ length }) => length === 0)) return;
  const chosen = choices.map(() => 0);
  for (;;) {
    let operand = 0;
    yield withOperands(expression, () => {
      const series = choices[operand]![chosen[operand]!]!;
      operand++;
      return series;
    });
    let last = chosen.length - 1;
    while (last >= 0 && chosen[last] === choices[last]!.length - 1) chosen[last--] = 0;
    if (last < 0) return;
    chosen[last]!++;
  }
}
