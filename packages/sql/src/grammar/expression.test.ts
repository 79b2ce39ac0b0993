import { describe, expect, it } from 'vitest';
import { parseStatement } from '../parse.ts';
import { withoutSpans } from '../testing/without-spans.ts';
import type { Expression } from '../tree/expression.ts';
import { operandsOf } from '../tree/walk-expression.ts';

function parseWhere(text: string): Expression {
  const statement = parseStatement(`delete from root where ${text}`);
  if (statement.kind !== 'deleteData' || !statement.where) throw new Error('there is no condition');
  return statement.where;
}

describe('precedence', () => {
  it.each([
    ['a or b and c', 'a or (b and c)'],
    ['not a and b', '(not a) and b'],
    ['not a > b', 'not (a > b)'],
    ['not a is null', 'not (a is null)'],
    ['!a = b', '(!a) = b'],
    ['a + b * c', 'a + (b * c)'],
    ['a - b - c', '(a - b) - c'],
    ['a / b * c % d', '((a / b) * c) % d'],
    ['-a * b', '(-a) * b'],
    ['a + b > c - d', '(a + b) > (c - d)'],
    ['a > b is null', '(a > b) is null'],
    ['a between b + 1 and c * 2 and d', '(a between (b + 1) and (c * 2)) and d'],
    ["a not like 'x' or b not in (1)", "(a not like 'x') or (b not in (1))"],
    ['a*b', 'a * b'],
    ['a*-1', 'a * (-1)'],
    ['a -1', 'a - (1)'],
    ['root.a.b*2', 'root.a.b * 2'],
  ])('%s', (text, bracketed) => {
    expect(withoutSpans(parseWhere(text))).toEqual(withoutSpans(parseWhere(bracketed)));
  });

  it('takes a list of conditions for one node, and a bracket for a node of its own', () => {
    expect(operandsOf(parseWhere('a and b and c and d'))).toHaveLength(4);
    expect(operandsOf(parseWhere('a and (b and c) and d'))).toHaveLength(3);
  });
});

describe('operands', () => {
  it.each([
    ['-5', { kind: 'integer', value: -5n }],
    ['-(5)', { kind: 'unary', operator: '-', operand: { kind: 'integer', value: 5n } }],
    ['9223372036854775808', { kind: 'integer', value: 2n ** 63n }],
    ['.5', { kind: 'decimal', value: 0.5, text: '.5' }],
    ['1.', { kind: 'decimal', value: 1, text: '1.' }],
    ['1.50e-3', { kind: 'decimal', value: 0.0015, text: '1.50e-3' }],
    ['nan', { kind: 'decimal', value: Number.NaN, text: 'NaN' }],
    ['TRUE', { kind: 'boolean', value: true }],
    ['Null', { kind: 'null' }],
    ["'it''s \"x\"'", { kind: 'string', value: 'it\'s "x"' }],
    ['"a""b\'\n"', { kind: 'string', value: 'a"b\'\n' }],
    ['Timestamp', { kind: 'time' }],
    ['now()', { kind: 'now' }],
    ['now', { kind: 'series', path: { isAbsolute: false, nodes: [{ kind: 'name', name: 'now' }] } }],
    [
      'root.`a``b`.from.1d.*',
      {
        kind: 'series',
        path: {
          isAbsolute: true,
          nodes: [{ name: 'a`b' }, { name: 'from' }, { name: '1d' }, { kind: 'any' }],
        },
      },
    ],
    [
      '*a*.b*.**',
      {
        kind: 'series',
        path: {
          nodes: [
            { kind: 'pattern', anyBefore: true, part: 'a', anyBehind: true },
            { kind: 'pattern', anyBefore: false, part: 'b', anyBehind: true },
            { kind: 'anyDepth' },
          ],
        },
      },
    ],
    [
      'now() + 1Y2mo-3W4us',
      {
        kind: 'timeShift',
        operator: '-',
        time: { kind: 'timeShift', operator: '+', time: { kind: 'now' } },
        duration: {
          parts: [
            { amount: 3, unit: 'w' },
            { amount: 4, unit: 'us' },
          ],
        },
      },
    ],
  ])('%s', (text, expected) => {
    expect(parseWhere(text)).toMatchObject(expected);
  });
});

describe('dates', () => {
  const date = { kind: 'dateTime', year: 2024, month: 1, day: 31 };
  it.each([
    ['2024-01-31', { ...date, hour: 0, minute: 0, second: 0, nanosecond: 0, offsetMinutes: undefined }],
    ['2024/1/31', date],
    ['2024.01.31 8:05:09', { ...date, hour: 8, minute: 5, second: 9, offsetMinutes: undefined }],
    ['2024-01-31t23:59:59.123456789Z', { ...date, hour: 23, nanosecond: 123_456_789, offsetMinutes: 0 }],
    ['2024-01-31T08:00:00.5+08:00', { ...date, nanosecond: 500_000_000, offsetMinutes: 480 }],
    ['2024-01-31T08:00:00-03:30', { ...date, offsetMinutes: -210 }],
    ['2000-02-29', { day: 29 }],
  ])('%s', (text, expected) => {
    expect(parseWhere(text)).toMatchObject(expected);
  });
});

it('knows where each node stands', () => {
  const text = 'delete from root.a where count(s1, 2 ) + `x` > now()  - 1h';
  const pieces: string[] = [];
  const collect = (expression: Expression): void => {
    pieces.push(text.slice(expression.span.start, expression.span.end));
    operandsOf(expression).forEach(collect);
  };
  const statement = parseStatement(text);
  if (statement.kind === 'deleteData' && statement.where) collect(statement.where);
  expect(pieces).toEqual([
    'count(s1, 2 ) + `x` > now()  - 1h',
    'count(s1, 2 ) + `x`',
    'count(s1, 2 )',
    's1',
    '2',
    '`x`',
    'now()  - 1h',
  ]);
});
