// The values of a page, in any encoding that their type allows.

import { isBinaries } from '../binaries.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { Values } from '../column.ts';
import { Encoding } from '../encoding.ts';
import { halvesOf } from '../int64.ts';
import { encodeChimp32, encodeChimp64 } from './chimp.ts';
import { integersOfDoubles, integersOfFloats } from './decimal.ts';
import { encodeDictionary } from './dictionary.ts';
import {
  bitsOfDoubles,
  bitsOfFloats,
  doubleEndHigh,
  doubleEndLow,
  floatEnd,
  int32End,
  int64EndHigh,
  int64EndLow,
} from './end-marks.ts';
import { encodeGorilla32, encodeGorilla64 } from './gorilla.ts';
import { encodePlain } from './plain.ts';
import { encodeRle32, encodeRle64 } from './rle.ts';
import { encodeTs2diff32, encodeTs2diff64 } from './ts-2diff.ts';
import { encodeZigzag32, encodeZigzag64 } from './zigzag.ts';

/** Encodes at least one value. The caller has checked that the type allows the encoding, and that the values are of it. */
export function encodeValues(encoding: Encoding, values: Values, out: ByteWriter): void {
  if (encoding === Encoding.PLAIN) encodePlain(values, out);
  else if (isBinaries(values)) encodeDictionary(values, out);
  else if (values instanceof Uint8Array) encodeRle32(Int32Array.from(values), out);
  else if (values instanceof Int32Array) encodeInt32(encoding, values, out);
  else if (values instanceof BigInt64Array) encodeInt64(encoding, values, out);
  else if (values instanceof Float32Array) encodeFloat(encoding, values, out);
  else encodeDouble(encoding, values, out);
}

function encodeInt32(encoding: Encoding, values: Int32Array, out: ByteWriter): void {
  if (encoding === Encoding.RLE) encodeRle32(values, out);
  else if (encoding === Encoding.ZIGZAG) encodeZigzag32(values, out);
  else if (encoding === Encoding.GORILLA) encodeGorilla32(values, int32End, out);
  else if (encoding === Encoding.CHIMP) encodeChimp32(values, int32End, out);
  else encodeTs2diff32(values, out);
}

function encodeInt64(encoding: Encoding, values: BigInt64Array, out: ByteWriter): void {
  if (encoding === Encoding.RLE) encodeRle64(values, out);
  else if (encoding === Encoding.ZIGZAG) encodeZigzag64(values, out);
  else if (encoding === Encoding.GORILLA) encodeGorilla64(halvesOf(values), int64EndHigh, int64EndLow, out);
  else if (encoding === Encoding.CHIMP) encodeChimp64(halvesOf(values), int64EndHigh, int64EndLow, out);
  else encodeTs2diff64(values, out);
}

function encodeFloat(encoding: Encoding, values: Float32Array, out: ByteWriter): void {
  if (encoding === Encoding.GORILLA) encodeGorilla32(bitsOfFloats(values), floatEnd, out);
  else if (encoding === Encoding.CHIMP) encodeChimp32(bitsOfFloats(values), floatEnd, out);
  else encodeInt32(encoding, integersOfFloats(values, out), out);
}

function encodeDouble(encoding: Encoding, values: Float64Array, out: ByteWriter): void {
  if (encoding === Encoding.GORILLA) encodeGorilla64(bitsOfDoubles(values), doubleEndHigh, doubleEndLow, out);
  else if (encoding === Encoding.CHIMP) encodeChimp64(bitsOfDoubles(values), doubleEndHigh, doubleEndLow, out);
  else encodeInt64(encoding, integersOfDoubles(values, out), out);
}
