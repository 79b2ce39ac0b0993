// What the store must do, said as plainly as possible: maps of maps, one point at a time. Tests compare with it.

import { type AggregateFunction, DataType, isNull, type Tablet } from '@balsa/wire';

export type Value = number | bigint | string | Uint8Array;

export interface NaiveSeries {
  readonly type: DataType;
  readonly points: Map<number, Value>;
}

const widenings: readonly (readonly [DataType, readonly DataType[]])[] = [
  [DataType.BOOLEAN, [DataType.BOOLEAN]],
  [DataType.INT32, [DataType.INT32]],
  [DataType.INT64, [DataType.INT32, DataType.INT64, DataType.TIMESTAMP]],
  [DataType.FLOAT, [DataType.INT32, DataType.FLOAT]],
  [DataType.DOUBLE, [DataType.INT32, DataType.INT64, DataType.FLOAT, DataType.DOUBLE, DataType.TIMESTAMP]],
  [DataType.TEXT, [DataType.TEXT, DataType.STRING]],
  [DataType.TIMESTAMP, [DataType.INT32, DataType.INT64, DataType.TIMESTAMP]],
  [DataType.STRING, [DataType.TEXT, DataType.STRING]],
  [DataType.DATE, [DataType.DATE]],
  [DataType.BLOB, [DataType.BLOB]],
];
const accepted = new Map(widenings);

export class NaiveStore {
  readonly devices: Map<string, Map<string, NaiveSeries>> = new Map();
  rowsApplied = 0;

  insert(tablet: Tablet): void {
    let written = false;
    for (const [i, measurement] of tablet.measurements.entries()) {
      const type = tablet.dataTypes[i]!;
      const series = this.series(tablet.device, measurement) ?? { type, points: new Map<number, Value>() };
      if (!accepted.get(series.type)!.includes(type)) continue;
      written = true;
      const device = this.devices.get(tablet.device) ?? new Map<string, NaiveSeries>();
      this.devices.set(tablet.device, device.set(measurement, series));
      const column = tablet.columns[i]!;
      for (const [row, time] of tablet.timestamps.entries()) {
        if (!isNull(column, row)) series.points.set(time, widen(column.values[row]!, series.type));
      }
    }
    if (written) this.rowsApplied += tablet.timestamps.length;
  }

  deleteRange(takes: (path: string) => boolean, startMs: number, endMs: number): void {
    for (const [device, all] of this.devices) {
      for (const [measurement, { points }] of all) {
        if (!takes(`${device}.${measurement}`)) continue;
        for (const time of [...points.keys()]) if (time >= startMs && time < endMs) points.delete(time);
      }
    }
  }

  deleteSeries(takes: (path: string) => boolean): void {
    for (const [device, all] of this.devices) {
      for (const measurement of [...all.keys()]) if (takes(`${device}.${measurement}`)) all.delete(measurement);
      if (all.size === 0) this.devices.delete(device);
    }
  }

  series(device: string, measurement: string): NaiveSeries | undefined {
    return this.devices.get(device)?.get(measurement);
  }

  /** `[time, values]` for each row; `undefined` where there is no value. */
  range(device: string, measurements: readonly string[], startMs: number, endMs: number, limit: number): Row[] {
    const columns = measurements.map((measurement) => this.series(device, measurement)!.points);
    const times = new Set(columns.flatMap((points) => [...points.keys()]));
    return [...times]
      .filter((time) => time >= startMs && time < endMs)
      .sort((a, b) => a - b)
      .slice(0, limit)
      .map((time) => [time, columns.map((points) => points.get(time))]);
  }

  /** One number for each window. Devices in the order given. */
  aggregate(
    devices: readonly string[],
    measurement: string,
    name: AggregateFunction,
    window: { startMs: number; endMs: number; windowMs: number },
  ): number[] {
    const results: number[] = [];
    for (let start = window.startMs; start < window.endMs; start += window.windowMs) {
      const end = Math.min(start + window.windowMs, window.endMs);
      const points: [number, Value][] = [];
      for (const device of devices) {
        const inDevice = [...(this.series(device, measurement)?.points ?? [])].sort((a, b) => a[0] - b[0]);
        points.push(...inDevice.filter(([time]) => time >= start && time < end));
      }
      results.push(aggregatePoints(points, name));
    }
    return results;
  }
}

export type Row = [number, (Value | undefined)[]];

function aggregatePoints(points: readonly [number, Value][], name: AggregateFunction): number {
  const values = points.map(([, value]) => Number(value));
  const ordered = values.filter((value) => !Number.isNaN(value));
  const sum = values.reduce((a, b) => a + b, 0);
  const times = points.map(([time]) => time);
  if (name === 'count') return values.length;
  if (values.length === 0) return Number.NaN;
  switch (name) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / values.length;
    case 'min':
      return ordered.length === 0 ? Number.NaN : Math.min(...ordered);
    case 'max':
      return ordered.length === 0 ? Number.NaN : Math.max(...ordered);
    case 'first':
      return values[times.indexOf(Math.min(...times))]!;
    case 'last':
      return values[times.indexOf(Math.max(...times))]!;
  }
}

function widen(value: Value, type: DataType): Value {
  switch (type) {
    case DataType.INT64:
    case DataType.TIMESTAMP:
      return BigInt(value as number | bigint);
    case DataType.FLOAT:
      return Math.fround(Number(value));
    case DataType.DOUBLE:
      return Number(value);
    default:
      return value;
  }
}
