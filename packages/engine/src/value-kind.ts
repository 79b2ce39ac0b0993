// What the store needs to know of a data type: how its values lie in memory, which other types may be written into a
// series of it, and how its values read as numbers and as bytes.

import { type ByteReader, type ByteWriter, type ColumnValues, DataType, dataTypeName } from '@balsa/wire';
import { blobBytes, canonicalFloatBytes, memoryOf, textBytes } from './canonical-bytes.ts';
import { BlobCells, type Cells, TextCells } from './cells.ts';
import { readBlobs, readBooleans, readMemory, readTexts, writeBlobs, writeTexts } from './snapshot/column-bytes.ts';

export interface ValueKind<T> {
  readonly type: DataType;
  /** Types that a series of this type takes. The widenings are IoTDB's. */
  readonly accepts: readonly DataType[];
  /** Memory of one value inside the arrays. */
  readonly cellBytes: number;
  /** Memory that a value takes outside the arrays; `undefined` if none does. */
  readonly heapBytes: ((value: T) => number) | undefined;
  allocate(capacity: number): Cells<T> & ColumnValues;
  /** A column of an accepted type as cells of this one: the same memory where nothing has to be converted. */
  cellsOf(values: ColumnValues): Cells<T>;
  /** The values as the nearest doubles; `undefined` if they are text. */
  numbersOf(cells: Cells<T>): ArrayLike<number> | undefined;
  /** The values as bytes that are the same on every node that holds equal values. */
  bytesOf(cells: Cells<T>): Uint8Array;
  /** Writes the values for a snapshot: equal values as equal bytes. */
  write(out: ByteWriter, cells: Cells<T>): void;
  /** Reads `count` values as `write` wrote them, up to the end. @throws WireError: they are none of this type. */
  read(bytes: ByteReader, count: number): Cells<T>;
}

export const booleanKind: ValueKind<number> = {
  type: DataType.BOOLEAN,
  accepts: [DataType.BOOLEAN],
  cellBytes: 1,
  heapBytes: undefined,
  allocate: (capacity) => new Uint8Array(capacity),
  cellsOf: (values) => (values instanceof Uint8Array ? values : unconvertible(DataType.BOOLEAN)),
  numbersOf: (cells) => cells,
  bytesOf: memoryOf,
  write: (out, cells) => out.raw(memoryOf(cells)),
  read: readBooleans,
};

export const int32Kind: ValueKind<number> = smallNumberKind(DataType.INT32);
export const dateKind: ValueKind<number> = smallNumberKind(DataType.DATE);

export const floatKind: ValueKind<number> = {
  type: DataType.FLOAT,
  accepts: [DataType.INT32, DataType.FLOAT],
  cellBytes: 4,
  heapBytes: undefined,
  allocate: (capacity) => new Float32Array(capacity),
  cellsOf(values) {
    if (values instanceof Float32Array) return values;
    return values instanceof Int32Array ? Float32Array.from(values) : unconvertible(DataType.FLOAT);
  },
  numbersOf: (cells) => cells,
  bytesOf: (cells) => canonicalFloatBytes(cells, Float32Array),
  write: (out, cells) => out.raw(canonicalFloatBytes(cells, Float32Array)),
  read: (bytes, count) => readMemory(bytes, new Float32Array(count)),
};

export const doubleKind: ValueKind<number> = {
  type: DataType.DOUBLE,
  accepts: [DataType.INT32, DataType.INT64, DataType.FLOAT, DataType.DOUBLE, DataType.TIMESTAMP],
  cellBytes: 8,
  heapBytes: undefined,
  allocate: (capacity) => new Float64Array(capacity),
  cellsOf(values) {
    if (values instanceof Float64Array) return values;
    if (values instanceof Float32Array || values instanceof Int32Array) return Float64Array.from(values);
    return values instanceof BigInt64Array ? doublesOf(values) : unconvertible(DataType.DOUBLE);
  },
  numbersOf: (cells) => cells,
  bytesOf: (cells) => canonicalFloatBytes(cells, Float64Array),
  write: (out, cells) => out.raw(canonicalFloatBytes(cells, Float64Array)),
  read: (bytes, count) => readMemory(bytes, new Float64Array(count)),
};

export const int64Kind: ValueKind<bigint> = wholeNumberKind(DataType.INT64);
export const timestampKind: ValueKind<bigint> = wholeNumberKind(DataType.TIMESTAMP);
export const textKind: ValueKind<string> = characterKind(DataType.TEXT);
export const stringKind: ValueKind<string> = characterKind(DataType.STRING);

export const blobKind: ValueKind<Uint8Array> = {
  type: DataType.BLOB,
  accepts: [DataType.BLOB],
  // A pointer.
  cellBytes: 8,
  // A typed array's objects, and its bytes.
  heapBytes: (value) => 128 + value.length,
  allocate: (capacity) => BlobCells.empty(capacity),
  cellsOf: (values) =>
    Array.isArray(values) ? BlobCells.copyOf(values as readonly Uint8Array[]) : unconvertible(DataType.BLOB),
  numbersOf: () => undefined,
  bytesOf: blobBytes,
  write: writeBlobs,
  read: readBlobs,
};

function smallNumberKind(type: DataType): ValueKind<number> {
  return {
    type,
    accepts: [type],
    cellBytes: 4,
    heapBytes: undefined,
    allocate: (capacity) => new Int32Array(capacity),
    cellsOf: (values) => (values instanceof Int32Array ? values : unconvertible(type)),
    numbersOf: (cells) => cells,
    bytesOf: memoryOf,
    write: (out, cells) => out.raw(memoryOf(cells)),
    read: (bytes, count) => readMemory(bytes, new Int32Array(count)),
  };
}

function wholeNumberKind(type: DataType): ValueKind<bigint> {
  return {
    type,
    accepts: [DataType.INT32, DataType.INT64, DataType.TIMESTAMP],
    cellBytes: 8,
    heapBytes: undefined,
    allocate: (capacity) => new BigInt64Array(capacity),
    cellsOf(values) {
      if (values instanceof BigInt64Array) return values;
      return values instanceof Int32Array ? bigintsOf(values) : unconvertible(type);
    },
    numbersOf: doublesOf,
    bytesOf: memoryOf,
    write: (out, cells) => out.raw(memoryOf(cells)),
    read: (bytes, count) => readMemory(bytes, new BigInt64Array(count)),
  };
}

function characterKind(type: DataType): ValueKind<string> {
  return {
    type,
    accepts: [DataType.TEXT, DataType.STRING],
    // A pointer.
    cellBytes: 8,
    // A V8 string's header, and up to two bytes for each UTF-16 code unit.
    heapBytes: (value) => 24 + 2 * value.length,
    allocate: (capacity) => TextCells.empty(capacity),
    cellsOf: (values) => (Array.isArray(values) ? TextCells.copyOf(values as readonly string[]) : unconvertible(type)),
    numbersOf: () => undefined,
    bytesOf: textBytes,
    write: writeTexts,
    read: readTexts,
  };
}

function doublesOf(values: Cells<bigint>): Float64Array {
  const doubles = new Float64Array(values.length);
  for (let i = 0; i < doubles.length; i++) doubles[i] = Number(values[i]);
  return doubles;
}

function bigintsOf(values: Int32Array): BigInt64Array {
  const bigints = new BigInt64Array(values.length);
  for (let i = 0; i < bigints.length; i++) bigints[i] = BigInt(values[i]!);
  return bigints;
}

/** The decoder of tablets gives every type its array, and `accepts` was asked first. */
function unconvertible(type: DataType): never {
  throw new TypeError(`these values cannot be written into a series of ${dataTypeName(type)}`);
}
