// Writes and dumps files with Balsa's own package.

import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import {
  binariesOf,
  binaryAt,
  createTsFile,
  DataType,
  dataTypeName,
  openTsFile,
  pathOfDevice,
  readTsFileStream,
  timeColumnType,
} from '@balsa/tsfile';
import { lines, statisticsText, valueText } from './text-form.mjs';

/**
 * As the other writers: two chunk groups for each device, two thirds of its times and the rest. With statistics of spans, which they do not
 * have, if a span is given.
 */
export async function writeFile(sample, path, pageRows, statisticsSpan) {
  await rm(path, { force: true });
  const writer = await createTsFile(path, { pageLayout: () => ({ rows: pageRows, statisticsSpan }) });
  const devices = groupBy(sample);
  for (const part of [0, 1]) {
    for (const [device, series] of devices) {
      const all = [...new Set(series.flatMap(({ rows }) => [...rows.keys()]))].sort((a, b) => (a < b ? -1 : 1));
      const middle = Math.floor((all.length * 2) / 3);
      const times = part === 0 ? all.slice(0, middle) : all.slice(middle);
      if (series[0].isAligned) {
        const columns = series.map((it) => aligned(it, times));
        await writer.writeAligned(device, BigInt64Array.from(times), columns, series[0].compression);
      } else for (const it of series) await writePlain(writer, it, times);
    }
  }
  await writer.finish();
}

function groupBy(sample) {
  const groups = new Map();
  for (const it of sample) groups.set(it.device, [...(groups.get(it.device) ?? []), it]);
  return groups;
}

async function writePlain(writer, series, times) {
  const present = times.filter((time) => series.rows.has(time));
  const values = valuesOf(
    series.dataType,
    present.map((time) => series.rows.get(time)),
  );
  await writer.writeSeries(series.device, schemaOf(series), BigInt64Array.from(present), { values });
}

function aligned(series, times) {
  const nulls = new Uint8Array(Math.ceil(times.length / 8));
  const values = times.map((time, row) => {
    const value = series.rows.get(time);
    if (value === undefined) nulls[row >> 3] |= 1 << (row & 7);
    return value;
  });
  return { schema: schemaOf(series), column: { values: valuesOf(series.dataType, values), nulls } };
}

function schemaOf({ measurement, dataType, encoding, compression }) {
  return { measurement, dataType, encoding, compression };
}

function valuesOf(dataType, values) {
  switch (dataType) {
    case DataType.BOOLEAN:
      return Uint8Array.from(values, (it) => (it ? 1 : 0));
    case DataType.INT32:
    case DataType.DATE:
      return Int32Array.from(values, (it) => it ?? 0);
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return BigInt64Array.from(values, (it) => it ?? 0n);
    case DataType.FLOAT:
      return Float32Array.from(values, (it) => it ?? 0);
    case DataType.DOUBLE:
      return Float64Array.from(values, (it) => it ?? 0);
    default:
      return binariesOf(values.map((it) => it ?? ''));
  }
}

/** Rows and statistics by random access. */
export async function dumpFile(path) {
  const reader = await openTsFile(path);
  const rows = [];
  const statistics = [];
  for await (const id of reader.devices()) {
    const device = pathOfDevice(id);
    for await (const series of reader.seriesOf(id)) {
      statistics.push([statisticsText(device, series)]);
      if (series.dataType === timeColumnType) continue;
      for await (const { times, column } of reader.scan(id, series.measurement)) {
        rows.push(...textRows(device, series.measurement, series.dataType, times, column));
      }
    }
  }
  await reader.close();
  return { rows: lines(rows), statistics: lines(statistics) };
}

/** Rows as they come from front to back. */
export async function dumpStream(path) {
  const rows = [];
  for await (const { device, measurement, dataType, blocks } of readTsFileStream(createReadStream(path))) {
    for (const { times, column } of blocks) {
      if (column) rows.push(...textRows(pathOfDevice(device), measurement, dataType, times, column));
    }
  }
  return lines(rows);
}

function textRows(device, measurement, dataType, times, { values, nulls }) {
  const rows = [];
  for (let row = 0; row < times.length; row++) {
    if (nulls && (nulls[row >> 3] & (1 << (row & 7))) !== 0) continue;
    let value = 'offsets' in values ? binaryAt(values, row) : values[row];
    if (dataType === DataType.BOOLEAN) value = value === 1;
    rows.push([device, measurement, dataTypeName(dataType), times[row], valueText(dataType, value)]);
  }
  return rows;
}

export const readText = (path) => readFile(path, 'utf8');
