// Databases, series and TTLs.

import type { IToken, ParserMethod } from 'chevrotain';
import {
  Comma,
  Decimal,
  EqualSign,
  Integer,
  keywords,
  LeftBracket,
  Node,
  RightBracket,
  StringText,
} from '../lexer/tokens.ts';
import { unquoted } from '../text/quoting.ts';
import type { Name, Path } from '../tree/path.ts';
import type {
  AlignedMeasurement,
  Attribute,
  CreateAlignedTimeseriesStatement,
  CreateDatabaseStatement,
  CreateTimeseriesStatement,
  DatabaseOption,
  DatabaseOptionKey,
  DropDatabaseStatement,
  DropTimeseriesStatement,
  SeriesDefinition,
  SetTtlStatement,
  UnsetTtlStatement,
} from '../tree/schema.ts';
import { DataGrammar } from './data-grammar.ts';
import { spanOf } from './parser-base.ts';

type CreateStatement = CreateDatabaseStatement | CreateTimeseriesStatement | CreateAlignedTimeseriesStatement;
type DropStatement = DropDatabaseStatement | DropTimeseriesStatement;

/** Without its place: what it belongs to begins before it. */
type SeriesOptions = Omit<SeriesDefinition, 'span'>;

type StorageOption = 'encoding' | 'compressor';

const storageKeys: ReadonlyMap<string, StorageOption> = new Map([
  ['ENCODING', 'encoding'],
  ['COMPRESSOR', 'compressor'],
  ['COMPRESSION', 'compressor'],
]);

const databaseOptionKeys: readonly DatabaseOptionKey[] = [
  'TTL',
  'TIME_PARTITION_INTERVAL',
  'SCHEMA_REGION_GROUP_NUM',
  'DATA_REGION_GROUP_NUM',
  'SCHEMA_REPLICATION_FACTOR',
  'DATA_REPLICATION_FACTOR',
];

export class SchemaGrammar extends DataGrammar {
  readonly create: ParserMethod<[], CreateStatement> = this.RULE('create', () => {
    const first = this.CONSUME(keywords.CREATE);
    return this.OR<CreateStatement>([
      {
        ALT: () => {
          this.SUBRULE(this.databaseWord);
          return this.SUBRULE(this.databaseDefinition, { ARGS: [first] });
        },
      },
      {
        ALT: () => {
          this.CONSUME(keywords.TIMESERIES);
          const path = this.SUBRULE(this.fullPath);
          const options = this.SUBRULE(this.seriesOptions, { ARGS: [false] });
          return this.ACTION(() => ({ kind: 'createTimeseries', path, ...options, span: this.spanFrom(first) }));
        },
      },
      {
        ALT: () => {
          this.CONSUME(keywords.ALIGNED);
          this.CONSUME1(keywords.TIMESERIES);
          const device = this.SUBRULE1(this.fullPath);
          const measurements = this.SUBRULE(this.alignedMeasurements);
          return this.ACTION(() => ({
            kind: 'createAlignedTimeseries',
            device,
            measurements,
            span: this.spanFrom(first),
          }));
        },
      },
    ]);
  });

  /** What DROP and DELETE have in common; the word itself has been read. */
  readonly dropSchema: ParserMethod<[first: IToken], DropStatement> = this.RULE('dropSchema', (first: IToken) => {
    const kind = this.OR<DropStatement['kind']>([
      { ALT: () => this.wordOf(this.SUBRULE(this.databaseWord), 'dropDatabase') },
      { ALT: () => this.wordOf(this.CONSUME(keywords.TIMESERIES), 'dropTimeseries') },
    ]);
    const patterns = this.SUBRULE(this.pathPatterns);
    return this.ACTION(() => ({ kind, patterns, span: this.spanFrom(first) }));
  });

  readonly set: ParserMethod<[], SetTtlStatement | CreateDatabaseStatement> = this.RULE('set', () => {
    const first = this.CONSUME(keywords.SET);
    return this.OR<SetTtlStatement | CreateDatabaseStatement>([
      {
        ALT: () => {
          this.CONSUME(keywords.TTL);
          this.CONSUME(keywords.TO);
          const pattern = this.SUBRULE(this.pathPattern);
          const ttl = this.OR1<SetTtlStatement['ttl']>([
            { ALT: () => this.SUBRULE(this.count) },
            { ALT: () => this.wordOf(this.CONSUME(keywords.INF), 'infinite') },
          ]);
          return this.ACTION(() => ({ kind: 'setTtl', pattern, ttl, span: this.spanFrom(first) }));
        },
      },
      {
        ALT: () => {
          this.CONSUME(keywords.STORAGE);
          this.CONSUME(keywords.GROUP);
          this.CONSUME1(keywords.TO);
          return this.SUBRULE(this.databaseDefinition, { ARGS: [first] });
        },
      },
    ]);
  });

  readonly unset: ParserMethod<[], UnsetTtlStatement> = this.RULE('unset', () => {
    const first = this.CONSUME(keywords.UNSET);
    this.CONSUME(keywords.TTL);
    this.OR([{ ALT: () => this.CONSUME(keywords.FROM) }, { ALT: () => this.CONSUME(keywords.TO) }]);
    const pattern = this.SUBRULE(this.pathPattern);
    return this.ACTION((): UnsetTtlStatement => ({ kind: 'unsetTtl', pattern, span: this.spanFrom(first) }));
  });

  /** A storage group is what databases were called before. */
  readonly databaseWord: ParserMethod<[], IToken> = this.RULE('databaseWord', () =>
    this.OR([
      { ALT: () => this.CONSUME(keywords.DATABASE) },
      {
        ALT: () => {
          this.CONSUME(keywords.STORAGE);
          return this.CONSUME(keywords.GROUP);
        },
      },
    ]),
  );

  readonly databaseDefinition: ParserMethod<[first: IToken], CreateDatabaseStatement> = this.RULE(
    'databaseDefinition',
    (first: IToken) => {
      const database: Path = this.SUBRULE(this.fullPath);
      const options: DatabaseOption[] = [];
      const given = new Set<string>();
      this.OPTION(() => {
        this.CONSUME(keywords.WITH);
        options.push(this.SUBRULE(this.databaseOption, { ARGS: [given] }));
        this.MANY(() => {
          this.OPTION1(() => this.CONSUME(Comma));
          options.push(this.SUBRULE1(this.databaseOption, { ARGS: [given] }));
        });
      });
      return this.ACTION(
        (): CreateDatabaseStatement => ({ kind: 'createDatabase', database, options, span: this.spanFrom(first) }),
      );
    },
  );

  readonly databaseOption: ParserMethod<[given: Set<string>], DatabaseOption> = this.RULE(
    'databaseOption',
    (given: Set<string>) => {
      const word = this.OR(databaseOptionKeys.map((key) => ({ ALT: () => this.CONSUME(keywords[key]) })));
      this.onceOf(given, word);
      this.CONSUME(EqualSign);
      const value = this.SUBRULE(this.count);
      return this.ACTION(() => ({ key: word.tokenType.name as DatabaseOptionKey, value, span: this.spanFrom(word) }));
    },
  );

  readonly alignedMeasurements: ParserMethod<[], AlignedMeasurement[]> = this.RULE('alignedMeasurements', () => {
    const measurements: AlignedMeasurement[] = [];
    this.CONSUME(LeftBracket);
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        const measurement = this.SUBRULE(this.nodeName);
        const options = this.SUBRULE(this.seriesOptions, { ARGS: [true] });
        this.ACTION(() => measurements.push({ measurement, ...options, span: this.spanFrom(measurement.span) }));
      },
    });
    this.CONSUME(RightBracket);
    return measurements;
  });

  /** In a list of measurements, a comma may also lead to the next one. */
  readonly seriesOptions: ParserMethod<[isListed: boolean], SeriesOptions> = this.RULE(
    'seriesOptions',
    (isListed: boolean) => {
      const alias = this.OPTION(() => {
        this.CONSUME(LeftBracket);
        const name = this.SUBRULE(this.nodeName);
        this.CONSUME(RightBracket);
        return name;
      });
      this.OPTION1(() => this.CONSUME(keywords.WITH));
      this.OPTION2({
        GATE: () => this.next(2, EqualSign),
        DEF: () => {
          this.CONSUME(keywords.DATATYPE);
          this.CONSUME(EqualSign);
        },
      });
      const dataType = this.SUBRULE(this.upperCaseWord);
      const options: Attribute[] = [];
      this.MANY({
        GATE: () => this.isAttributeNext(isListed),
        DEF: () => {
          this.OPTION3(() => this.CONSUME(Comma));
          options.push(this.SUBRULE(this.attribute));
        },
      });
      const tags = this.OPTION4(() => {
        this.CONSUME(keywords.TAGS);
        return this.SUBRULE(this.attributeList);
      });
      const attributes = this.OPTION5(() => {
        this.CONSUME(keywords.ATTRIBUTES);
        return this.SUBRULE1(this.attributeList);
      });
      return this.ACTION(() => ({
        alias,
        dataType,
        ...this.storageOf(options),
        tags: tags ?? [],
        attributes: attributes ?? [],
      }));
    },
  );

  readonly attributeList: ParserMethod<[], Attribute[]> = this.RULE('attributeList', () => {
    const attributes: Attribute[] = [];
    this.CONSUME(LeftBracket);
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => attributes.push(this.SUBRULE(this.attribute)) });
    this.CONSUME(RightBracket);
    return attributes;
  });

  readonly attribute: ParserMethod<[], Attribute> = this.RULE('attribute', () => {
    const key = this.SUBRULE(this.attributeText);
    this.CONSUME(EqualSign);
    const value = this.SUBRULE1(this.attributeText);
    return this.ACTION(() => ({ key: key.text, value: value.text, span: this.spanFrom(key.span) }));
  });

  /** A key or a value: all are texts, whether quoted or not. */
  readonly attributeText: ParserMethod<[], Name> = this.RULE('attributeText', () => {
    const token = this.OR([
      { ALT: () => this.CONSUME(Node) },
      { ALT: () => this.CONSUME(StringText) },
      { ALT: () => this.CONSUME(Integer) },
      { ALT: () => this.CONSUME(Decimal) },
      { ALT: () => this.CONSUME(keywords.TRUE) },
      { ALT: () => this.CONSUME(keywords.FALSE) },
      { ALT: () => this.CONSUME(keywords.TIMESTAMP) },
    ]);
    return this.ACTION(() => {
      const text = token.tokenType === StringText ? unquoted(token.image) : this.nameOf(token).text;
      return { text, span: spanOf(token) };
    });
  });

  /** A type, encoding or compressor. TIMESTAMP is a keyword elsewhere. */
  readonly upperCaseWord: ParserMethod<[], Name> = this.RULE('upperCaseWord', () => {
    const word = this.OR<Name>([
      { ALT: () => this.SUBRULE(this.name) },
      {
        ALT: () => {
          const token = this.CONSUME(keywords.TIMESTAMP);
          return this.ACTION(() => this.nameOf(token));
        },
      },
    ]);
    return this.ACTION(() => ({ ...word, text: word.text.toUpperCase() }));
  });

  /** The comma between is optional. What a bracket follows is TAGS or ATTRIBUTES. */
  private isAttributeNext(isListed: boolean): boolean {
    if (this.next(1, Comma)) return !isListed || this.next(3, EqualSign);
    return !this.next(2, LeftBracket);
  }

  private storageOf(options: readonly Attribute[]): Pick<SeriesOptions, 'encoding' | 'compressor' | 'properties'> {
    const properties = options.filter(({ key }) => !storageKeys.has(key.toUpperCase()));
    return {
      encoding: this.storageOption(options, 'encoding'),
      compressor: this.storageOption(options, 'compressor'),
      properties,
    };
  }

  private storageOption(options: readonly Attribute[], name: StorageOption): Name | undefined {
    const [first, second] = options.filter(({ key }) => storageKeys.get(key.toUpperCase()) === name);
    if (second) this.fail('SQL_INVALID', `the ${name} is given twice`, second.span);
    return first && { text: first.value.toUpperCase(), span: first.span };
  }
}
