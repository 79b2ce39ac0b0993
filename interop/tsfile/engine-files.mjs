// Files as the storage engine leaves them: flushed in order and out of order, and merged.

import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { encodeCreateSeries, encodeDeleteRange, openNodeFolder, StorageEngine } from '@balsa/engine/storage';
import { DataType, dataTypeName, encodeInsertTablet, isNull } from '@balsa/wire';
import { lines, valueText } from './text-form.mjs';

const types = ['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE', 'TEXT', 'STRING', 'BLOB', 'TIMESTAMP', 'DATE'];
const devices = ['root.plant.aligned', 'root.plant.plain', 'root.plant.`line 4`'];
/** Of whose hours the files have statistics. */
const slowDevice = { device: 'root.plant.slow', stepMs: 5000 };
const rowsPerTablet = 500;

/** For each stage the paths of its files, and what the engine reads of them all. */
export async function writeEngineFiles(folder) {
  rmSync(folder, { recursive: true, force: true });
  const own = join(folder, 'own');
  const stages = [];
  let index = 0;
  const during = async (stage, compaction, work) => {
    const engine = await StorageEngine.open(await openNodeFolder(own), { compaction });
    await work(engine, (command) => engine.apply(++index, command));
    mkdirSync(join(folder, stage));
    const names = readdirSync(own).filter((name) => name.endsWith('.tsfile'));
    for (const name of names) copyFileSync(join(own, name), join(folder, stage, name));
    stages.push({ stage, paths: names.map((name) => join(folder, stage, name)), rows: await rowsOf(engine) });
    await engine.close();
  };
  await during('flushed', { lateFilesMax: 100, mergeFiles: 100 }, async (engine, apply) => {
    const measurements = types.map((name) => name.toLowerCase());
    const dataTypes = types.map((name) => DataType[name]);
    apply(encodeCreateSeries({ device: devices[0], isAligned: true, measurements, dataTypes }));
    for (const startMs of [0, 600, 1200, 300]) {
      for (const [i, device] of devices.entries()) apply(encodeInsertTablet(tablet(device, startMs, i + startMs)));
      await engine.flush();
    }
  });
  await during('merged', { lateFilesMax: 1, mergeFiles: 2 }, async (engine, apply) => {
    apply(encodeDeleteRange({ patterns: ['root.plant.plain.*'], startMs: 100, endMs: 200 }));
    for (const device of devices) apply(encodeInsertTablet(tablet(device, 150, 7)));
    const { device, stepMs } = slowDevice;
    for (let i = 0; i < 5; i++) apply(encodeInsertTablet(tablet(device, i * rowsPerTablet * stepMs, i, stepMs)));
    await engine.flush();
    await engine.compact();
  });
  return stages;
}

function tablet(device, startMs, seed, stepMs = 1) {
  const times = Float64Array.from({ length: rowsPerTablet }, (_, row) => startMs + row * stepMs);
  const draw = (row) => Math.imul(row * 7919 + seed * 104_729, 2_654_435_761) >>> 0;
  const columns = types.map((name, column) => ({
    values: valuesOf(name, times.length, (row) => draw(row + column)),
    nulls: nullsOf(times.length, (row) => draw(row * 3 + column) % 5 === 0),
  }));
  const measurements = types.map((name) => name.toLowerCase());
  return { device, measurements, dataTypes: types.map((name) => DataType[name]), timestamps: times, columns };
}

function valuesOf(name, rows, draw) {
  const each = Array.from({ length: rows }, (_, row) => draw(row));
  switch (name) {
    case 'BOOLEAN':
      return Uint8Array.from(each, (it) => it & 1);
    case 'INT32':
      return Int32Array.from(each, (it) => (it % 9 === 0 ? it | 0 : it % 1000));
    case 'DATE':
      return Int32Array.from(each, (it) => 20_240_101 + (it % 28));
    case 'INT64':
      return BigInt64Array.from(each, (it) => BigInt(it) * (it % 7 === 0 ? 1_000_003n : 1n));
    case 'TIMESTAMP':
      return BigInt64Array.from(each, (it) => 1_700_000_000_000n + BigInt(it % 1_000_000));
    case 'FLOAT':
      return Float32Array.from(each, (it) => (it % 10_000) / 100);
    case 'DOUBLE':
      return Float64Array.from(each, (it) => (it % 3 === 0 ? it / 7 : (it % 100_000) / 100));
    case 'BLOB':
      return each.map((it) => Buffer.from(`blob ${it}`));
    default:
      return each.map((it) => `${name.toLowerCase()} ${it % 50} ü`);
  }
}

function nullsOf(rows, isNullAt) {
  const nulls = new Uint8Array(Math.ceil(rows / 8));
  for (let row = 0; row < rows; row++) if (isNullAt(row)) nulls[row >> 3] |= 1 << (row & 7);
  return nulls;
}

async function rowsOf(engine) {
  const rows = [];
  for (const { device, measurement, dataType } of [...engine.match(['root.**'])]) {
    for await (const { times, columns } of engine.scan({ device, measurements: [measurement] })) {
      for (let row = 0; row < times.length; row++) {
        if (isNull(columns[0], row)) continue;
        const value = textOf(dataType, columns[0].values, row);
        rows.push([device, measurement, dataTypeName(dataType), times[row], value]);
      }
    }
  }
  return lines(rows);
}

function textOf(dataType, values, row) {
  const value = 'at' in values && !Array.isArray(values) && !ArrayBuffer.isView(values) ? values.at(row) : values[row];
  if (dataType === DataType.BOOLEAN) return valueText(dataType, value === 1);
  // As the others show texts: by their bytes.
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  return valueText(dataType, value);
}
