// What is written in the comparisons with other time-series databases: devices with sensors, rows in tablets, as in iot-benchmark. The same
// seed gives every target the same points.

import { BenchError } from '../bench-error.ts';

/**
 * `counter`: whole numbers that rise; `gauge`: two digits behind the point, a slow walk that often stands; `noisy`: noise in every digit
 * that a double has; `states`: small whole numbers that seldom change.
 */
export const valueKinds = ['counter', 'gauge', 'noisy', 'states'] as const;
export type ValueKind = (typeof valueKinds)[number];
/** `mixed`: the sensors of a device take turns. */
export type DataKind = ValueKind | 'mixed';
export const dataKinds: readonly DataKind[] = [...valueKinds, 'mixed'];

export interface DataShape {
  readonly devices: number;
  /** Of each device. */
  readonly sensors: number;
  /** Of each device. */
  readonly rows: number;
  /** Rows of a tablet. */
  readonly batchRows: number;
  /** How many of a hundred rows come late, together with others, when those behind them have been written. */
  readonly outOfOrderPercent: number;
  /** Between two rows. */
  readonly intervalMs: number;
  readonly kind: DataKind;
  readonly seed: number;
}

/** 2025-01-01: VictoriaMetrics takes nothing from the future. */
export const startMs = 1_735_689_600_000;

const pointsMax = 1_000_000_000;
const batchPointsMax = 100_000;

export function pointsOf({ devices, sensors, rows }: DataShape): number {
  return devices * sensors * rows;
}

/** Behind the last row. */
export function endMs({ rows, intervalMs }: DataShape): number {
  return startMs + rows * intervalMs;
}

export function kindOf({ kind }: DataShape, sensor: number): ValueKind {
  return kind === 'mixed' ? valueKinds[sensor % valueKinds.length]! : kind;
}

/** Throws ILLEGAL_ARGUMENT. */
export function checkDataShape(shape: DataShape, nowMs: number = Date.now()): void {
  const points = pointsOf(shape);
  if (points > pointsMax) {
    refuse(
      `${shape.devices} devices x ${shape.sensors} sensors x ${shape.rows} rows are ${count(points)} points`,
      pointsMax,
    );
  }
  const batchPoints = shape.sensors * shape.batchRows;
  if (batchPoints > batchPointsMax) {
    refuse(
      `${shape.sensors} sensors x ${shape.batchRows} rows make ${count(batchPoints)} points a batch`,
      batchPointsMax,
    );
  }
  if (endMs(shape) > nowMs) {
    throw new BenchError(
      'ILLEGAL_ARGUMENT',
      `${count(shape.rows)} rows, one every ${shape.intervalMs} ms from 2025-01-01 on, reach into the future: choose fewer, or a smaller --interval-ms`,
    );
  }
}

function refuse(what: string, maximum: number): never {
  throw new BenchError('ILLEGAL_ARGUMENT', `${what}; at most ${count(maximum)}`);
}

function count(value: number): string {
  return value.toLocaleString('en');
}
