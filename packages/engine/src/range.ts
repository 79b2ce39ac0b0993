import { checkRangeQuery, type RangeQuery, type RangeResult } from '@balsa/wire';
import type { AnySeries } from './any-series.ts';
import { EngineError } from './errors.ts';
import { rangeValuesMax } from './limits.ts';
import { rowTimes } from './row-times.ts';
import type { SeriesDirectory } from './series-directory.ts';

/**
 * Rows of one device: one for each time at which at least one of the measurements has a value.
 * @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the query contradicts itself or its limit is out of bounds.
 * @throws EngineError ILLEGAL_PATH, PATH_NOT_EXIST; MEMORY_NOT_ENOUGH: more than `rangeValuesMax` values.
 */
export function range(directory: SeriesDirectory, query: RangeQuery): RangeResult {
  checkRangeQuery(query);
  const selected = selectSeries(directory, query);
  const { startMs, endMs, limit: rowsMax } = query;
  const timestamps = rowTimes(selected, { startMs, endMs, rowsMax, takesLatest: false }, (rows) => {
    if (rows * selected.length <= rangeValuesMax) return;
    throw new EngineError(
      'MEMORY_NOT_ENOUGH',
      `the range has more than ${rangeValuesMax} values: ask for fewer rows or measurements at a time`,
    );
  });
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
