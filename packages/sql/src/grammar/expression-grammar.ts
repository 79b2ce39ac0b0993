// From what binds loosest to what binds tightest: OR, AND, NOT, comparisons and tests, + and -, * / %, signs and `!`.

import type { IToken, ParserMethod } from 'chevrotain';
import {
  AndSign,
  Comma,
  ComparisonSign,
  Decimal,
  Dot,
  DoubleStar,
  EqualSign,
  Integer,
  keywords,
  LeftBracket,
  Minus,
  Name,
  NotSign,
  OrSign,
  Percent,
  Plus,
  RightBracket,
  Slash,
  Star,
} from '../lexer/tokens.ts';
import type { ArithmeticOperator, ComparisonOperator, Expression, Unary } from '../tree/expression.ts';
import type { Constant } from '../tree/literal.ts';
import type { PathNode } from '../tree/path.ts';
import { findDeeperThan } from '../tree/walk-expression.ts';
import { spanOf } from './parser-base.ts';
import { TermGrammar } from './term-grammar.ts';

export class ExpressionGrammar extends TermGrammar {
  /** With its depth checked: where a clause has an expression. */
  readonly wholeExpression: ParserMethod<[], Expression> = this.RULE('wholeExpression', () => {
    const expression = this.SUBRULE(this.expression);
    return this.ACTION(() => {
      const tooDeep = findDeeperThan(expression, this.limits.depthMax);
      if (tooDeep) this.failForDepth(tooDeep.span);
      return expression;
    });
  });

  readonly expression: ParserMethod<[], Expression> = this.RULE('expression', () => {
    this.ACTION(() => this.enterNested());
    const first = this.SUBRULE(this.conjunction);
    const operands = [first];
    this.MANY(() => {
      this.OR([{ ALT: () => this.CONSUME(keywords.OR) }, { ALT: () => this.CONSUME(OrSign) }]);
      operands.push(this.SUBRULE1(this.conjunction));
    });
    this.ACTION(() => this.leaveNested());
    return this.logical('or', operands);
  });

  readonly conjunction: ParserMethod<[], Expression> = this.RULE('conjunction', () => {
    const operands = [this.SUBRULE(this.negatable)];
    this.MANY(() => {
      this.OR([{ ALT: () => this.CONSUME(keywords.AND) }, { ALT: () => this.CONSUME(AndSign) }]);
      operands.push(this.SUBRULE1(this.negatable));
    });
    return this.logical('and', operands);
  });

  readonly negatable: ParserMethod<[], Expression> = this.RULE('negatable', () => {
    const negations: IToken[] = [];
    this.MANY(() => negations.push(this.CONSUME(keywords.NOT)));
    const operand = this.SUBRULE(this.predicate);
    return this.ACTION(() => this.prefixed(negations, operand));
  });

  readonly predicate: ParserMethod<[], Expression> = this.RULE('predicate', () => {
    let left = this.SUBRULE(this.sum);
    this.MANY(() => {
      left = this.OR<Expression>([
        {
          ALT: () => {
            const sign = this.OR1([
              { ALT: () => this.CONSUME(ComparisonSign) },
              { ALT: () => this.CONSUME(EqualSign) },
            ]);
            const right = this.SUBRULE1(this.sum);
            return this.ACTION(() => ({
              kind: 'comparison',
              operator: comparisonOf(sign.image),
              left,
              right,
              span: this.spanFrom(left.span),
            }));
          },
        },
        {
          ALT: () => {
            this.CONSUME(keywords.IS);
            const isNegated = this.OPTION(() => this.CONSUME(keywords.NOT)) !== undefined;
            this.CONSUME(keywords.NULL);
            return this.ACTION(() => ({ kind: 'isNull', isNegated, operand: left, span: this.spanFrom(left.span) }));
          },
        },
        {
          ALT: () => {
            const isNegated = this.OPTION1(() => this.CONSUME1(keywords.NOT)) !== undefined;
            return this.SUBRULE(this.test, { ARGS: [left, isNegated] });
          },
        },
      ]);
    });
    return left;
  });

  /** What may have NOT before it, behind its operand. */
  readonly test: ParserMethod<[operand: Expression, isNegated: boolean], Expression> = this.RULE(
    'test',
    (operand: Expression, isNegated: boolean) =>
      this.OR<Expression>([
        {
          ALT: () => {
            this.CONSUME(keywords.BETWEEN);
            const low = this.SUBRULE(this.sum);
            this.CONSUME(keywords.AND);
            const high = this.SUBRULE1(this.sum);
            return this.ACTION(() => ({
              kind: 'between',
              isNegated,
              operand,
              low,
              high,
              span: this.spanFrom(operand.span),
            }));
          },
        },
        {
          ALT: () => {
            this.CONSUME(keywords.IN);
            this.CONSUME(LeftBracket);
            const values: Constant[] = [];
            this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => values.push(this.SUBRULE(this.constant)) });
            this.CONSUME(RightBracket);
            return this.ACTION(() => ({ kind: 'in', isNegated, operand, values, span: this.spanFrom(operand.span) }));
          },
        },
        {
          ALT: () => {
            const word = this.OR1([
              { ALT: () => this.CONSUME(keywords.LIKE) },
              { ALT: () => this.CONSUME(keywords.REGEXP) },
            ]);
            const pattern = this.SUBRULE(this.stringLiteral);
            return this.ACTION(() => ({
              kind: 'match',
              operator: word.tokenType === keywords.LIKE ? 'like' : 'regexp',
              isNegated,
              operand,
              pattern,
              span: this.spanFrom(operand.span),
            }));
          },
        },
      ]),
  );

  readonly sum: ParserMethod<[], Expression> = this.RULE('sum', () => {
    let left = this.SUBRULE(this.product);
    this.MANY(() => {
      const sign = this.OR([{ ALT: () => this.CONSUME(Plus) }, { ALT: () => this.CONSUME(Minus) }]);
      const right = this.SUBRULE1(this.product);
      left = this.ACTION(() => this.arithmetic(left, sign, right));
    });
    return left;
  });

  readonly product: ParserMethod<[], Expression> = this.RULE('product', () => {
    let left = this.SUBRULE(this.factor);
    this.MANY(() => {
      const sign = this.OR([
        { ALT: () => this.CONSUME(Star) },
        { ALT: () => this.CONSUME(Slash) },
        { ALT: () => this.CONSUME(Percent) },
      ]);
      const right = this.SUBRULE1(this.factor);
      left = this.ACTION(() => this.arithmetic(left, sign, right));
    });
    return left;
  });

  /** A sign right before a number belongs to it: -5 is a number, -(5) is not. */
  readonly factor: ParserMethod<[], Expression> = this.RULE('factor', () => {
    const prefixes: IToken[] = [];
    this.MANY({
      GATE: () => !this.isSignedNumber(),
      DEF: () => {
        prefixes.push(
          this.OR([
            { ALT: () => this.CONSUME(NotSign) },
            { ALT: () => this.CONSUME(Plus) },
            { ALT: () => this.CONSUME(Minus) },
          ]),
        );
      },
    });
    const operand = this.SUBRULE(this.operand);
    return this.ACTION(() => this.prefixed(prefixes, operand));
  });

  readonly operand: ParserMethod<[], Expression> = this.RULE('operand', () => {
    this.ACTION(() => this.countOperand());
    return this.OR<Expression>([
      { GATE: () => !this.next(1, keywords.NOW) || this.next(2, LeftBracket), ALT: () => this.SUBRULE(this.constant) },
      {
        ALT: () => {
          const token = this.OR1([
            { ALT: () => this.CONSUME(keywords.TIME) },
            { ALT: () => this.CONSUME(keywords.TIMESTAMP) },
          ]);
          return this.ACTION(() => ({ kind: 'time', span: spanOf(token) }));
        },
      },
      {
        ALT: () => {
          this.CONSUME(LeftBracket);
          const inner = this.SUBRULE(this.expression);
          this.CONSUME(RightBracket);
          return inner;
        },
      },
      { GATE: () => this.next(2, LeftBracket), ALT: () => this.SUBRULE(this.call) },
      { ALT: () => this.SUBRULE(this.series) },
    ]);
  });

  readonly call: ParserMethod<[], Expression> = this.RULE('call', () => {
    const name = this.SUBRULE(this.name);
    this.CONSUME(LeftBracket);
    const operands: Expression[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => operands.push(this.SUBRULE(this.expression)) });
    this.CONSUME(RightBracket);
    return this.ACTION(
      (): Expression => ({
        kind: 'call',
        function: name,
        arguments: operands,
        span: this.spanFrom(name.span),
      }),
    );
  });

  readonly series: ParserMethod<[], Expression> = this.RULE('series', () => {
    const nodes: PathNode[] = [];
    const first = this.LA(1);
    const isAbsolute = this.OR([
      {
        ALT: () => {
          this.CONSUME(keywords.ROOT);
          return true;
        },
      },
      {
        GATE: () => this.next(1, Name, Star, DoubleStar),
        ALT: () => {
          nodes.push(this.SUBRULE(this.pathNode, { ARGS: [true] }));
          return false;
        },
      },
    ]);
    this.MANY(() => {
      this.CONSUME(Dot);
      nodes.push(this.SUBRULE1(this.pathNode, { ARGS: [true] }));
    });
    return this.ACTION((): Expression => {
      const span = this.spanFrom(first);
      return { kind: 'series', path: { isAbsolute, nodes, span }, span };
    });
  });

  private isSignedNumber(): boolean {
    return this.next(1, Plus, Minus) && this.next(2, Integer, Decimal);
  }

  private logical(operator: 'and' | 'or', operands: readonly Expression[]): Expression {
    const [first] = operands;
    if (operands.length === 1) return first!;
    return this.ACTION(() => ({ kind: 'logical', operator, operands, span: this.spanFrom(first!.span) }));
  }

  private prefixed(prefixes: readonly IToken[], operand: Expression): Expression {
    return prefixes.reduceRight<Expression>(
      (inner, prefix) => ({
        kind: 'unary',
        operator: prefixOf(prefix.image),
        operand: inner,
        span: this.spanFrom(prefix),
      }),
      operand,
    );
  }

  private arithmetic(left: Expression, sign: IToken, right: Expression): Expression {
    return {
      kind: 'arithmetic',
      operator: sign.image as ArithmeticOperator,
      left,
      right,
      span: this.spanFrom(left.span),
    };
  }
}

function prefixOf(image: string): Unary['operator'] {
  return image === '-' || image === '+' ? image : 'not';
}

function comparisonOf(image: string): ComparisonOperator {
  if (image === '==') return '=';
  if (image === '<>') return '!=';
  return image as ComparisonOperator;
}
