import { describe, expect, it } from 'vitest';
import { renderSqlError, SqlError } from './errors.ts';
import { explainedTokensMax } from './grammar/expectations.ts';
import type { SqlLimits } from './limits.ts';
import { parseStatement, parseStatements } from './parse.ts';

function errorOf(text: string, limits?: Partial<SqlLimits>): SqlError {
  try {
    for (const _ of parseStatements(text, limits));
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`this is accepted: ${text.slice(0, 100)}`);
}

describe('what is wrong is said, with the place', () => {
  it.each([
    ['select s1 root.x', '"root"', 'expected an operator, ".", ",", "(", AS or FROM, found "root"'],
    ['select s1 from', '', 'expected ROOT, found the end of the statement'],
    ['select from root.x', '"from"', 'expected an expression, found "from"'],
    ['select count( from root.x', '"from"', 'expected an expression, found "from"'],
    ['select a from root.x where a > ;', '', 'expected an operand, found the end of the statement'],
    [
      'select a from root.5.x',
      '"5"',
      'expected a name, "*" or "**", found "5"; as a name it would have to stand in backquotes: `5`',
    ],
    [
      'select a from root.time',
      '"time"',
      'expected a name, "*" or "**", found "time"; as a name it would have to stand in backquotes: `time`',
    ],
    [
      "select a from root.'b'",
      '"\'b\'"',
      'expected a name, "*" or "**", found "\'b\'"; a name stands in backquotes, not in quotes',
    ],
    ['select a from root.x fill(', '', 'expected a constant, LINEAR, NOW or PREVIOUS, found the end of the statement'],
    ['select a from root.x group by (5, 1h)', '"5"', 'expected a duration, "(" or "[", found "5"'],
    ['insert into root.d(time, a) values (1', '', 'expected ",", found the end of the statement'],
    ['insert into root.*(time, a) values (1, 2)', '"*"', 'expected a name, found "*"'],
    ['set ttl to root.a', '', 'expected an integer, "." or INF, found the end of the statement'],
    ['show child', '', 'expected NODES or PATHS, found the end of the statement'],
    ['create timeseries root.a with datatype=INT32, encoding', '', 'expected "=", found the end of the statement'],
    ['create aligned timeseries root.a(b INT32, encoding)', '")"', 'expected a name, "=", "(" or TIMESTAMP, found ")"'],
    [
      'create database root.a with , ttl=1',
      '","',
      'expected DATA_REGION_GROUP_NUM, DATA_REPLICATION_FACTOR, SCHEMA_REGION_GROUP_NUM, SCHEMA_REPLICATION_FACTOR, TIME_PARTITION_INTERVAL or TTL, found ","',
    ],
    ['drop root.a', '"root"', 'expected DATABASE, STORAGE or TIMESERIES, found "root"'],
    ['clear cache now', '"now"', 'expected the end of the statement, found "now"'],
  ])('%s', (text, found, reason) => {
    const error = errorOf(text);
    expect(error.code).toBe('SQL_SYNTAX');
    expect(error.reason).toBe(reason);
    expect(text.slice(error.span.start, error.span.end)).toBe(found === '' ? '' : JSON.parse(found));
    expect(error.column).toBe(error.span.start + 1);
  });

  it.each([
    ["select 'abc", "'", "the string that begins with this ' has no end"],
    ['select "abc', '"', 'the string that begins with this " has no end'],
    ['select a from root.`b', '`', 'the name that begins with this backquote has no end'],
    ['select a /* from root.b', '/*', 'the comment that begins here has no end'],
    ['select a?b from root', '?', '"?" can stand only in strings and in names in backquotes'],
    ['select 😀 from root', '😀', '"😀" can stand only in strings and in names in backquotes'],
  ])('%s', (text, place, reason) => {
    const error = errorOf(text);
    expect(error.code).toBe('SQL_SYNTAX');
    expect(error.reason).toBe(reason);
    expect(place.startsWith(text.slice(error.span.start, error.span.end))).toBe(true);
    expect(error.span.start).toBe(text.indexOf(place));
  });

  it.each([
    ['select a from root where time > 2024-13-01', '2024-13-01', 'a month is 1 to 12'],
    ['select a from root where time > 2023-02-29', '2023-02-29', 'a day of this month is 1 to 28'],
    ['select a from root where time > 2023-02-28T24:00:00', '2023-02-28T24:00:00', 'a time of day ends at 23:59:59'],
    [
      'select a from root where time > 2023-02-28T23:00:00+19:00',
      '2023-02-28T23:00:00+19:00',
      'an offset is at most 18:00',
    ],
    [
      'select a from root where time > 2023-02-28T23:00:00.0123456789',
      '2023-02-28T23:00:00.0123456789',
      'a second has at most nine digits behind its point',
    ],
    ['select a from root where time > now() - 9999999999999999d', '9999999999999999d', 'this duration is too long'],
    ['select a from root limit 9007199254740992', '9007199254740992', 'this number is too large'],
    ['select a from root limit 1 limit 2', 'limit', 'LIMIT is given twice'],
    ['select a from root group by (1h), (2h)', '(2h)', 'the time window is given twice'],
    ['select a from root fill(linear, 1h)', ',', 'only PREVIOUS takes a duration'],
    ['select `` from root', '``', 'a name cannot be empty'],
    ['create database root.a with ttl=1 ttl=2', 'ttl', 'TTL is given twice'],
    [
      'create timeseries root.a INT32 compressor=LZ4 compression=LZ4',
      'compression=LZ4',
      'the compressor is given twice',
    ],
    ['insert into root.d(time, a) values (1, 2), (3)', '(3)', 'this row has 1 values; there are 2 columns'],
    ['insert into root.d(time, a, timestamp) values (1, 2, 3)', 'timestamp', 'the time is given twice'],
    ['insert into root.d(time) values (1)', '(time)', 'there is no measurement'],
    ["insert into root.d(a, time) values (1, 'x')", "'x'", 'a time is an integer, a date or now()'],
    ['insert into root.d(a) values (1), (2)', '(', 'without a time there can be only one row'],
  ])('%s', (text, place, reason) => {
    const error = errorOf(text);
    expect(error.code).toBe('SQL_INVALID');
    expect(error.reason).toBe(reason);
    expect(text.slice(error.span.start, error.span.end)).toBe(place);
    expect(error.span.start).toBe(text.lastIndexOf(place));
  });

  it('is not explained where asking would take long', () => {
    const text = `insert into root.d(time, a) values ${'(1, 2), '.repeat(explainedTokensMax / 6)} x`;
    expect(errorOf(text).reason).toBe('unexpected "x"');
  });
});

describe('an error shows its place', () => {
  it('in the line, below tabs, too', () => {
    const text = 'select a\nfrom\troot.x whe b > 5\nlimit 1';
    expect(renderSqlError(errorOf(text), text)).toBe(
      `${errorOf(text).message}\n  from\troot.x whe b > 5\n      \t       ^^^`,
    );
    expect(errorOf(text).message).toMatch(/^line 2, column 13: expected /);
  });

  it('at the end', () => {
    expect(renderSqlError(errorOf('show child '), 'show child ')).toMatch(/\n {2}show child\n {12}\^$/);
  });

  it('in the surroundings, if the line is long', () => {
    const text = `select ${'a, '.repeat(500)}? , ${'a, '.repeat(500)}`;
    const [, shown = '', marks = ''] = renderSqlError(errorOf(text), text).split('\n');
    expect(shown.length).toBeLessThan(140);
    expect(shown[marks.indexOf('^')]).toBe('?');
  });
});

describe('limits', () => {
  it.each([
    ['brackets', `select ${'('.repeat(100_000)}`],
    ['brackets that close', `select ${'('.repeat(100_000)}a${')'.repeat(100_000)} from root`],
    ['calls', `select ${'f('.repeat(100_000)}`],
    ['signs', `select ${'- '.repeat(100_000)}a from root`],
    ['NOT', `select ${'not '.repeat(100_000)}a from root`],
    ['sums', `select a${'+a'.repeat(100_000)} from root`],
    ['tests', `select a${' is null'.repeat(100_000)} from root`],
    ['shifts of a time', `select now()${' + 1h'.repeat(100_000)} from root`],
    ['rows', `insert into root.d(time, a) values (1, 2)${', (1, 2)'.repeat(50_000)}`],
    ['operands', `select a from root where a${' or a'.repeat(100_000)}`],
    ['statements', 'flush;'.repeat(100_001)],
    ['statements, empty ones', ';'.repeat(100_001)],
    ['the length of a statement', `flush ${' '.repeat(1 << 20)}`],
    ['the length of a text', ' '.repeat((16 << 20) + 1)],
    ['the length of a number', `select ${'1'.repeat(401)} from root`],
    ['the length of a decimal', `select 1.${'1'.repeat(401)} from root`],
  ])('of %s', (_what, text) => {
    expect(errorOf(text).code).toBe('SQL_OVER_LIMITS');
  });

  it('have a place at the end of the text, too', () => {
    expect(errorOf(`select ${'('.repeat(100)}`).message).toMatch(/^line 1, column 108: expressions may nest/);
  });

  // What tries again behind each fault, or looks for each end from each beginning, would not come to an end.
  it.each(['?', "'", '"', '`', '/*', '--\n', "''''", '*', '.', '[', '1d', '2024-01-01 ', '1.', 'a'])(
    'hold for a megabyte of %s',
    (piece) => {
      const text = piece.repeat(Math.floor((1 << 20) / piece.length));
      expect(errorOf(`show ${text.slice(5)}?`).span.end).toBeGreaterThan(0);
    },
  );

  it('let through what they allow', () => {
    const brackets = `select ${'('.repeat(99)}a${')'.repeat(99)} from root`;
    expect(parseStatement(brackets).kind).toBe('select');
    expect(errorOf(brackets, { depthMax: 99 }).code).toBe('SQL_OVER_LIMITS');
    expect(parseStatement(`select a from root where a${' or a'.repeat(10_000)}`).kind).toBe('select');
    expect(parseStatement(`insert into root.d(time, a) values (1, 2)${', (1, 2)'.repeat(49_999)}`).kind).toBe('insert');
  });
});

describe('several statements', () => {
  const text = `-- the schema; first
create database root.a;
/* ; */ insert into root.a.d(time, s) values (1, '; -- "'), (2, "it's; ""x""");;
select \`;\` from root.a.d -- no semicolon`;

  it('come one after another', () => {
    const kinds = Array.from(parseStatements(text), ({ kind }) => kind);
    expect(kinds).toEqual(['createDatabase', 'insert', 'select']);
  });

  it('know their places in the text', () => {
    const [, insert] = parseStatements(text);
    expect(text.slice(insert!.span.start, insert!.span.end)).toMatch(/^insert .*\)$/);
  });

  it('are there up to the one that is faulty', () => {
    const statements = parseStatements('flush;\nflush;\nflush root.a b');
    expect(statements.next().value?.kind).toBe('flush');
    expect(statements.next().value?.kind).toBe('flush');
    expect(() => statements.next()).toThrow('line 3, column 14: expected');
  });

  it('are refused where one is expected', () => {
    expect(() => parseStatement('flush; flush')).toThrow('line 1, column 8: a second statement begins here');
    expect(parseStatement('flush; -- that was it').kind).toBe('flush');
    expect(() => parseStatement(' ; ')).toThrow(/expected .*, found the end of the statement/);
  });
});
