// Inserting a tablet. Columns that their series does not take are left out and named in the answer while the others are
// written; a tablet with too many new series is refused whole. What is refused depends on the commands before it alone.

import { type Column, type DataType, dataTypeName, StatusCode, successResult, type Tablet } from '@balsa/wire';
import { createSeries } from '../any-series.ts';
import { canonicalDevice, canonicalMeasurement } from '../path.ts';
import { type ColumnRefusal, type InsertOutcome, partialResult, refused } from '../tablet-insert.ts';
import { type RowPicks, TabletRows } from '../tablet-rows.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Memtable } from './memtable/memtable.ts';

interface ColumnWrite {
  readonly measurement: string;
  readonly type: DataType;
  readonly isNew: boolean;
  readonly column: Column;
}

export function insertTablet(catalog: Catalog, memtable: Memtable, seriesMax: number, tablet: Tablet): InsertOutcome {
  const known = catalog.device(tablet.device);
  const path = known?.path ?? canonicalDevice(tablet.device);
  if (path === undefined) return refused(StatusCode.ILLEGAL_PATH, `"${tablet.device}" is not a legal device path`);
  const types = (known ?? catalog.device(path))?.shape.types;
  const writes: ColumnWrite[] = [];
  const refusals: ColumnRefusal[] = [];
  const named = new Set<string>();
  let newSeries = 0;
  for (let i = 0; i < tablet.columns.length; i++) {
    const name = tablet.measurements[i]!;
    const given = tablet.dataTypes[i]!;
    const measurement = types?.has(name) ? name : canonicalMeasurement(name);
    if (measurement === undefined || named.has(measurement)) {
      const fault = measurement === undefined ? 'is not a legal name' : 'is named twice';
      refusals.push({ status: StatusCode.ILLEGAL_PATH, reason: `"${name}" ${fault}` });
      continue;
    }
    named.add(measurement);
    const existing = types?.get(measurement);
    const type = existing ?? given;
    if (!takes(type, given)) {
      const reason = `${measurement} is ${dataTypeName(type)} and takes no ${dataTypeName(given)}`;
      refusals.push({ status: StatusCode.DATA_TYPE_MISMATCH, reason });
      continue;
    }
    if (existing === undefined) newSeries++;
    writes.push({ measurement, type, isNew: existing === undefined, column: tablet.columns[i]! });
  }
  if (catalog.series + newSeries > seriesMax) {
    return refused(StatusCode.METADATA_ERROR, `${newSeries} new series would exceed the limit of ${seriesMax}`);
  }
  if (writes.length > 0) writeColumns(catalog, memtable, path, tablet.timestamps, writes);
  const result = refusals.length === 0 ? successResult : partialResult(path, writes.length, refusals);
  return { written: writes.length > 0, result };
}

function writeColumns(
  catalog: Catalog,
  memtable: Memtable,
  path: string,
  timestamps: Float64Array,
  writes: readonly ColumnWrite[],
): void {
  const device = catalog.intern(path);
  const rows = new TabletRows(timestamps);
  for (const { measurement, type, isNew, column } of writes) {
    if (isNew) catalog.add(device, measurement, type);
    const picks: RowPicks = rows.pick(column.nulls);
    if (picks?.length === 0 || timestamps.length === 0) continue;
    memtable.write(device, measurement, type, timestamps, column, picks);
  }
}

const accepted = new Map<DataType, readonly DataType[]>();

/** Whether values of one type may be written into a series of another. */
function takes(type: DataType, given: DataType): boolean {
  let types = accepted.get(type);
  if (types === undefined) {
    types = createSeries(type).kind.accepts;
    accepted.set(type, types);
  }
  return types.includes(given);
}
