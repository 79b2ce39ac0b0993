// Names, paths and constants.

import type { IToken, ParserMethod } from 'chevrotain';
import {
  Comma,
  DateTime,
  Decimal,
  Dot,
  DoubleStar,
  DurationText,
  Integer,
  keywords,
  LeftBracket,
  Minus,
  Name as NameToken,
  Node,
  NotSign,
  Plus,
  QuotedName,
  RightBracket,
  Star,
  StringText,
} from '../lexer/tokens.ts';
import type { Span } from '../span.ts';
import { readDateTime } from '../text/date-time.ts';
import { readDuration } from '../text/duration.ts';
import { unquoted } from '../text/quoting.ts';
import type {
  BooleanLiteral,
  Constant,
  DecimalLiteral,
  Duration,
  IntegerLiteral,
  MovableTime,
  StringLiteral,
  TimeExpression,
} from '../tree/literal.ts';
import type { Name, Path, PathNode } from '../tree/path.ts';
import { ParserBase, spanOf } from './parser-base.ts';

/** Besides names. */
const operandTokens = [
  Integer,
  Decimal,
  StringText,
  DateTime,
  Star,
  DoubleStar,
  LeftBracket,
  Minus,
  Plus,
  NotSign,
  keywords.ROOT,
  keywords.TIME,
  keywords.TIMESTAMP,
  keywords.TRUE,
  keywords.FALSE,
  keywords.NULL,
  keywords.NAN,
];

export class TermGrammar extends ParserBase {
  readonly name: ParserMethod<[], Name> = this.RULE('name', () => {
    const token = this.CONSUME(NameToken);
    return this.ACTION(() => this.nameOf(token));
  });

  /** A path of one thing: no wildcards. */
  readonly fullPath: ParserMethod<[], Path> = this.RULE('fullPath', () => {
    const nodes: PathNode[] = [];
    const first = this.CONSUME(keywords.ROOT);
    this.MANY(() => {
      this.CONSUME(Dot);
      const token = this.CONSUME(Node);
      this.ACTION(() => nodes.push({ kind: 'name', name: this.nameOf(token).text }));
    });
    return this.ACTION(() => ({ isAbsolute: true, nodes, span: this.spanFrom(first) }));
  });

  /** A path from `root` that may hold wildcards. */
  readonly pathPattern: ParserMethod<[], Path> = this.RULE('pathPattern', () => {
    const first = this.CONSUME(keywords.ROOT);
    const nodes: PathNode[] = [];
    this.MANY(() => {
      this.CONSUME(Dot);
      nodes.push(this.SUBRULE(this.pathNode, { ARGS: [false] }));
    });
    return this.ACTION(() => ({ isAbsolute: true, nodes, span: this.spanFrom(first) }));
  });

  readonly pathPatterns: ParserMethod<[], Path[]> = this.RULE('pathPatterns', () => {
    const patterns: Path[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => patterns.push(this.SUBRULE(this.pathPattern)) });
    return patterns;
  });

  /** A node that may be a wildcard. In an expression, a star may also multiply. */
  readonly pathNode: ParserMethod<[isInExpression: boolean], PathNode> = this.RULE(
    'pathNode',
    (isInExpression: boolean) =>
      this.OR<PathNode>([
        {
          ALT: () => {
            this.CONSUME(DoubleStar);
            return { kind: 'anyDepth' };
          },
        },
        {
          ALT: () => {
            this.CONSUME(Star);
            const part = this.OPTION({ GATE: () => this.isAdjacent(1), DEF: () => this.CONSUME1(Node) });
            if (!part) return { kind: 'any' };
            const anyBehind = this.OPTION1({
              GATE: () => this.isWildcardBehind(isInExpression),
              DEF: () => this.CONSUME1(Star),
            });
            return this.ACTION(() => this.patternOf(true, part, anyBehind !== undefined));
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME2(Node);
            const anyBehind = this.OPTION2({
              GATE: () => this.isWildcardBehind(isInExpression),
              DEF: () => this.CONSUME2(Star),
            });
            return this.ACTION(() =>
              anyBehind ? this.patternOf(false, token, true) : { kind: 'name', name: this.nameOf(token).text },
            );
          },
        },
      ]),
  );

  readonly constant: ParserMethod<[], Constant> = this.RULE('constant', () =>
    this.OR<Constant>([
      { ALT: () => this.SUBRULE(this.number) },
      { ALT: () => this.SUBRULE(this.stringLiteral) },
      { ALT: () => this.booleanOf(this.CONSUME(keywords.TRUE), true) },
      { ALT: () => this.booleanOf(this.CONSUME(keywords.FALSE), false) },
      {
        ALT: () => {
          const token = this.CONSUME(keywords.NULL);
          return this.ACTION(() => ({ kind: 'null', span: spanOf(token) }));
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(keywords.NAN);
          return this.ACTION(() => ({ kind: 'decimal', value: Number.NaN, text: 'NaN', span: spanOf(token) }));
        },
      },
      { ALT: () => this.SUBRULE(this.movableTime) },
    ]),
  );

  readonly timeExpression: ParserMethod<[], TimeExpression> = this.RULE('timeExpression', () =>
    this.OR<TimeExpression>([
      { ALT: () => this.SUBRULE(this.signedInteger) },
      { ALT: () => this.SUBRULE(this.movableTime) },
    ]),
  );

  /** A date or `now()`, and what is added to it or taken away. */
  readonly movableTime: ParserMethod<[], MovableTime> = this.RULE('movableTime', () => {
    let time = this.OR<MovableTime>([
      {
        ALT: () => {
          const token = this.CONSUME(DateTime);
          return this.ACTION(() => this.literalOr(readDateTime(token.image, spanOf(token)), spanOf(token)));
        },
      },
      {
        ALT: () => {
          const first = this.CONSUME(keywords.NOW);
          this.CONSUME(LeftBracket);
          this.CONSUME(RightBracket);
          return this.ACTION(() => ({ kind: 'now', span: this.spanFrom(first) }));
        },
      },
    ]);
    let shifts = 0;
    this.MANY({
      GATE: () => this.next(2, DurationText),
      DEF: () => {
        const sign = this.signToken();
        const duration = this.SUBRULE(this.duration);
        time = this.ACTION(() => {
          const operator = sign.image === '-' ? '-' : '+';
          if (++shifts > this.limits.depthMax) this.failForDepth(duration.span);
          return { kind: 'timeShift', time, operator, duration, span: this.spanFrom(time.span) };
        });
      },
    });
    return time;
  });

  readonly duration: ParserMethod<[], Duration> = this.RULE('duration', () => {
    const token = this.CONSUME(DurationText);
    return this.ACTION(() => this.literalOr(readDuration(token.image, spanOf(token)), spanOf(token)));
  });

  readonly number: ParserMethod<[], IntegerLiteral | DecimalLiteral> = this.RULE('number', () => {
    const sign = this.OPTION(() => this.signToken());
    const digits = this.OR([{ ALT: () => this.CONSUME(Integer) }, { ALT: () => this.CONSUME(Decimal) }]);
    return this.ACTION(() => this.numberOf(sign, digits));
  });

  readonly signedInteger: ParserMethod<[], IntegerLiteral> = this.RULE('signedInteger', () => {
    const sign = this.OPTION(() => this.signToken());
    const digits = this.CONSUME(Integer);
    return this.ACTION(() => this.integerOf(sign, digits));
  });

  readonly stringLiteral: ParserMethod<[], StringLiteral> = this.RULE('stringLiteral', () => {
    const token = this.CONSUME(StringText);
    return this.ACTION((): StringLiteral => ({ kind: 'string', value: unquoted(token.image), span: spanOf(token) }));
  });

  /** How many, or which one. */
  readonly count: ParserMethod<[], number> = this.RULE('count', () => {
    const token = this.CONSUME(Integer);
    return this.ACTION(() => {
      const value = Number(token.image);
      if (!Number.isSafeInteger(value)) this.fail('SQL_INVALID', 'this number is too large', spanOf(token));
      return value;
    });
  });

  /** Whether the token at `distance` can begin an operand of an expression. */
  protected beginsOperand(distance: number): boolean {
    return this.next(distance, NameToken, ...operandTokens);
  }

  protected signToken(): IToken {
    return this.OR9([{ ALT: () => this.CONSUME9(Plus) }, { ALT: () => this.CONSUME9(Minus) }]);
  }

  protected numberOf(sign: IToken | undefined, digits: IToken): IntegerLiteral | DecimalLiteral {
    return digits.tokenType === Integer ? this.integerOf(sign, digits) : this.decimalOf(sign, digits);
  }

  private integerOf(sign: IToken | undefined, digits: IToken): IntegerLiteral {
    const value = BigInt(this.digitsOf(digits));
    return { kind: 'integer', value: sign?.image === '-' ? -value : value, span: this.spanFrom(sign ?? digits) };
  }

  private decimalOf(sign: IToken | undefined, digits: IToken): DecimalLiteral {
    const text = `${sign?.image === '-' ? '-' : ''}${this.digitsOf(digits)}`;
    return { kind: 'decimal', value: Number(text), text, span: this.spanFrom(sign ?? digits) };
  }

  private digitsOf(digits: IToken): string {
    const { numberCharsMax } = this.limits;
    if (digits.image.length > numberCharsMax) {
      this.fail('SQL_OVER_LIMITS', `a number may have ${numberCharsMax} characters`, spanOf(digits));
    }
    return digits.image;
  }

  private booleanOf(token: IToken, value: boolean): BooleanLiteral {
    return this.ACTION(() => ({ kind: 'boolean', value, span: spanOf(token) }));
  }

  private literalOr<Literal extends object>(read: Literal | string, span: Span): Literal {
    return typeof read === 'string' ? this.fail('SQL_INVALID', read, span) : read;
  }

  private isWildcardBehind(isInExpression: boolean): boolean {
    return this.isAdjacent(1) && !(isInExpression && this.beginsOperand(2));
  }

  protected nameOf(token: IToken): Name {
    const text = token.tokenType === QuotedName ? unquoted(token.image) : token.image;
    if (text === '') this.fail('SQL_INVALID', 'a name cannot be empty', spanOf(token));
    return { text, span: spanOf(token) };
  }

  private patternOf(anyBefore: boolean, part: IToken, anyBehind: boolean): PathNode {
    return { kind: 'pattern', anyBefore, part: this.nameOf(part).text, anyBehind };
  }
}
