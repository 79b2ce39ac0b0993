import { type AggregateColumn, type AggregateQuery, type AggregateResult, checkAggregateQuery } from '@balsa/wire';
import { checkTypes, feedPoints, windowFunctionsOf, windowStarts } from './aggregate-windows.ts';
import type { AnySeries } from './any-series.ts';
import { EngineError } from './errors.ts';
import { canonicalMeasurement, devicePattern } from './path.ts';
import type { Device, SeriesDirectory } from './series-directory.ts';

/**
 * Aggregates by window over one device, or over all devices below a prefix together.
 * @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the query contradicts itself or asks for too many values.
 * @throws EngineError ILLEGAL_PATH, PATH_NOT_EXIST: no device selected has the measurement;
 *   METADATA_ERROR: the function does not apply to a series' type.
 */
export function aggregate(directory: SeriesDirectory, query: AggregateQuery): AggregateResult {
  checkAggregateQuery(query);
  const pattern = devicePattern(query.device);
  if (pattern === undefined) throw new EngineError('ILLEGAL_PATH', `"${query.device}" is not a legal device path`);
  const devices = directory.select(pattern);
  const columns: AggregateColumn[] = [];
  for (const measurement of query.measurements) {
    const selected = selectSeries(devices, query.device, measurement);
    checkTypes(
      selected.map(({ kind }) => kind.type),
      measurement,
      query.functions,
    );
    for (const column of aggregateSeries(selected, measurement, query)) columns.push(column);
  }
  return { windowStarts: windowStarts(query), columns };
}

function aggregateSeries(
  selected: readonly AnySeries[],
  measurement: string,
  query: AggregateQuery,
): AggregateColumn[] {
  const functions = windowFunctionsOf(query);
  for (const series of selected) {
    for (const { times, numbers } of series.numbers(query.startMs, query.endMs)) {
      feedPoints(functions, times, numbers, query);
    }
  }
  return functions.map((each, i) => ({ measurement, function: query.functions[i]!, values: each.finish() }));
}

function selectSeries(devices: readonly Device[], selector: string, name: string): AnySeries[] {
  const measurement = canonicalMeasurement(name);
  if (measurement === undefined) throw new EngineError('ILLEGAL_PATH', `"${name}" is not a legal measurement`);
  const selected: AnySeries[] = [];
  for (const device of devices) {
    const series = device.series.get(measurement);
    if (series !== undefined) selected.push(series);
  }
  if (selected.length === 0) throw new EngineError('PATH_NOT_EXIST', `there is no series ${selector}.${name}`);
  return selected;
}
