import type { IToken, ParserMethod } from 'chevrotain';
import {
  Comma,
  Dot,
  EqualSign,
  Integer,
  keywords,
  LeftBracket,
  LeftSquare,
  RightBracket,
  RightSquare,
} from '../lexer/tokens.ts';
import type { Duration } from '../tree/literal.ts';
import type { Name } from '../tree/path.ts';
import type { Fill, GroupBy, ResultColumn, SelectStatement, SortKey, TimeRange, TimeWindow } from '../tree/select.ts';
import { ExpressionGrammar } from './expression-grammar.ts';
import { spanOf } from './parser-base.ts';

/** What may follow HAVING, in any order. */
type Ending = Pick<
  SelectStatement,
  'fill' | 'orderBy' | 'limit' | 'offset' | 'seriesLimit' | 'seriesOffset' | 'alignBy'
>;

export class SelectGrammar extends ExpressionGrammar {
  readonly select: ParserMethod<[], SelectStatement> = this.RULE('select', () => {
    const first = this.CONSUME(keywords.SELECT);
    const isLast =
      this.OPTION({ GATE: () => this.isLastClause(), DEF: () => this.CONSUME(keywords.LAST) }) !== undefined;
    const columns: ResultColumn[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => columns.push(this.SUBRULE(this.resultColumn)) });
    this.CONSUME(keywords.FROM);
    const from = this.SUBRULE(this.pathPatterns);
    const where = this.OPTION1(() => this.SUBRULE(this.where));
    const groupBy = this.OPTION2(() => this.SUBRULE(this.groupBy));
    const having = this.OPTION3(() => {
      this.CONSUME(keywords.HAVING);
      return this.SUBRULE(this.wholeExpression);
    });
    const ending = this.SUBRULE(this.ending);
    return this.ACTION(
      (): SelectStatement => ({
        kind: 'select',
        isLast,
        columns,
        from,
        where,
        groupBy,
        having,
        ...ending,
        span: this.spanFrom(first),
      }),
    );
  });

  readonly resultColumn: ParserMethod<[], ResultColumn> = this.RULE('resultColumn', () => {
    const expression = this.SUBRULE(this.wholeExpression);
    const alias = this.OPTION(() => {
      this.CONSUME(keywords.AS);
      return this.SUBRULE(this.alias);
    });
    return this.ACTION(() => ({ expression, alias, span: this.spanFrom(expression.span) }));
  });

  readonly alias: ParserMethod<[], Name> = this.RULE('alias', () =>
    this.OR<Name>([
      { ALT: () => this.SUBRULE(this.name) },
      {
        ALT: () => {
          const { value, span } = this.SUBRULE(this.stringLiteral);
          return { text: value, span };
        },
      },
    ]),
  );

  readonly where: ParserMethod<[], SelectStatement['where']> = this.RULE('where', () => {
    this.CONSUME(keywords.WHERE);
    return this.SUBRULE(this.wholeExpression);
  });

  readonly groupBy: ParserMethod<[], GroupBy> = this.RULE('groupBy', () => {
    const first = this.CONSUME(keywords.GROUP);
    this.CONSUME(keywords.BY);
    let window: TimeWindow | undefined;
    let levels: readonly number[] = [];
    const given = new Set<string>();
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        this.OR([
          {
            ALT: () => {
              const another = this.SUBRULE(this.timeWindow);
              this.ACTION(() => {
                if (window) this.fail('SQL_INVALID', 'the time window is given twice', another.span);
              });
              window = another;
            },
          },
          {
            ALT: () => {
              this.onceOf(given, this.CONSUME(keywords.LEVEL));
              levels = this.SUBRULE(this.levels);
            },
          },
        ]);
      },
    });
    return this.ACTION(() => ({ window, levels, span: this.spanFrom(first) }));
  });

  readonly timeWindow: ParserMethod<[], TimeWindow> = this.RULE('timeWindow', () => {
    const first = this.LA(1);
    this.OPTION(() => this.CONSUME(keywords.TIME));
    this.CONSUME(LeftBracket);
    const range = this.OPTION1(() => {
      const timeRange = this.SUBRULE(this.timeRange);
      this.CONSUME(Comma);
      return timeRange;
    });
    const interval = this.SUBRULE(this.duration);
    const slidingStep = this.OPTION2((): Duration => {
      this.CONSUME1(Comma);
      return this.SUBRULE1(this.duration);
    });
    this.CONSUME(RightBracket);
    return this.ACTION(() => ({ range, interval, slidingStep, span: this.spanFrom(first) }));
  });

  readonly timeRange: ParserMethod<[], TimeRange> = this.RULE('timeRange', () => {
    const first = this.LA(1);
    return this.OR<TimeRange>([
      {
        ALT: () => {
          this.CONSUME(LeftSquare);
          const start = this.SUBRULE(this.timeExpression);
          this.CONSUME(Comma);
          const end = this.SUBRULE1(this.timeExpression);
          this.CONSUME(RightBracket);
          return this.ACTION(() => ({ start, end, includes: 'start', span: this.spanFrom(first) }));
        },
      },
      {
        ALT: () => {
          this.CONSUME(LeftBracket);
          const start = this.SUBRULE2(this.timeExpression);
          this.CONSUME1(Comma);
          const end = this.SUBRULE3(this.timeExpression);
          this.CONSUME(RightSquare);
          return this.ACTION(() => ({ start, end, includes: 'end', span: this.spanFrom(first) }));
        },
      },
    ]);
  });

  /** What follows LEVEL: `= 1, 2`. A comma may also lead to what else is grouped by. */
  readonly levels: ParserMethod<[], number[]> = this.RULE('levels', () => {
    this.CONSUME(EqualSign);
    const levels = [this.SUBRULE(this.count)];
    this.MANY({
      GATE: () => this.next(2, Integer),
      DEF: () => {
        this.CONSUME(Comma);
        levels.push(this.SUBRULE1(this.count));
      },
    });
    return levels;
  });

  /** IoTDB allows some orders; a reader need not know which. */
  readonly ending: ParserMethod<[], Ending> = this.RULE('ending', () => {
    const given = new Set<string>();
    const ending: { -readonly [key in keyof Ending]: Ending[key] } = {
      fill: undefined,
      orderBy: [],
      limit: undefined,
      offset: undefined,
      seriesLimit: undefined,
      seriesOffset: undefined,
      alignBy: 'time',
    };
    const once = (clause: IToken): void => this.onceOf(given, clause);
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            once(this.CONSUME(keywords.FILL));
            ending.fill = this.SUBRULE(this.fill);
          },
        },
        {
          ALT: () => {
            once(this.CONSUME(keywords.ORDER));
            this.CONSUME(keywords.BY);
            ending.orderBy = this.SUBRULE(this.sortKeys);
          },
        },
        {
          ALT: () => {
            once(this.CONSUME(keywords.LIMIT));
            ending.limit = this.SUBRULE(this.count);
          },
        },
        {
          ALT: () => {
            once(this.CONSUME(keywords.OFFSET));
            ending.offset = this.SUBRULE1(this.count);
          },
        },
        {
          ALT: () => {
            once(this.CONSUME(keywords.SLIMIT));
            ending.seriesLimit = this.SUBRULE2(this.count);
          },
        },
        {
          ALT: () => {
            once(this.CONSUME(keywords.SOFFSET));
            ending.seriesOffset = this.SUBRULE3(this.count);
          },
        },
        {
          ALT: () => {
            once(this.CONSUME(keywords.ALIGN));
            this.CONSUME1(keywords.BY);
            ending.alignBy = this.OR1<Ending['alignBy']>([
              { ALT: () => this.wordOf(this.CONSUME(keywords.TIME), 'time') },
              { ALT: () => this.wordOf(this.CONSUME(keywords.DEVICE), 'device') },
            ]);
          },
        },
      ]);
    });
    return ending;
  });

  readonly fill: ParserMethod<[], Fill> = this.RULE('fill', () => {
    const first = this.CONSUME(LeftBracket);
    const method = this.OR<Fill['method']>([
      { ALT: () => this.wordOf(this.CONSUME(keywords.PREVIOUS), 'previous') },
      { ALT: () => this.wordOf(this.CONSUME(keywords.LINEAR), 'linear') },
      { ALT: () => this.SUBRULE(this.constant) },
    ]);
    const within = this.OPTION(() => {
      const comma = this.CONSUME(Comma);
      this.ACTION(() => {
        if (method !== 'previous') this.fail('SQL_INVALID', 'only PREVIOUS takes a duration', spanOf(comma));
      });
      return this.SUBRULE(this.duration);
    });
    this.CONSUME(RightBracket);
    return this.ACTION(() => ({ method, within, span: this.spanFrom(first) }));
  });

  readonly sortKeys: ParserMethod<[], SortKey[]> = this.RULE('sortKeys', () => {
    const keys: SortKey[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => keys.push(this.SUBRULE(this.sortKey)) });
    return keys;
  });

  readonly sortKey: ParserMethod<[], SortKey> = this.RULE('sortKey', () => {
    const first = this.LA(1);
    const by = this.OR<SortKey['by']>([
      {
        GATE: () => !this.next(2, Dot, LeftBracket),
        ALT: () => this.wordOf(this.CONSUME(keywords.TIMESERIES), 'timeseries'),
      },
      { GATE: () => !this.next(2, Dot, LeftBracket), ALT: () => this.wordOf(this.CONSUME(keywords.DEVICE), 'device') },
      { ALT: () => this.SUBRULE(this.wholeExpression) },
    ]);
    const direction =
      this.OPTION(() =>
        this.OR1<SortKey['direction']>([
          { ALT: () => this.wordOf(this.CONSUME(keywords.ASC), 'ascending') },
          { ALT: () => this.wordOf(this.CONSUME(keywords.DESC), 'descending') },
        ]),
      ) ?? 'ascending';
    const nulls = this.OPTION1(() => {
      this.CONSUME(keywords.NULLS);
      return this.OR2<SortKey['nulls']>([
        { ALT: () => this.wordOf(this.CONSUME(keywords.FIRST), 'first') },
        { ALT: () => this.wordOf(this.CONSUME(keywords.LAST), 'last') },
      ]);
    });
    return this.ACTION(() => ({
      by: typeof by === 'object' && by.kind === 'time' ? 'time' : by,
      direction,
      nulls,
      span: this.spanFrom(first),
    }));
  });

  /** For clauses that stand once, in any order. */
  protected onceOf(given: Set<string>, clause: IToken): void {
    this.ACTION(() => {
      const name = clause.tokenType.name;
      if (given.has(name)) this.fail('SQL_INVALID', `${name} is given twice`, spanOf(clause));
      given.add(name);
    });
  }

  /** What a keyword is called in the tree. */
  protected wordOf<Word extends string>(_keyword: IToken, word: Word): Word {
    return word;
  }

  /** `last` may also be a series. */
  private isLastClause(): boolean {
    return this.beginsOperand(2);
  }
}
