import type { IToken, ParserMethod, TokenType } from 'chevrotain';
import { EqualSign, keywords, LeftBracket, RightBracket } from '../lexer/tokens.ts';
import type { Path } from '../tree/path.ts';
import type {
  CountNodesStatement,
  CountStatement,
  CountTimeseriesStatement,
  Fact,
  SchemaFilter,
  ShowDatabasesStatement,
} from '../tree/show.ts';
import type { ShowStatement } from '../tree/statement.ts';
import { SchemaGrammar } from './schema-grammar.ts';

type CountingStatement = CountTimeseriesStatement | CountNodesStatement | CountStatement;

interface Page {
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}

const factWords: readonly (readonly [TokenType, Fact])[] = [
  [keywords.VERSION, 'version'],
  [keywords.DATANODES, 'dataNodes'],
  [keywords.CONFIGNODES, 'configNodes'],
  [keywords.REGIONS, 'regions'],
  [keywords.VARIABLES, 'variables'],
  [keywords.CLUSTERID, 'clusterId'],
  [keywords.QUERIES, 'queries'],
  [keywords.CURRENT_TIMESTAMP, 'currentTimestamp'],
];

export class ShowGrammar extends SchemaGrammar {
  readonly show: ParserMethod<[], ShowStatement> = this.RULE('show', () => {
    const first = this.CONSUME(keywords.SHOW);
    return this.OR<ShowStatement>([
      { ALT: () => this.SUBRULE(this.showDatabases, { ARGS: [first] }) },
      { ALT: () => this.SUBRULE(this.showDevices, { ARGS: [first] }) },
      { ALT: () => this.SUBRULE(this.showTimeseries, { ARGS: [first] }) },
      { ALT: () => this.SUBRULE(this.showChildren, { ARGS: [first] }) },
      { ALT: () => this.SUBRULE(this.showTtl, { ARGS: [first] }) },
      { ALT: () => this.SUBRULE(this.showCluster, { ARGS: [first] }) },
      { ALT: () => this.SUBRULE(this.showFact, { ARGS: [first] }) },
    ]);
  });

  readonly showDatabases: ParserMethod<[first: IToken], ShowStatement> = this.RULE('showDatabases', (first: IToken) => {
    this.SUBRULE(this.databasesWord);
    const isDetailed = this.OPTION(() => this.CONSUME(keywords.DETAILS)) !== undefined;
    const pattern = this.OPTION1(() => this.SUBRULE(this.pathPattern));
    return this.ACTION(
      (): ShowDatabasesStatement => ({
        kind: 'showDatabases',
        pattern,
        isDetailed,
        span: this.spanFrom(first),
      }),
    );
  });

  readonly showDevices: ParserMethod<[first: IToken], ShowStatement> = this.RULE('showDevices', (first: IToken) => {
    this.CONSUME(keywords.DEVICES);
    const pattern = this.OPTION(() => this.SUBRULE(this.pathPattern));
    const withDatabase =
      this.OPTION1(() => {
        this.CONSUME(keywords.WITH);
        return this.SUBRULE(this.databaseWord);
      }) !== undefined;
    const where = this.OPTION2(() => this.SUBRULE(this.schemaFilter));
    const page = this.SUBRULE(this.page);
    return this.ACTION(
      (): ShowStatement => ({
        kind: 'showDevices',
        pattern,
        withDatabase,
        where,
        ...page,
        span: this.spanFrom(first),
      }),
    );
  });

  readonly showTimeseries: ParserMethod<[first: IToken], ShowStatement> = this.RULE(
    'showTimeseries',
    (first: IToken) => {
      const isLatest = this.OPTION(() => this.CONSUME(keywords.LATEST)) !== undefined;
      this.CONSUME(keywords.TIMESERIES);
      const pattern = this.OPTION1(() => this.SUBRULE(this.pathPattern));
      const where = this.OPTION2(() => this.SUBRULE(this.schemaFilter));
      const page = this.SUBRULE(this.page);
      return this.ACTION(
        (): ShowStatement => ({
          kind: 'showTimeseries',
          isLatest,
          pattern,
          where,
          ...page,
          span: this.spanFrom(first),
        }),
      );
    },
  );

  readonly showChildren: ParserMethod<[first: IToken], ShowStatement> = this.RULE('showChildren', (first: IToken) => {
    this.CONSUME(keywords.CHILD);
    const kind = this.OR<'showChildPaths' | 'showChildNodes'>([
      { ALT: () => this.wordOf(this.CONSUME(keywords.PATHS), 'showChildPaths') },
      { ALT: () => this.wordOf(this.CONSUME(keywords.NODES), 'showChildNodes') },
    ]);
    const pattern = this.OPTION(() => this.SUBRULE(this.pathPattern));
    return this.ACTION((): ShowStatement => ({ kind, pattern, span: this.spanFrom(first) }));
  });

  readonly showTtl: ParserMethod<[first: IToken], ShowStatement> = this.RULE('showTtl', (first: IToken) => {
    const patterns = this.OR<Path[] | undefined>([
      {
        ALT: () => {
          this.CONSUME(keywords.ALL);
          this.CONSUME(keywords.TTL);
          return undefined;
        },
      },
      {
        ALT: () => {
          this.CONSUME1(keywords.TTL);
          this.CONSUME(keywords.ON);
          return this.SUBRULE(this.pathPatterns);
        },
      },
    ]);
    return this.ACTION((): ShowStatement => ({ kind: 'showTtl', patterns, span: this.spanFrom(first) }));
  });

  readonly showCluster: ParserMethod<[first: IToken], ShowStatement> = this.RULE('showCluster', (first: IToken) => {
    this.CONSUME(keywords.CLUSTER);
    const isDetailed = this.OPTION(() => this.CONSUME(keywords.DETAILS)) !== undefined;
    return this.ACTION((): ShowStatement => ({ kind: 'showCluster', isDetailed, span: this.spanFrom(first) }));
  });

  readonly showFact: ParserMethod<[first: IToken], ShowStatement> = this.RULE('showFact', (first: IToken) => {
    const fact = this.OR<Fact>([
      {
        ALT: () => {
          this.CONSUME(keywords.AVAILABLE);
          return this.wordOf(this.CONSUME(keywords.URLS), 'availableUrls');
        },
      },
      ...factWords.map(([keyword, word]) => ({ ALT: () => this.wordOf(this.CONSUME(keyword), word) })),
    ]);
    return this.ACTION((): ShowStatement => ({ kind: 'showFact', fact, span: this.spanFrom(first) }));
  });

  readonly counting: ParserMethod<[], CountingStatement> = this.RULE('counting', () => {
    const first = this.CONSUME(keywords.COUNT);
    return this.OR<CountingStatement>([
      {
        ALT: () => {
          this.CONSUME(keywords.TIMESERIES);
          const pattern = this.OPTION(() => this.SUBRULE(this.pathPattern));
          const where = this.OPTION1(() => this.SUBRULE(this.schemaFilter));
          const level = this.OPTION2(() => {
            this.CONSUME(keywords.GROUP);
            this.CONSUME(keywords.BY);
            return this.SUBRULE(this.level);
          });
          return this.ACTION(() => ({ kind: 'countTimeseries', pattern, where, level, span: this.spanFrom(first) }));
        },
      },
      {
        ALT: () => {
          this.CONSUME(keywords.NODES);
          const pattern = this.SUBRULE1(this.pathPattern);
          const level = this.SUBRULE1(this.level);
          return this.ACTION(() => ({ kind: 'countNodes', pattern, level, span: this.spanFrom(first) }));
        },
      },
      {
        ALT: () => {
          const kind = this.OR1<CountStatement['kind']>([
            { ALT: () => this.wordOf(this.CONSUME(keywords.DEVICES), 'countDevices') },
            { ALT: () => this.wordOf(this.SUBRULE(this.databasesWord), 'countDatabases') },
          ]);
          const pattern = this.OPTION3(() => this.SUBRULE2(this.pathPattern));
          return this.ACTION(() => ({ kind, pattern, span: this.spanFrom(first) }));
        },
      },
    ]);
  });

  readonly databasesWord: ParserMethod<[], IToken> = this.RULE('databasesWord', () =>
    this.OR([
      { ALT: () => this.CONSUME(keywords.DATABASES) },
      {
        ALT: () => {
          this.CONSUME(keywords.STORAGE);
          return this.CONSUME(keywords.GROUP);
        },
      },
    ]),
  );

  readonly level: ParserMethod<[], number> = this.RULE('level', () => {
    this.CONSUME(keywords.LEVEL);
    this.CONSUME(EqualSign);
    return this.SUBRULE(this.count);
  });

  readonly schemaFilter: ParserMethod<[], SchemaFilter> = this.RULE('schemaFilter', () => {
    this.CONSUME(keywords.WHERE);
    return this.OR<SchemaFilter>([
      { GATE: () => this.next(2, keywords.CONTAINS), ALT: () => this.SUBRULE(this.pathContains) },
      { GATE: () => this.next(2, LeftBracket), ALT: () => this.SUBRULE(this.tagFilter) },
      {
        ALT: () => {
          const { key, value, span } = this.SUBRULE(this.attribute);
          return { kind: 'column', column: key, value, span };
        },
      },
    ]);
  });

  readonly pathContains: ParserMethod<[], SchemaFilter> = this.RULE('pathContains', () => {
    const first = this.LA(1);
    const of = this.OR<'timeseries' | 'device'>([
      { ALT: () => this.wordOf(this.CONSUME(keywords.TIMESERIES), 'timeseries') },
      { ALT: () => this.wordOf(this.CONSUME(keywords.DEVICE), 'device') },
    ]);
    this.CONSUME(keywords.CONTAINS);
    const text = this.SUBRULE(this.stringLiteral);
    return this.ACTION(
      (): SchemaFilter => ({ kind: 'pathContains', of, text: text.value, span: this.spanFrom(first) }),
    );
  });

  readonly tagFilter: ParserMethod<[], SchemaFilter> = this.RULE('tagFilter', () => {
    const first = this.CONSUME(keywords.TAGS);
    this.CONSUME(LeftBracket);
    const key = this.SUBRULE(this.attributeText);
    this.CONSUME(RightBracket);
    const operator = this.OR<'=' | 'contains'>([
      { ALT: () => this.wordOf(this.CONSUME(EqualSign), '=') },
      { ALT: () => this.wordOf(this.CONSUME(keywords.CONTAINS), 'contains') },
    ]);
    const value = this.SUBRULE1(this.attributeText);
    return this.ACTION(
      (): SchemaFilter => ({
        kind: 'tag',
        key: key.text,
        operator,
        value: value.text,
        span: this.spanFrom(first),
      }),
    );
  });

  /** LIMIT and OFFSET, in either order. */
  readonly page: ParserMethod<[], Page> = this.RULE('page', () => {
    const given = new Set<string>();
    let limit: number | undefined;
    let offset: number | undefined;
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.onceOf(given, this.CONSUME(keywords.LIMIT));
            limit = this.SUBRULE(this.count);
          },
        },
        {
          ALT: () => {
            this.onceOf(given, this.CONSUME(keywords.OFFSET));
            offset = this.SUBRULE1(this.count);
          },
        },
      ]);
    });
    return { limit, offset };
  });
}
