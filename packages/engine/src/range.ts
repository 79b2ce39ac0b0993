import { checkRangeQuery, type RangeQuery, type RangeResult } from '@balsa/wire';
import type { AnySeries } from './any-series.ts';
import { EngineError } from './errors.ts';
import { rangeValuesMax } from './limits.ts';
import type { SeriesDirectory } from './series-directory.ts';

/**
 * Rows of one device: one for each time at which at least one of the measurements has a value.
 * @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the query contradicts itself or its limit is out of bounds.
 * @throws EngineError ILLEGAL_PATH, PATH_NOT_EXIST; MEMORY_NOT_ENOUGH: more than `rangeValuesMax` values.
 */
export function range(directory: SeriesDirectory, query: RangeQuery): RangeResult {
  checkRangeQuery(query);
  const selected = selectSeries(directory, query);
  const timestamps = rowTimes(selected, query);
  return {
    timestamps,
    measurements: [...query.measurements],
    dataTypes: selected.map((series) => series.kind.type),
    columns: selected.map((series) => series.columnAt(timestamps)),
  };
}

function selectSeries(directory: SeriesDirectory, query: RangeQuery): AnySeries[] {
  const path = directory.canonicalDevice(query.device);
  if (path === undefined) throw new EngineError('ILLEGAL_PATH', `"${query.device}" is not a legal device path`);
  const device = directory.device(path);
  if (device === undefined) throw new EngineError('PATH_NOT_EXIST', `there is no device ${path}`);
  return query.measurements.map((name) => {
    const measurement = directory.canonicalMeasurement(device, name);
    if (measurement === undefined) throw new EngineError('ILLEGAL_PATH', `"${name}" is not a legal measurement`);
    const series = device.series.get(measurement);
    if (series === undefined) throw new EngineError('PATH_NOT_EXIST', `there is no series ${path}.${measurement}`);
    return series;
  });
}

/** The first `limit` of all times of all series. Series after series, never holding more than `limit` of them. */
function rowTimes(selected: readonly AnySeries[], { startMs, endMs, limit }: RangeQuery): Float64Array {
  let rows: Float64Array = new Float64Array(0);
  for (const series of selected) {
    rows = unionOfTimes(rows, series.times(startMs, endMs, limit), limit);
    if (rows.length * selected.length > rangeValuesMax) {
      throw new EngineError(
        'MEMORY_NOT_ENOUGH',
        `the range has more than ${rangeValuesMax} values: ask for fewer rows or measurements at a time`,
      );
    }
  }
  return rows;
}

/** The first `limit` of the times in either, ascending, each once. */
function unionOfTimes(a: Float64Array, b: Float64Array, limit: number): Float64Array {
  if (a.length === 0) return b;
  const union = new Float64Array(Math.min(limit, a.length + b.length));
  let i = 0;
  let j = 0;
  let count = 0;
  while (count < union.length && (i < a.length || j < b.length)) {
    const left = i < a.length ? a[i]! : Number.POSITIVE_INFINITY;
    const right = j < b.length ? b[j]! : Number.POSITIVE_INFINITY;
    union[count] = Math.min(left, right);
    count++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return union.slice(0, count);
}
