import type { Column, ColumnValues } from '@balsa/wire';
import { nullBytes } from '@balsa/wire';
import type { AnySeries } from './any-series.ts';
import { type RowSpan, rowTimes } from './row-times.ts';
import type { SeriesDirectory } from './series-directory.ts';

export interface DeviceRowsQuery extends RowSpan {
  /** Both names are canonical. */
  readonly device: string;
  readonly measurements: readonly string[];
}

export interface DeviceRows {
  readonly times: Float64Array;
  /** `undefined` where the device has no such series. */
  readonly columns: readonly (Column | undefined)[];
}

/** Rows of one device, ascending, or descending if they are the latest that are wanted. They are copies. */
export function deviceRows(directory: SeriesDirectory, query: DeviceRowsQuery): DeviceRows {
  const device = directory.device(query.device);
  const selected = query.measurements.map((measurement) => device?.series.get(measurement));
  const present = selected.filter((series): series is AnySeries => series !== undefined);
  const times = rowTimes(present, query, () => {});
  const columns = selected.map((series) => series && plain(series.columnAt(times)));
  if (!query.takesLatest) return { times, columns };
  return { times: times.reverse(), columns: columns.map((column) => column && reversed(column, times.length)) };
}

/** Texts and blobs as the array that others have, without the moves of cells. */
function plain({ values, ...nulls }: Column): Column {
  return { values: ArrayBuffer.isView(values) ? values : (Array.from<unknown>(values) as ColumnValues), ...nulls };
}

function reversed({ values, nulls }: Column, rows: number): Column {
  const turned = ArrayBuffer.isView(values) ? values.reverse() : ([...values].reverse() as ColumnValues);
  if (nulls === undefined) return { values: turned };
  const turnedNulls = new Uint8Array(nullBytes(rows));
  for (let row = 0; row < rows; row++) {
    const from = rows - 1 - row;
    if ((nulls[from >> 3]! & (1 << (from & 7))) !== 0) turnedNulls[row >> 3]! |= 1 << (row & 7);
  }
  return { values: turned, nulls: turnedNulls };
}
