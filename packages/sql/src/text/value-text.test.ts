import { DataType } from '@balsa/wire';
import { expect, it } from 'vitest';
import { valueText } from './value-text.ts';

const { BOOLEAN, DOUBLE, FLOAT, INT32, INT64, TEXT } = DataType;

it.each([
  [DOUBLE, 0, '0.0'],
  [DOUBLE, -0, '-0.0'],
  [DOUBLE, 1, '1.0'],
  [DOUBLE, -12.5, '-12.5'],
  [DOUBLE, 0.001, '0.001'],
  [DOUBLE, 0.00099, '9.9E-4'],
  [DOUBLE, 9_999_999, '9999999.0'],
  [DOUBLE, 1e7, '1.0E7'],
  [DOUBLE, 123_456_789.5, '1.234567895E8'],
  [DOUBLE, Number.NaN, 'NaN'],
  [DOUBLE, Number.NEGATIVE_INFINITY, '-Infinity'],
  [DOUBLE, 5e-324, '5.0E-324'],
  [FLOAT, Math.fround(0.1), '0.1'],
  [FLOAT, Math.fround(16_777_216), '1.6777216E7'],
  [FLOAT, Math.fround(21.375), '21.375'],
  [INT32, -5, '-5'],
  [INT64, 2n ** 60n, '1152921504606846976'],
  [BOOLEAN, 1, 'true'],
  [TEXT, 'x', 'x'],
])('a value of type %s, %s, is %s', (type, value, text) => {
  expect(valueText(type, value)).toBe(text);
});
