import type { Span } from '../span.ts';
import type { Constant, StringLiteral } from './literal.ts';
import type { Name, Path } from './path.ts';

export type Expression =
  | Constant
  | TimeColumn
  | SeriesOperand
  | FunctionCall
  | Unary
  | Arithmetic
  | Comparison
  | TextMatch
  | Between
  | InList
  | IsNull
  | Logical;

/** The time of a row: `time` or `timestamp`. */
export interface TimeColumn {
  readonly kind: 'time';
  readonly span: Span;
}

export interface SeriesOperand {
  readonly kind: 'series';
  readonly path: Path;
  readonly span: Span;
}

/** An aggregation or any other function; which there are is the planner's to know. */
export interface FunctionCall {
  readonly kind: 'call';
  /** In the case it was written in, which a result's header repeats. */
  readonly function: Name;
  readonly arguments: readonly Expression[];
  readonly span: Span;
}

/** A sign before an operand, or NOT. */
export interface Unary {
  readonly kind: 'unary';
  readonly operator: '-' | '+' | 'not';
  readonly operand: Expression;
  readonly span: Span;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

export interface Arithmetic {
  readonly kind: 'arithmetic';
  readonly operator: ArithmeticOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface Comparison {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

export interface TextMatch {
  readonly kind: 'match';
  readonly operator: 'like' | 'regexp';
  readonly isNegated: boolean;
  readonly operand: Expression;
  readonly pattern: StringLiteral;
  readonly span: Span;
}

/** Both bounds included. */
export interface Between {
  readonly kind: 'between';
  readonly isNegated: boolean;
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
  readonly span: Span;
}

export interface InList {
  readonly kind: 'in';
  readonly isNegated: boolean;
  readonly operand: Expression;
  readonly values: readonly Constant[];
  readonly span: Span;
}

export interface IsNull {
  readonly kind: 'isNull';
  readonly isNegated: boolean;
  readonly operand: Expression;
  readonly span: Span;
}

/** `a AND b AND c` is one node of three operands, so that a long list of conditions is not a deep tree. */
export interface Logical {
  readonly kind: 'logical';
  readonly operator: 'and' | 'or';
  readonly operands: readonly Expression[];
  readonly span: Span;
}
