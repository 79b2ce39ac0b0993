// Values of every type, shaped to meet the edges of the encodings: runs, equal steps, similar bits, and the extremes.

import fc from 'fast-check';
import { type Binaries, binariesOf, binaryAt, isBinaries } from '../binaries.ts';
import { type Values, valueCount } from '../column.ts';
import { DataType } from '../data-type.ts';

export interface Sample {
  readonly values: Values;
  readonly count: number;
}

const countMax = 700;

/** At least one value. */
export function valuesOf(type: DataType): fc.Arbitrary<Sample> {
  return valuesFor(type).map((values) => ({ values, count: valueCount(values) }));
}

function valuesFor(type: DataType): fc.Arbitrary<Values> {
  switch (type) {
    case DataType.BOOLEAN:
      return listsOf(fc.nat(1)).map((list) => Uint8Array.from(list));
    case DataType.INT32:
    case DataType.DATE:
      return int32s().map((list) => Int32Array.from(list));
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return int64s();
    case DataType.FLOAT:
      return floats().map((list) => Float32Array.from(list));
    case DataType.DOUBLE:
      return floats().map((list) => Float64Array.from(list));
    case DataType.TEXT:
    case DataType.STRING:
      return listsOf(
        fc.oneof(fc.constantFrom('', 'on', 'off', 'grün'), fc.string({ unit: 'grapheme', maxLength: 40 })),
      ).map(binariesOf);
    case DataType.BLOB:
      return listsOf(fc.uint8Array({ maxLength: 40 })).map(binariesOf);
  }
}

/** Single values in any order, in runs of varying length, or few of them again and again. */
function listsOf<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  const runs = fc
    .array(fc.tuple(value, fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 60, max: 300 }))), {
      minLength: 1,
      maxLength: 12,
    })
    .map((pairs) => pairs.flatMap(([item, length]) => Array.from({ length }, () => item)).slice(0, countMax));
  const few = fc
    .tuple(
      fc.array(value, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(4), { minLength: 1, maxLength: 200, size: 'max' }),
    )
    .map(([items, places]) => places.map((place) => items[place % items.length] as T));
  return fc.oneof(fc.array(value, { minLength: 1, maxLength: 300, size: 'max' }), runs, few);
}

function int32s(): fc.Arbitrary<number[]> {
  const edges = fc.constantFrom(0, -1, 1, 0x7fff_ffff, -0x8000_0000, 63, 64, -64, -65);
  const steps = fc
    .tuple(
      fc.integer(),
      fc.integer({ min: -5, max: 5 }),
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: countMax, size: 'max' }),
    )
    .map(([start, step, noise]) => noise.map((it, i) => (start + step * i + it) | 0));
  return fc.oneof(listsOf(fc.integer()), listsOf(fc.integer({ min: -300, max: 300 })), listsOf(edges), steps);
}

function int64s(): fc.Arbitrary<BigInt64Array> {
  const any = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const small = fc.bigInt({ min: -300n, max: 300n });
  const edges = fc.constantFrom(0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 31n, 2n ** 32n, -(2n ** 32n), 2n ** 53n);
  const steps = fc
    .tuple(
      any,
      fc.bigInt({ min: -5000n, max: 5000n }),
      fc.array(fc.bigInt({ min: 0n, max: 9n }), { minLength: 1, maxLength: countMax, size: 'max' }),
    )
    .map(([start, step, noise]) => noise.map((it, i) => start + step * BigInt(i) + it));
  return fc.oneof(listsOf(any), listsOf(small), listsOf(edges), steps).map((list) => BigInt64Array.from(list));
}

function floats(): fc.Arbitrary<number[]> {
  const edges = fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    1e300,
    5e-324,
    1e-40,
    2 ** 31,
    2 ** 53,
    2 ** 63,
    -1e19,
  );
  const decimals = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((it) => it / 100);
  return fc.oneof(
    listsOf(fc.double()),
    listsOf(fc.float()),
    listsOf(decimals),
    listsOf(edges),
    listsOf(fc.oneof(decimals, edges)),
  );
}

/** Ascending times, with steps that are mostly the same. */
export function timesOf(count: number, start = 1_700_000_000_000n, seed = 1): BigInt64Array {
  const times = new BigInt64Array(count);
  let time = start;
  for (let i = 0; i < count; i++) {
    times[i] = time;
    time += (i * 7 + seed) % 11 === 0 ? 1003n : 1000n;
  }
  return times;
}

/** The bytes of values, to compare bit by bit; of any not-a-number the same ones. */
export function rawBytes(values: Values): Buffer {
  if (isBinaries(values)) return Buffer.concat(lengthsAndBytes(values));
  const copy = values.slice();
  if (copy instanceof Float32Array || copy instanceof Float64Array) {
    for (let i = 0; i < copy.length; i++) if (Number.isNaN(copy[i])) copy[i] = Number.NaN;
  }
  return Buffer.from(copy.buffer, copy.byteOffset, copy.byteLength);
}

function lengthsAndBytes(values: Binaries): Uint8Array[] {
  return Array.from({ length: valueCount(values) }, (_, i) => {
    const bytes = binaryAt(values, i);
    return [new Uint8Array(Uint32Array.of(bytes.length).buffer), bytes];
  }).flat();
}

/** One value as something that `toEqual` compares by content: bytes as hex, and numbers by their bits. */
export function plain(values: Values, row: number): unknown {
  return isBinaries(values) ? Buffer.from(binaryAt(values, row)).toString('hex') : values[row];
}
