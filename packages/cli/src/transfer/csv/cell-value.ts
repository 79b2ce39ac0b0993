// A text as a value of a type, in the form in which nodes take it.

import { readTime, type Zone } from '@balsa/sql';
import { DataType, dataTypeName, textValueBytesMax } from '@balsa/wire';
import type { Cell } from '../../node-client/node-client.ts';

const whole = /^[+-]?\d{1,20}$/;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** RFC 4648, padded. */
const base64 = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/;
const nonFinite: ReadonlyMap<string, string> = new Map([
  ['nan', 'NaN'],
  ['infinity', 'Infinity'],
  ['-infinity', '-Infinity'],
]);

/** `undefined`: it is no value of the type. `zone`: of times without one. */
export function cellValue(dataType: DataType, text: string, zone: Zone): Exclude<Cell, null> | undefined {
  switch (dataType) {
    case DataType.BOOLEAN:
      return booleanOf(text.trim().toLowerCase());
    case DataType.INT32:
      return integerOf(text.trim(), 32);
    case DataType.INT64:
      return integerOf(text.trim(), 64);
    case DataType.TIMESTAMP:
      return integerOf(text.trim(), 64) ?? readTime(text.trim(), zone);
    case DataType.FLOAT:
      return realOf(text.trim(), Math.fround);
    case DataType.DOUBLE:
      return realOf(text.trim(), (value) => value);
    case DataType.DATE:
      return dayOf(text.trim());
    case DataType.BLOB:
      return base64.test(text) ? text : undefined;
    default:
      return Buffer.byteLength(text) <= textValueBytesMax ? text : undefined;
  }
}

/** The type that INSERT would infer, and INT64 for integers that no double holds. */
export function inferredType(text: string): DataType {
  const trimmed = text.trim();
  if (/^(?:true|false)$/i.test(trimmed)) return DataType.BOOLEAN;
  if (whole.test(trimmed) && !Number.isSafeInteger(Number(trimmed)) && integerOf(trimmed, 64) !== undefined) {
    return DataType.INT64;
  }
  return realOf(trimmed, (value) => value) === undefined ? DataType.TEXT : DataType.DOUBLE;
}

export function misfit(dataType: DataType, text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return `${JSON.stringify(shown)} is no ${dataTypeName(dataType)}`;
}

/** 2024-01-31, or 20240131 as results have it. */
function dayOf(text: string): number | undefined {
  return /^\d{4}-?\d\d-?\d\d$/.test(text) ? Number(text.replaceAll('-', '')) : undefined;
}

function booleanOf(text: string): boolean | undefined {
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : undefined;
}

/** What JSON numbers do not hold is a text. */
function integerOf(text: string, bits: number): number | string | undefined {
  if (!whole.test(text)) return undefined;
  const number = Number(text);
  if (bits === 32) return number >= -(2 ** 31) && number < 2 ** 31 ? number || 0 : undefined;
  if (Number.isSafeInteger(number)) return number || 0;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? String(value) : undefined;
}

/** A number so large that it would become an infinity is none. */
function realOf(text: string, round: (value: number) => number): number | string | undefined {
  const special = nonFinite.get(text.toLowerCase());
  if (special !== undefined) return special;
  if (!decimal.test(text)) return undefined;
  const value = round(Number(text));
  return Number.isFinite(value) ? value : undefined;
}
