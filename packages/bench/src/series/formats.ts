// A batch in the words of each target.

import { DataType, dataTypeName, type Tablet } from '@balsa/wire';
import type { Batch } from './batches.ts';
import { type DataShape, kindOf, type ValueKind } from './data-shape.ts';

/** Where InfluxDB, and with its protocol VictoriaMetrics, keeps all devices. */
export const influxMeasurement = 'bench';
/** Below which Balsa keeps them. */
export const balsaPrefix = 'root.bench';

/** Whole numbers are written as such wherever there are any. */
const dataTypes: Readonly<Record<ValueKind, DataType>> = {
  counter: DataType.INT64,
  gauge: DataType.DOUBLE,
  noisy: DataType.DOUBLE,
  states: DataType.INT32,
};

export function deviceName(device: number): string {
  return `d${device}`;
}

export function sensorName(sensor: number): string {
  return `s${sensor}`;
}

/** Times in ms; to be sent with `precision=ms`. */
export function influxLines(shape: DataShape, { device, timestamps, columns }: Batch): string {
  const series = `${influxMeasurement},device=${deviceName(device)} `;
  const fields = columns.map((values, sensor) => {
    return { name: `${sensorName(sensor)}=`, values, suffix: isWhole(shape, sensor) ? 'i' : '' };
  });
  let lines = '';
  for (let row = 0; row < timestamps.length; row++) {
    lines += series;
    for (let sensor = 0; sensor < fields.length; sensor++) {
      const { name, values, suffix } = fields[sensor]!;
      lines += `${sensor === 0 ? '' : ','}${name}${values[row]}${suffix}`;
    }
    lines += ` ${timestamps[row]}\n`;
  }
  return lines;
}

/** The body of an insertTablet over REST. */
export function balsaJson(shape: DataShape, { device, timestamps, columns }: Batch, isAligned: boolean): string {
  return JSON.stringify({
    device: balsaDevice(device),
    timestamps: [...timestamps],
    measurements: columns.map((_, sensor) => sensorName(sensor)),
    data_types: columns.map((_, sensor) => dataTypeName(dataTypeOf(shape, sensor))),
    values: columns.map((values) => [...values]),
    is_aligned: isAligned,
  });
}

/** The same for the binary client. */
export function balsaTablet(shape: DataShape, { device, timestamps, columns }: Batch): Tablet {
  return {
    device: balsaDevice(device),
    measurements: columns.map((_, sensor) => sensorName(sensor)),
    dataTypes: columns.map((_, sensor) => dataTypeOf(shape, sensor)),
    timestamps,
    columns: columns.map((values, sensor) => ({ values: valuesAs(dataTypeOf(shape, sensor), values) })),
  };
}

export function balsaDevice(device: number): string {
  return `${balsaPrefix}.${deviceName(device)}`;
}

export function dataTypeOf(shape: DataShape, sensor: number): DataType {
  return dataTypes[kindOf(shape, sensor)];
}

function isWhole(shape: DataShape, sensor: number): boolean {
  return dataTypeOf(shape, sensor) !== DataType.DOUBLE;
}

function valuesAs(type: DataType, values: Float64Array): Float64Array | BigInt64Array | Int32Array {
  if (type === DataType.INT64) return BigInt64Array.from(values, BigInt);
  return type === DataType.INT32 ? Int32Array.from(values) : values;
}
