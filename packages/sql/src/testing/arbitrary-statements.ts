// Random trees, as they come out of the parser: with places that mean nothing.

import fc from 'fast-check';
import { clauseWords, reservedWords, softWords } from '../lexer/keywords.ts';
import type { DeleteDataStatement, InsertStatement } from '../tree/data.ts';
import type { Expression } from '../tree/expression.ts';
import type { Constant, DateTimeLiteral, Duration, MovableTime, TimeExpression } from '../tree/literal.ts';
import type { Name, Path, PathNode } from '../tree/path.ts';
import type { Attribute, SeriesDefinition } from '../tree/schema.ts';
import type { SelectStatement, SortKey } from '../tree/select.ts';
import type { Fact, SchemaFilter } from '../tree/show.ts';
import type { Statement } from '../tree/statement.ts';

const span = { start: 0, end: 0 };

/** Names that are words of the language, look like numbers, dates or durations, or hold what needs quoting. */
const nameText = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/),
  fc.constantFrom(...reservedWords, ...clauseWords, ...softWords),
  fc.constantFrom(
    '1',
    '1e5',
    '1d',
    '2h30m',
    '1a',
    '2024-01-01',
    '温度',
    'a b',
    'a.b',
    '*',
    '`',
    '``',
    "'",
    '-- x',
    ';',
  ),
  fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }),
);
const name: fc.Arbitrary<Name> = nameText.map((text) => ({ text, span }));
const upperCaseName: fc.Arbitrary<Name> = nameText.map((text) => ({ text: text.toUpperCase(), span }));
const text = fc.oneof(fc.string({ maxLength: 6, unit: 'binary' }), fc.constantFrom("'", '"', "''", ';', '--', '\n'));
const count = fc.maxSafeNat();
const isTrue = fc.boolean();

function optional<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(value, { nil: undefined });
}

function some<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> {
  return fc.array(value, { minLength: 1, maxLength: 3 });
}

const plainNode: fc.Arbitrary<PathNode> = nameText.map((it) => ({ kind: 'name', name: it }));
const anyNode: fc.Arbitrary<PathNode> = fc.oneof(
  { weight: 4, arbitrary: plainNode },
  fc.constant<PathNode>({ kind: 'any' }),
  fc.constant<PathNode>({ kind: 'anyDepth' }),
  fc
    .record({ anyBefore: isTrue, part: nameText, anyBehind: isTrue })
    .filter(({ anyBefore, anyBehind }) => anyBefore || anyBehind)
    .map((it) => ({ kind: 'pattern', ...it }) as const),
);
const fullPath: fc.Arbitrary<Path> = pathOf(true, fc.array(plainNode, { maxLength: 3 }));
const pattern: fc.Arbitrary<Path> = pathOf(true, fc.array(anyNode, { maxLength: 3 }));
const operandPath: fc.Arbitrary<Path> = fc.oneof(pattern, pathOf(false, some(anyNode)));

function pathOf(isAbsolute: boolean, nodes: fc.Arbitrary<PathNode[]>): fc.Arbitrary<Path> {
  return nodes.map((it) => ({ isAbsolute, nodes: it, span }));
}

const duration: fc.Arbitrary<Duration> = some(
  fc.record({ amount: count, unit: fc.constantFrom('y', 'mo', 'w', 'd', 'h', 'm', 's', 'ms', 'us', 'ns') }),
).map((parts) => ({ kind: 'duration', parts, span }));

const dateTime: fc.Arbitrary<DateTimeLiteral> = fc.record({
  kind: fc.constant('dateTime'),
  year: fc.nat({ max: 9999 }),
  month: fc.integer({ min: 1, max: 12 }),
  day: fc.integer({ min: 1, max: 28 }),
  hour: fc.nat({ max: 23 }),
  minute: fc.nat({ max: 59 }),
  second: fc.nat({ max: 59 }),
  nanosecond: fc.oneof(fc.constantFrom(0, 1_000_000, 120_000_000, 1_000), fc.nat({ max: 999_999_999 })),
  offsetMinutes: optional(fc.integer({ min: -18 * 60, max: 18 * 60 })),
  span: fc.constant(span),
});

const { movableTime } = fc.letrec<{ movableTime: MovableTime }>((tie) => ({
  movableTime: fc.oneof(
    { depthSize: 'small' },
    fc.constant<MovableTime>({ kind: 'now', span }),
    dateTime,
    fc.record({
      kind: fc.constant('timeShift'),
      time: tie('movableTime'),
      operator: fc.constantFrom('+', '-'),
      duration,
      span: fc.constant(span),
    }),
  ),
}));

const integer = fc
  .bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
  .map((value) => ({ kind: 'integer', value, span }) as const);
const timeExpression: fc.Arbitrary<TimeExpression> = fc.oneof(integer, movableTime);
const decimal = fc
  .oneof(
    fc.stringMatching(/^-?(\d{1,3}\.\d{0,3}|\.\d{1,3})([eE][+-]?\d{1,3})?$/),
    fc.constantFrom('1e5', '2E-7', 'NaN'),
  )
  .map((it) => ({ kind: 'decimal', value: Number(it), text: it, span }) as const);
const string = text.map((value) => ({ kind: 'string', value, span }) as const);
const constant: fc.Arbitrary<Constant> = fc.oneof(
  timeExpression,
  decimal,
  string,
  isTrue.map((value) => ({ kind: 'boolean', value, span }) as const),
  fc.constant<Constant>({ kind: 'null', span }),
);

export const expression: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => {
  const operand = tie('expression');
  const base = { span: fc.constant(span) };
  const tested = { ...base, isNegated: isTrue, operand };
  return {
    expression: fc.oneof(
      { depthSize: 'small' },
      constant,
      fc.constant<Expression>({ kind: 'time', span }),
      operandPath.map((path) => ({ kind: 'series', path, span }) as const),
      fc.record({ kind: fc.constant('call'), function: name, arguments: some(operand), ...base }),
      fc.record({ kind: fc.constant('unary'), operator: fc.constantFrom('-', '+', 'not'), operand, ...base }),
      fc.record({
        kind: fc.constant('arithmetic'),
        operator: fc.constantFrom('+', '-', '*', '/', '%'),
        left: operand,
        right: operand,
        ...base,
      }),
      fc.record({
        kind: fc.constant('comparison'),
        operator: fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
        left: operand,
        right: operand,
        ...base,
      }),
      fc.record({
        kind: fc.constant('match'),
        operator: fc.constantFrom('like', 'regexp'),
        pattern: string,
        ...tested,
      }),
      fc.record({ kind: fc.constant('between'), low: operand, high: operand, ...tested }),
      fc.record({ kind: fc.constant('in'), values: some(constant), ...tested }),
      fc.record({ kind: fc.constant('isNull'), ...tested }),
      fc.record({
        kind: fc.constant('logical'),
        operator: fc.constantFrom('and', 'or'),
        operands: fc.array(operand, { minLength: 2, maxLength: 3 }),
        ...base,
      }),
    ),
  };
}).expression;

const sortKey: fc.Arbitrary<SortKey> = fc.record({
  by: fc.oneof(
    fc.constantFrom('time' as const, 'timeseries' as const, 'device' as const),
    // A time by itself is read as the column.
    expression.filter(({ kind }) => kind !== 'time'),
  ),
  direction: fc.constantFrom('ascending', 'descending'),
  nulls: fc.constantFrom('first', 'last', undefined),
  span: fc.constant(span),
});

const groupBy = fc
  .record({
    window: optional(
      fc.record({
        range: optional(
          fc.record({
            start: timeExpression,
            end: timeExpression,
            includes: fc.constantFrom('start', 'end'),
            span: fc.constant(span),
          }),
        ),
        interval: duration,
        slidingStep: optional(duration),
        span: fc.constant(span),
      }),
    ),
    levels: fc.array(count, { maxLength: 2 }),
    span: fc.constant(span),
  })
  .filter(({ window, levels }) => window !== undefined || levels.length > 0);

const fill = fc.oneof(
  fc.record({ method: fc.constant('previous'), within: optional(duration), span: fc.constant(span) }),
  fc.record({
    method: fc.oneof(fc.constant('linear' as const), constant),
    within: fc.constant(undefined),
    span: fc.constant(span),
  }),
);

const select: fc.Arbitrary<SelectStatement> = fc.record({
  kind: fc.constant('select'),
  isLast: isTrue,
  columns: some(fc.record({ expression, alias: optional(name), span: fc.constant(span) })),
  from: some(pattern),
  where: optional(expression),
  groupBy: optional(groupBy),
  having: optional(expression),
  fill: optional(fill),
  orderBy: fc.array(sortKey, { maxLength: 2 }),
  limit: optional(count),
  offset: optional(count),
  seriesLimit: optional(count),
  seriesOffset: optional(count),
  alignBy: fc.constantFrom('time', 'device'),
  span: fc.constant(span),
});

const insert: fc.Arbitrary<InsertStatement> = fc
  .tuple(fullPath, isTrue, some(name), isTrue)
  .chain(([device, isAligned, measurements, hasTime]) =>
    fc
      .array(
        fc.record({
          time: hasTime ? timeExpression : fc.constant(undefined),
          values: fc.array(constant, { minLength: measurements.length, maxLength: measurements.length }),
          span: fc.constant(span),
        }),
        { minLength: 1, maxLength: hasTime ? 3 : 1 },
      )
      .map((rows) => ({ kind: 'insert', device, isAligned, measurements, rows, span })),
  );

const deleteData: fc.Arbitrary<DeleteDataStatement> = fc.record({
  kind: fc.constant('deleteData'),
  patterns: some(pattern),
  where: optional(expression),
  span: fc.constant(span),
});

const storageKey = /^(encoding|compressor|compression)$/i;
const attributes: fc.Arbitrary<Attribute[]> = fc.array(
  fc.record({ key: text, value: text, span: fc.constant(span) }).filter(({ key }) => !storageKey.test(key)),
  { maxLength: 2 },
);
const series = {
  alias: optional(name),
  dataType: fc.oneof(
    fc.constantFrom('INT32', 'TIMESTAMP').map((it) => ({ text: it, span })),
    upperCaseName,
  ),
  encoding: optional(upperCaseName),
  compressor: optional(upperCaseName),
  properties: attributes,
  tags: attributes,
  attributes,
  span: fc.constant(span),
} satisfies { [key in keyof SeriesDefinition]: unknown };

const databaseOptions = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom(
      'TTL',
      'TIME_PARTITION_INTERVAL',
      'SCHEMA_REGION_GROUP_NUM',
      'DATA_REGION_GROUP_NUM',
      'SCHEMA_REPLICATION_FACTOR',
      'DATA_REPLICATION_FACTOR',
    ),
    value: count,
    span: fc.constant(span),
  }),
  { selector: ({ key }) => key, maxLength: 3 },
);

const filter: fc.Arbitrary<SchemaFilter> = fc.oneof(
  fc.record({
    kind: fc.constant('pathContains'),
    of: fc.constantFrom('timeseries', 'device'),
    text,
    span: fc.constant(span),
  }),
  fc.record({
    kind: fc.constant('tag'),
    key: text,
    operator: fc.constantFrom('=', 'contains'),
    value: text,
    span: fc.constant(span),
  }),
  fc.record({ kind: fc.constant('column'), column: text, value: text, span: fc.constant(span) }),
);

const paged = { limit: optional(count), offset: optional(count) };
const fact = fc.constantFrom<Fact>(
  'version',
  'dataNodes',
  'configNodes',
  'availableUrls',
  'regions',
  'variables',
  'clusterId',
  'queries',
  'currentTimestamp',
);

/** Statements of one kind: the span stands in all of them. */
function of<Kind extends Statement['kind'], Fields>(
  kind: Kind,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
): fc.Arbitrary<Fields & { kind: Kind; span: typeof span }> {
  return fc.record(fields).map((it) => ({ kind, ...(it as Fields), span }));
}

/** An arbitrary for every kind there is. */
export const statementsByKind: Readonly<Record<Statement['kind'], fc.Arbitrary<Statement>>> = {
  select,
  insert,
  deleteData,
  createDatabase: of('createDatabase', { database: fullPath, options: databaseOptions }),
  dropDatabase: of('dropDatabase', { patterns: some(pattern) }),
  createTimeseries: fc.record({ kind: fc.constant('createTimeseries'), path: fullPath, ...series }),
  createAlignedTimeseries: of('createAlignedTimeseries', {
    device: fullPath,
    measurements: some(fc.record({ measurement: name, ...series })),
  }),
  dropTimeseries: of('dropTimeseries', { patterns: some(pattern) }),
  setTtl: of('setTtl', { pattern, ttl: fc.oneof(count, fc.constant('infinite' as const)) }),
  unsetTtl: of('unsetTtl', { pattern }),
  showDatabases: of('showDatabases', { pattern: optional(pattern), isDetailed: isTrue }),
  showDevices: of('showDevices', {
    pattern: optional(pattern),
    withDatabase: isTrue,
    where: optional(filter),
    ...paged,
  }),
  showTimeseries: of('showTimeseries', {
    isLatest: isTrue,
    pattern: optional(pattern),
    where: optional(filter),
    ...paged,
  }),
  showChildPaths: of('showChildPaths', { pattern: optional(pattern) }),
  showChildNodes: of('showChildNodes', { pattern: optional(pattern) }),
  showTtl: of('showTtl', { patterns: optional(some(pattern)) }),
  showCluster: of('showCluster', { isDetailed: isTrue }),
  showFact: of('showFact', { fact }),
  countTimeseries: of('countTimeseries', {
    pattern: optional(pattern),
    where: optional(filter),
    level: optional(count),
  }),
  countNodes: of('countNodes', { pattern, level: count }),
  countDevices: of('countDevices', { pattern: optional(pattern) }),
  countDatabases: of('countDatabases', { pattern: optional(pattern) }),
  flush: of('flush', {
    databases: fc.array(fullPath, { maxLength: 2 }),
    inOrder: optional(fc.boolean()),
    isLocal: fc.boolean(),
  }),
  clearCache: fc.constant({ kind: 'clearCache', span }),
};

export const statement: fc.Arbitrary<Statement> = fc.oneof(...Object.values<fc.Arbitrary<Statement>>(statementsByKind));
