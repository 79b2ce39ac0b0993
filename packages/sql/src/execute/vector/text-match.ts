import { DataType, dataTypeName } from '@balsa/wire';
import { RE2JS } from 're2js';
import { StatementError } from '../../statement-error.ts';
import type { TextMatch } from '../../tree/expression.ts';
import { type Evaluator, isText, nullEvaluator } from './evaluator.ts';
import { likeMatcher } from './like.ts';
import { isNullAt, withNulls } from './nulls.ts';

/** What matching costs is the product of the lengths of pattern and text. */
const patternCharsMax = 1000;
const charsPerCheck = 1 << 16;

/** LIKE speaks of the whole text, REGEXP of any part of it. */
export function textMatchOf(match: TextMatch, operand: Evaluator, check: () => void): Evaluator {
  const { dataType } = operand;
  if (dataType === undefined) return { ...nullEvaluator, dataType: DataType.BOOLEAN };
  if (!isText(dataType)) {
    const reason = `${match.operator.toUpperCase()} takes a text, not ${dataTypeName(dataType)}`;
    throw new StatementError('OPERAND_TYPE_MISMATCH', reason, match.operand.span);
  }
  if (match.pattern.value.length > patternCharsMax) {
    const reason = `a pattern may have ${patternCharsMax} characters; this one has ${match.pattern.value.length}`;
    throw new StatementError('QUERY_OVER_LIMITS', reason, match.pattern.span);
  }
  const fits = match.operator === 'like' ? likeMatcher(match.pattern.value) : regexpMatcher(match);
  const onMatch = match.isNegated ? 0 : 1;
  return {
    dataType: DataType.BOOLEAN,
    column: (rows) => {
      const { values, nulls } = operand.column(rows);
      const out = new Uint8Array(rows.times.length);
      let unchecked = 0;
      for (let row = 0; row < out.length; row++) {
        if (isNullAt(nulls, row)) continue;
        const text = values[row] as string;
        out[row] = fits(text) ? onMatch : 1 - onMatch;
        unchecked += text.length;
        if (unchecked < charsPerCheck) continue;
        unchecked = 0;
        check();
      }
      return withNulls(out, nulls);
    },
  };
}

function regexpMatcher({ pattern }: TextMatch): (text: string) => boolean {
  try {
    const expression = RE2JS.compile(pattern.value);
    return (text) => expression.matcher(text).find();
  } catch (error) {
    const detail = error instanceof Error ? `: ${error.message}` : '';
    const reason = `this is no regular expression that is known here${detail}`;
    throw new StatementError('STATEMENT_INVALID', reason, pattern.span, { cause: error });
  }
}
