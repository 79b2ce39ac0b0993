import { StatementError } from '../statement-error.ts';
import type { FunctionCall, SeriesOperand } from '../tree/expression.ts';

/** What count_time counts the rows of. @throws StatementError: it is not `*`. */
export function countTimeOperand(call: FunctionCall): SeriesOperand {
  const [operand] = call.arguments;
  const [node, ...others] = operand?.kind === 'series' ? operand.path.nodes : [];
  if (operand?.kind !== 'series' || operand.path.isAbsolute || node?.kind !== 'any' || others.length > 0) {
    throw new StatementError('STATEMENT_INVALID', 'count_time takes * and nothing else', call.span);
  }
  return operand;
}
