// Inserting a tablet: everything is decided before anything is changed. Columns that their series does not take are
// left out and named in the answer while the others are written, as IoTDB does; a tablet over a limit is refused whole.

import { type Column, dataTypeName, encodeCommandResult, StatusCode, successResult, type Tablet } from '@balsa/wire';
import { type AnySeries, createSeries } from './any-series.ts';
import type { StoreLimits } from './limits.ts';
import { deviceBytes, type SeriesDirectory, seriesBytes } from './series-directory.ts';
import { type RowPicks, TabletRows } from './tablet-rows.ts';

/** What became of a tablet. */
export interface InsertOutcome {
  /** False if nothing of it was written. */
  readonly written: boolean;
  /** `u16 status | UTF-8 message`. */
  readonly result: Uint8Array;
}

interface ColumnWrite {
  readonly measurement: string;
  readonly series: AnySeries;
  readonly isNew: boolean;
  readonly column: Column;
  readonly picks: RowPicks;
}

export interface ColumnRefusal {
  readonly status: StatusCode;
  readonly reason: string;
}

interface InsertPlan {
  readonly path: string;
  readonly writes: ColumnWrite[];
  readonly refusals: ColumnRefusal[];
  /** Upper bound of the growth in billed bytes. */
  billedBytes: number;
  newSeries: number;
}

export function insertTablet(directory: SeriesDirectory, limits: StoreLimits, tablet: Tablet): InsertOutcome {
  const path = directory.canonicalDevice(tablet.device);
  if (path === undefined) return refused(StatusCode.ILLEGAL_PATH, `"${tablet.device}" is not a legal device path`);
  const plan = planInsert(directory, path, tablet);
  if (directory.series + plan.newSeries > limits.seriesMax) {
    return refused(
      StatusCode.METADATA_ERROR,
      `${plan.newSeries} new series would exceed the limit of ${limits.seriesMax}`,
    );
  }
  if (directory.billedBytes + plan.billedBytes > limits.memoryBytesMax) {
    return refused(
      StatusCode.MEMORY_NOT_ENOUGH,
      `up to ${plan.billedBytes} more bytes would exceed the store's limit of ${limits.memoryBytesMax}`,
    );
  }
  for (const { measurement, series, isNew, column, picks } of plan.writes) {
    if (isNew) directory.add(path, measurement, series);
    directory.write(series, tablet.timestamps, column, picks);
  }
  const { writes, refusals } = plan;
  const result = refusals.length === 0 ? successResult : partialResult(path, writes.length, refusals);
  return { written: writes.length > 0, result };
}

function planInsert(directory: SeriesDirectory, path: string, tablet: Tablet): InsertPlan {
  const device = directory.device(path);
  const rows = new TabletRows(tablet.timestamps);
  const named = new Set<string>();
  const plan: InsertPlan = { path, writes: [], refusals: [], billedBytes: 0, newSeries: 0 };
  if (device === undefined) plan.billedBytes += deviceBytes(path);
  for (let i = 0; i < tablet.columns.length; i++) {
    const name = tablet.measurements[i]!;
    const type = tablet.dataTypes[i]!;
    const column = tablet.columns[i]!;
    const measurement = directory.canonicalMeasurement(device, name);
    if (measurement === undefined || named.has(measurement)) {
      const fault = measurement === undefined ? 'is not a legal name' : 'is named twice';
      plan.refusals.push({ status: StatusCode.ILLEGAL_PATH, reason: `"${name}" ${fault}` });
      continue;
    }
    named.add(measurement);
    const existing = device?.series.get(measurement);
    const series = existing ?? createSeries(type);
    if (!series.accepts(type)) {
      const reason = `${measurement} is ${dataTypeName(series.kind.type)} and takes no ${dataTypeName(type)}`;
      plan.refusals.push({ status: StatusCode.DATA_TYPE_MISMATCH, reason });
      continue;
    }
    const picks = rows.pick(column.nulls);
    plan.billedBytes += series.billedBytesMax(column.values, picks, tablet.timestamps.length);
    if (existing === undefined) {
      plan.billedBytes += seriesBytes(measurement);
      plan.newSeries++;
    }
    plan.writes.push({ measurement, series, isNew: existing === undefined, column, picks });
  }
  return plan;
}

export function refused(status: StatusCode, message: string): InsertOutcome {
  return { written: false, result: encodeCommandResult(status, message) };
}

const reasonsShown = 3;

/** The answer to a tablet of which only some columns were written. */
export function partialResult(path: string, written: number, refusals: readonly ColumnRefusal[]): Uint8Array {
  const shown = refusals.slice(0, reasonsShown).map(({ reason }) => reason);
  if (refusals.length > reasonsShown) shown.push(`and ${refusals.length - reasonsShown} more`);
  const columns = written + refusals.length;
  const message = `${written} of ${columns} columns of ${path} were written; refused: ${shown.join('; ')}`;
  return encodeCommandResult(refusals[0]!.status, message);
}
