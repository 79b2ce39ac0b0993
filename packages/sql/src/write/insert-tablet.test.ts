import { DataType, isNull } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { parseStatement } from '../parse.ts';
import { StatementError } from '../statement-error.ts';
import { parseZone } from '../time/zone.ts';
import { defaultInferredTypes, type InsertTablet, insertTablet } from './insert-tablet.ts';

const clock = { nowMs: 1_700_000_000_000, zone: parseZone('+08:00') };
const { BOOLEAN, DOUBLE, FLOAT, INT32, INT64, STRING, TEXT, TIMESTAMP } = DataType;

function tabletOf(text: string, types: Readonly<Record<string, DataType>> = {}): InsertTablet {
  const statement = parseStatement(text);
  if (statement.kind !== 'insert') throw new Error('this is no INSERT');
  return insertTablet(statement, clock, (measurement) => types[measurement]);
}

/** One value, written to a series of this type; `undefined`: the series is new. */
function written(literal: string, type: DataType | undefined): unknown {
  const { columns, dataTypes } = tabletOf(
    `insert into root.x(time, s) values (1, ${literal})`,
    type === undefined ? {} : { s: type },
  );
  return dataTypes.length === 0 ? 'nothing' : [dataTypes[0], columns[0]!.values[0]];
}

describe('INSERT as columns', () => {
  it('has the rows of the statement, in their order', () => {
    const tablet = tabletOf(
      "insert into root.x.`a b`(s1, time, `from`, s3) aligned values (1, 2024-01-01 08:00:00, 'x', null), (null, 5, null, null)",
      { s1: INT32 },
    );
    expect(tablet).toMatchObject({
      device: 'root.x.`a b`',
      isAligned: true,
      measurements: ['s1', 'from'],
      dataTypes: [INT32, TEXT],
      timestamps: Float64Array.of(Date.UTC(2024, 0, 1), 5),
    });
    expect(tablet.columns.map((column) => [column.values[0], isNull(column, 1)])).toEqual([
      [1, true],
      ['x', true],
    ]);
  });

  it('takes the present time where none is given', () => {
    expect(tabletOf('insert into root.x(s) values (1)').timestamps).toEqual(Float64Array.of(clock.nowMs));
  });

  it.each([
    ['1', undefined, [DOUBLE, 1]],
    ['1.5', undefined, [DOUBLE, 1.5]],
    ['NaN', undefined, [DOUBLE, Number.NaN]],
    ['TRUE', undefined, [BOOLEAN, 1]],
    ["'1'", undefined, [TEXT, '1']],
    ['null', undefined, 'nothing'],
    ['null', INT32, [INT32, 0]],
    ['7', INT32, [INT32, 7]],
    ["'7'", INT32, [INT32, 7]],
    ['-9223372036854775808', INT64, [INT64, -(2n ** 63n)]],
    ['now()', INT64, [INT64, BigInt(clock.nowMs)]],
    ['2024-01-01 08:00:00', TIMESTAMP, [TIMESTAMP, BigInt(Date.UTC(2024, 0, 1))]],
    ['1.1', FLOAT, [FLOAT, Math.fround(1.1)]],
    ['1e3', DOUBLE, [DOUBLE, 1000]],
    ['false', BOOLEAN, [BOOLEAN, 0]],
    ['1', BOOLEAN, [BOOLEAN, 1]],
    ['1.50', TEXT, [TEXT, '1.50']],
    ["'it''s'", STRING, [STRING, "it's"]],
  ])('%s for a series of type %s', (literal, type, expected) => {
    expect(written(literal, type)).toEqual(expected);
  });

  it.each([
    ['1.5', INT32],
    ['2147483648', INT32],
    ['9223372036854775808', INT64],
    ["'x'", DOUBLE],
    ['true', DOUBLE],
    ['1e39', FLOAT],
    ['1e309', DOUBLE],
    ['2', BOOLEAN],
    ["''", INT64],
  ])('refuses %s for a series of type %s', (literal, type) => {
    expect(() => written(literal, type)).toThrow(
      expect.objectContaining({ code: 'VALUE_TYPE_MISMATCH', span: { start: 39, end: 39 + literal.length } }),
    );
  });

  it.each([
    'insert into root(time, s) values (1, 1)',
    'insert into root.x(time, s, `s`) values (1, 1, 2)',
    'insert into root.x(time, s) values (9007199254740993, 1)',
  ])('refuses %s', (text) => {
    expect(() => tabletOf(text)).toThrow(StatementError);
  });

  it('infers as it is told', () => {
    const statement = parseStatement('insert into root.x(time, a, b, c) values (1, 1, 1.5, NaN)');
    if (statement.kind !== 'insert') throw new Error('this is no INSERT');
    const types = { ...defaultInferredTypes, integer: INT64, decimal: FLOAT };
    expect(insertTablet(statement, clock, () => undefined, types).dataTypes).toEqual([INT64, FLOAT, DOUBLE]);
  });
});
