// INSERT as columns. Its literals have no type of their own: they take that of the series, or one is inferred from how
// they are written (section 1.8 of the reference).

import { allocateValues, type Column, DataType, dataTypeName, nullBytes } from '@balsa/wire';
import type { SourceValue } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import { constantText } from '../text/constant-text.ts';
import { nameText, pathText } from '../text/names.ts';
import { utcOf } from '../time/calendar.ts';
import { isTime } from '../time/time-conditions.ts';
import { type Clock, timeOf } from '../time/time-value.ts';
import type { InsertRow, InsertStatement } from '../tree/data.ts';
import type { Constant } from '../tree/literal.ts';

/** What can be sent as one tablet. */
export interface InsertTablet {
  readonly device: string;
  readonly isAligned: boolean;
  /** Without those that have no value in any row and no type either; so there may be none. */
  readonly measurements: readonly string[];
  readonly dataTypes: readonly DataType[];
  /** In the order of the statement; of equal ones, the last counts. */
  readonly timestamps: Float64Array;
  readonly columns: readonly Column[];
}

/** Of values of series that there are not yet. IoTDB 2 makes DOUBLE of all numbers. */
export interface InferredTypes {
  readonly integer: DataType;
  readonly decimal: DataType;
  readonly notANumber: DataType;
}

export const defaultInferredTypes: InferredTypes = {
  integer: DataType.DOUBLE,
  decimal: DataType.DOUBLE,
  notANumber: DataType.DOUBLE,
};

/**
 * @param typeOf of a measurement of the device; `undefined`: there is no such series yet.
 * @throws StatementError STATEMENT_INVALID, or VALUE_TYPE_MISMATCH with the value.
 */
export function insertTablet(
  statement: InsertStatement,
  clock: Clock,
  typeOf: (measurement: string) => DataType | undefined,
  inferred: InferredTypes = defaultInferredTypes,
): InsertTablet {
  if (statement.device.nodes.length === 0) {
    throw new StatementError('STATEMENT_INVALID', 'a device has at least one node below root', statement.device.span);
  }
  const names = new Set<string>();
  const written: { measurement: string; dataType: DataType; column: Column }[] = [];
  for (const [index, { text, span }] of statement.measurements.entries()) {
    const measurement = nameText(text);
    if (names.has(measurement)) {
      throw new StatementError('STATEMENT_INVALID', `the measurement "${measurement}" is given twice`, span);
    }
    names.add(measurement);
    const dataType = typeOf(measurement) ?? inferredType(statement.rows, index, inferred);
    if (dataType === undefined) continue;
    written.push({ measurement, dataType, column: columnOf(statement.rows, index, dataType, clock) });
  }
  return {
    device: pathText(statement.device),
    isAligned: statement.isAligned,
    measurements: written.map(({ measurement }) => measurement),
    dataTypes: written.map(({ dataType }) => dataType),
    timestamps: Float64Array.from(statement.rows, (row) => timeOfRow(row, clock)),
    columns: written.map(({ column }) => column),
  };
}

function timeOfRow({ time }: InsertRow, clock: Clock): number {
  if (time === undefined) return clock.nowMs;
  const timeMs = timeOf(time, clock);
  const isElsewhere = time.kind === 'integer' && BigInt(timeMs) !== time.value;
  if (isElsewhere || !Number.isSafeInteger(timeMs)) {
    throw new StatementError('STATEMENT_INVALID', 'this is no time in milliseconds that there is', time.span);
  }
  return timeMs;
}

/** That of the first value that is none of null. */
function inferredType(rows: readonly InsertRow[], index: number, inferred: InferredTypes): DataType | undefined {
  const first = rows.map(({ values }) => values[index]!).find(({ kind }) => kind !== 'null');
  switch (first?.kind) {
    case undefined:
    case 'null':
      return undefined;
    case 'boolean':
      return DataType.BOOLEAN;
    case 'integer':
      return inferred.integer;
    case 'decimal':
      if (Number.isNaN(first.value)) return inferred.notANumber;
      return first.text.includes('.') ? inferred.decimal : inferred.integer;
    default:
      return DataType.TEXT;
  }
}

function columnOf(rows: readonly InsertRow[], index: number, dataType: DataType, clock: Clock): Column {
  const values = allocateValues(dataType, rows.length);
  const nulls = new Uint8Array(nullBytes(rows.length));
  let hasNulls = false;
  for (const [row, { values: cells }] of rows.entries()) {
    const cell = cells[index]!;
    if (cell.kind === 'null') {
      hasNulls = true;
      nulls[row >> 3]! |= 1 << (row & 7);
      continue;
    }
    const value = valueAs(dataType, cell, clock);
    if (value === undefined) {
      const reason = `${constantText(cell)} is no value of ${dataTypeName(dataType)}`;
      throw new StatementError('VALUE_TYPE_MISMATCH', reason, cell.span);
    }
    (values as SourceValue[])[row] = value;
  }
  return hasNulls ? { values, nulls } : { values };
}

/** `undefined` if it is none. */
function valueAs(dataType: DataType, constant: Constant, clock: Clock): SourceValue | undefined {
  switch (dataType) {
    case DataType.BOOLEAN:
      return booleanOf(textOf(constant));
    case DataType.INT32:
      return wholeOf(constant, 32, clock, Number);
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return wholeOf(constant, 64, clock, (value) => value);
    case DataType.FLOAT:
      return realOf(constant, Math.fround);
    case DataType.DOUBLE:
      return realOf(constant, (value) => value);
    case DataType.DATE:
      return dayOf(constant);
    case DataType.BLOB:
      return blobOf(textOf(constant));
    default:
      return textOf(constant);
  }
}

/** A day as the number that it is stored as: 2024-01-31, as a date or a text, is 20240131. */
function dayOf(constant: Constant): number | undefined {
  if (constant.kind === 'dateTime') return 10_000 * constant.year + 100 * constant.month + constant.day;
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(textOf(constant));
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const lastDay = new Date(utcOf(year, month, 0)).getUTCDate();
  const isThere = month >= 1 && month <= 12 && day >= 1 && day <= lastDay;
  return isThere ? 10_000 * year + 100 * month + day : undefined;
}

/** Bytes in hexadecimal behind 0x, as results show them, or those of a text. */
function blobOf(text: string): Uint8Array | undefined {
  if (!/^0x/i.test(text)) return Buffer.from(text, 'utf8');
  return /^0x(?:[0-9a-f]{2})*$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : undefined;
}

function booleanOf(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === '1') return 1;
  return lower === 'false' || lower === '0' ? 0 : undefined;
}

function wholeOf<Value>(
  constant: Constant,
  bits: number,
  clock: Clock,
  convert: (value: bigint) => Value,
): Value | undefined {
  let value: bigint;
  if (isTime(constant) && constant.kind !== 'integer') value = BigInt(timeOf(constant, clock));
  else if (/^[+-]?\d{1,20}$/.test(textOf(constant))) value = BigInt(textOf(constant));
  else return undefined;
  return BigInt.asIntN(bits, value) === value ? convert(value) : undefined;
}

/** A number so large that it would become an infinity is none. */
function realOf(constant: Constant, round: (value: number) => number): number | undefined {
  const text = textOf(constant);
  if (text === 'NaN') return Number.NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = round(Number(text));
  return Number.isFinite(value) ? value : undefined;
}

function textOf(constant: Constant): string {
  return constant.kind === 'string' ? constant.value : constantText(constant);
}
