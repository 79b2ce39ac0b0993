// What is written and compared: every type in every encoding that it allows.

import { DataType, dataTypeName, dataTypes, Encoding, encodingName, encodingsOf } from '@balsa/tsfile';

const start = 1_700_000_000_000n;

/** Values that official writers keep: their decimal encodings round to two digits, two others have no smallest integer. */
const usual = {
  [DataType.BOOLEAN]: (i) => i % 7 < 3 || i > 150,
  [DataType.INT32]: (i) => (i < 40 ? 17 : i % 3 === 0 ? i * i * 31 - 70_000 : i - 150),
  [DataType.INT64]: (i) => (i < 40 ? 2n ** 40n : i % 5 === 0 ? BigInt(i) ** 6n * -3n : BigInt(i) * 1_000_003n),
  [DataType.TIMESTAMP]: (i) => start + BigInt(i) * 60_000n + (i % 9 === 0 ? 1n : 0n),
  [DataType.DATE]: (i) => 20_200_101 + (i % 28) + 100 * (i % 12) + 10_000 * (i % 5),
  [DataType.FLOAT]: (i) => Math.fround(i < 40 ? 21.25 : Math.round(Math.sin(i) * 10_000) / 100),
  [DataType.DOUBLE]: (i) => (i < 40 ? 21.25 : Math.round(Math.sin(i) * 1_000_000) / 100),
  [DataType.TEXT]: (i) => Buffer.from(['', 'on', 'off', 'grün', '中文', `note ${i}`][i % 6]),
  [DataType.STRING]: (i) => Buffer.from(['idle', 'run', 'größer', '\u{1f600}', `s${i % 40}`][i % 5]),
  [DataType.BLOB]: (i) => Buffer.from(Array.from({ length: i % 17 }, (_, k) => (i * 31 + k * 7) % 256)),
};

const floatEdges = [0, -0, NaN, Infinity, -Infinity, 1 / 3, Math.PI, 0.1, 123.456, -1e-7, 5e-324, 1e22, 3e38];
/** Values at the limits, which only our writer keeps in all encodings. */
const edges = {
  ...usual,
  [DataType.INT32]: (i) => [0, -1, 1, 2 ** 31 - 1, -(2 ** 31), i, -i][i % 7],
  [DataType.INT64]: (i) => [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, BigInt(i) << 33n][i % 6],
  [DataType.TIMESTAMP]: (i) => [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), BigInt(i)][i % 5],
  [DataType.FLOAT]: (i) => Math.fround(floatEdges[i % floatEdges.length]),
  [DataType.DOUBLE]: (i) => floatEdges[i % floatEdges.length],
  [DataType.BLOB]: (i) => Buffer.from(`\u0001 ${i}`),
};

/** As the official Python package can hold them: it cuts blobs off at the first zero byte. */
const forPython = {
  ...usual,
  [DataType.BLOB]: (i) => usual[DataType.BLOB](i).map((byte) => byte || 1),
};

/**
 * What the official Python package (2.5.0) does not read. Runs of INT64 it reads with their bytes in the other order, even
 * those that Java wrote.
 */
const unknownToPython = new Set([
  'BOOLEAN RLE',
  'INT64 RLE',
  'FLOAT RLE',
  'DOUBLE RLE',
  'TIMESTAMP ZIGZAG',
  'DATE ZIGZAG',
]);

/** Whether the official Python package reads a series. */
export function isKnownToPython({ dataType, encoding }) {
  return !unknownToPython.has(`${dataTypeName(dataType)} ${encodingName(encoding)}`);
}

const valueSets = { usual, edges, python: forPython };

/**
 * One sample: series with their rows.
 * @typedef {{ device: string, isAligned: boolean, measurement: string, dataType: number, encoding: number,
 *   compression: number, rows: Map<bigint, boolean | number | bigint | Buffer> }} Series
 */

/** Every type in every encoding, by themselves and aligned with nulls. Row `i` has value `i * step` of the set. */
export function allEncodings(compression, values = 'usual', rows = 300, step = 1) {
  const pairs = dataTypes
    .flatMap((dataType) => encodingsOf[dataType].map((encoding) => ({ dataType, encoding })))
    .filter((pair) => values !== 'python' || isKnownToPython(pair));
  return [false, true].flatMap((isAligned) =>
    pairs.map(({ dataType, encoding }, place) => ({
      device: isAligned ? 'root.interop.aligned' : 'root.interop.plain',
      isAligned,
      measurement: `${dataTypeName(dataType)}_${encodingName(encoding)}`.toLowerCase(),
      dataType,
      encoding,
      compression,
      rows: rowsOf((i) => valueSets[values][dataType](i * step), rows, isAligned ? place + 1 : 0),
    })),
  );
}

/** So many devices and measurements that the index has several levels. */
export function manySeries(compression) {
  const series = (device, measurement, isAligned) => ({
    device,
    isAligned,
    measurement,
    dataType: DataType.INT32,
    encoding: Encoding.TS_2DIFF,
    compression,
    rows: rowsOf((i) => i, 3, 0),
  });
  const devices = Array.from({ length: 600 }, (_, i) => series(`root.wide.region.device${i}`, 'value', i % 2 === 0));
  const measurements = Array.from({ length: 600 }, (_, i) => series('root.wide.one', `m${i}`, false));
  const aligned = Array.from({ length: 600 }, (_, i) => series('root.wide.aligned', `m${i}`, true));
  return [...devices, ...measurements, ...aligned];
}

/** Aligned rows have gaps: scattered ones, a whole page, and for some series the whole second chunk group. */
function rowsOf(value, count, gaps) {
  const rows = new Map();
  for (let i = 0; i < count; i++) {
    const isGap =
      gaps > 0 && ((i + gaps) % 5 === 0 || (i >= 100 && i < 200 && gaps % 3 === 0) || (i >= 200 && gaps % 4 === 0));
    if (!isGap) rows.set(start + BigInt(i * 1000 + (i % 10 === 0 ? 7 : 0)), value(i));
  }
  return rows;
}
