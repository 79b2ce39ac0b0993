// The values of a page, from any encoding that their type allows.

import type { Binaries } from '../binaries.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { Values } from '../column.ts';
import { DataType, dataTypeName } from '../data-type.ts';
import { Encoding, encodingName, encodingsOf } from '../encoding.ts';
import { halvesOf } from '../int64.ts';
import type { TsFileLimits } from '../limits.ts';
import { freshMemory, type ValueMemory } from '../value-memory.ts';
import { decodeChimp32, decodeChimp64 } from './chimp.ts';
import { doublesOfIntegers, floatsOfIntegers, isAllScaled, readDecimalHead, scaleDown } from './decimal.ts';
import { decodeDictionary } from './dictionary.ts';
import { decodeGorilla32, decodeGorilla64 } from './gorilla.ts';
import { decodePlain } from './plain.ts';
import { decodeRle32, decodeRle64 } from './rle.ts';
import { decodeTs2diff32, decodeTs2diff64, decodeTs2diffNumbers } from './ts-2diff.ts';
import { decodeZigzag32, decodeZigzag64 } from './zigzag.ts';

/**
 * Decodes what is left of a page as `count` values.
 * @param count at most `limits.pageRowsMax`, and at least one.
 * @param memory where values of the common encodings go.
 * @throws TsFileError TSFILE_TRUNCATED, TSFILE_DAMAGED, TSFILE_OVER_LIMITS.
 */
export function decodeValues(
  encoding: Encoding,
  type: DataType,
  count: number,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory = freshMemory,
): Values {
  if (!encodingsOf[type].includes(encoding)) {
    throw source.damaged(`${encodingName(encoding)} does not encode ${dataTypeName(type)}`);
  }
  const values = decode(encoding, type, count, source, limits, memory);
  // What ends with a mark is followed by that, and perhaps by an empty byte.
  if (encoding !== Encoding.GORILLA && encoding !== Encoding.CHIMP) source.finish();
  return values;
}

function decode(
  encoding: Encoding,
  type: DataType,
  count: number,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory,
): Values {
  if (encoding === Encoding.PLAIN) return decodePlain(type, count, source, limits);
  switch (type) {
    case DataType.BOOLEAN:
      return booleansOf(decodeRle32(count, source), source);
    case DataType.INT32:
    case DataType.DATE:
      return decodeInt32(encoding, count, source, limits, memory);
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return decodeInt64(encoding, count, source, limits, memory);
    case DataType.FLOAT:
      return decodeFloat(encoding, count, source, limits, memory);
    case DataType.DOUBLE:
      return decodeDouble(encoding, count, source, limits, memory);
    default:
      return decodeDictionary(count, source, limits) satisfies Binaries;
  }
}

function decodeInt32(
  encoding: Encoding,
  count: number,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory = freshMemory,
): Int32Array {
  switch (encoding) {
    case Encoding.RLE:
      return decodeRle32(count, source, memory);
    case Encoding.ZIGZAG:
      return decodeZigzag32(count, source, memory);
    case Encoding.TS_2DIFF:
      return decodeTs2diff32(count, source, limits, memory);
    default: {
      const values = memory.int32s(count);
      decodeBits32(encoding, values, source);
      return values;
    }
  }
}

/** INT64, TIMESTAMP, and the times of any page. */
export function decodeInt64(
  encoding: Encoding,
  count: number,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory = freshMemory,
): BigInt64Array {
  switch (encoding) {
    case Encoding.RLE:
      return decodeRle64(count, source, memory);
    case Encoding.ZIGZAG:
      return decodeZigzag64(count, source, memory);
    case Encoding.TS_2DIFF:
      return decodeTs2diff64(count, source, limits, memory);
    default: {
      const values = memory.int64s(count);
      decodeBits64(encoding, halvesOf(values), source);
      return values;
    }
  }
}

function decodeFloat(
  encoding: Encoding,
  count: number,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory,
): Float32Array {
  if (encoding === Encoding.RLE || encoding === Encoding.TS_2DIFF) {
    const head = readDecimalHead(count, source);
    return floatsOfIntegers(head, decodeInt32(encoding, count, source, limits));
  }
  const values = memory.floats(count);
  decodeBits32(encoding, new Int32Array(values.buffer, values.byteOffset, count), source);
  return values;
}

function decodeDouble(
  encoding: Encoding,
  count: number,
  source: ByteReader,
  limits: TsFileLimits,
  memory: ValueMemory,
): Float64Array {
  if (encoding === Encoding.RLE || encoding === Encoding.TS_2DIFF) {
    const head = readDecimalHead(count, source);
    if (encoding === Encoding.TS_2DIFF && isAllScaled(head)) {
      return scaleDown(head, decodeTs2diffNumbers(count, source, limits, memory));
    }
    return doublesOfIntegers(head, decodeInt64(encoding, count, source, limits));
  }
  const values = memory.doubles(count);
  decodeBits64(encoding, halvesOf(values), source);
  return values;
}

function decodeBits32(encoding: Encoding, bits: Int32Array, source: ByteReader): void {
  if (encoding === Encoding.CHIMP) decodeChimp32(bits, source);
  else decodeGorilla32(bits, source);
}

function decodeBits64(encoding: Encoding, halves: Int32Array, source: ByteReader): void {
  if (encoding === Encoding.CHIMP) decodeChimp64(halves, source);
  else decodeGorilla64(halves, source);
}

function booleansOf(integers: Int32Array, source: ByteReader): Uint8Array {
  const values = new Uint8Array(integers.length);
  for (let i = 0; i < values.length; i++) {
    const value = integers[i]!;
    if (value !== 0 && value !== 1) throw source.damaged(`a boolean is ${value}`);
    values[i] = value;
  }
  return values;
}
