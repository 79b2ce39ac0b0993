import { DataType } from '@balsa/wire';
import type { SourceValue } from '../source/series-source.ts';

/** A value as IoTDB prints it where it makes a text of one, in the Value column of SELECT LAST: floats as Java does. */
export function valueText(dataType: DataType, value: SourceValue): string {
  switch (dataType) {
    case DataType.BOOLEAN:
      return value === 1 ? 'true' : 'false';
    case DataType.FLOAT:
      return floatText(Number(value), shortestFloat(Number(value)));
    case DataType.DOUBLE:
      return floatText(Number(value), Number(value).toExponential());
    case DataType.DATE:
      return dateText(Number(value));
    case DataType.BLOB:
      return `0x${Buffer.from(value as Uint8Array).toString('hex')}`;
    default:
      return String(value);
  }
}

/** Of a day such as 20240131. */
function dateText(day: number): string {
  const digits = String(day).padStart(8, '0');
  return `${digits.slice(0, -4)}-${digits.slice(-4, -2)}-${digits.slice(-2)}`;
}

/** With a point in any case, and with an exponent outside of 0.001 to 10,000,000. */
function floatText(value: number, exponential: string): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [, sign = '', first = '', others = '', exponentText = '0'] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(exponential) ?? [];
  const exponent = Number(exponentText);
  const digits = first + others;
  if (exponent < -3 || exponent >= 7) return `${sign}${first}.${others || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 2, '0');
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1)}`;
}

/** The fewest digits that no other float is nearer to. */
function shortestFloat(value: number): string {
  for (let digits = 0; digits < 8; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(8);
}
