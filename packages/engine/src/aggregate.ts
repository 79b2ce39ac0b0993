import {
  type AggregateColumn,
  type AggregateFunction,
  type AggregateQuery,
  type AggregateResult,
  checkAggregateQuery,
  dataTypeName,
} from '@balsa/wire';
import type { AnySeries } from './any-series.ts';
import { EngineError } from './errors.ts';
import { canonicalMeasurement, devicePattern } from './path.ts';
import type { Device, SeriesDirectory } from './series-directory.ts';
import { type WindowFunction, windowFunctions } from './window-functions.ts';

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
    checkTypes(selected, measurement, query.functions);
    for (const column of aggregateSeries(selected, measurement, query)) columns.push(column);
  }
  return { windowStarts: windowStarts(query), columns };
}

function aggregateSeries(
  selected: readonly AnySeries[],
  measurement: string,
  query: AggregateQuery,
): AggregateColumn[] {
  const windows = windowCount(query);
  const functions = query.functions.map((name) => windowFunctions[name].create(windows));
  for (const series of selected) feed(functions, series, query);
  return functions.map((each, i) => ({ measurement, function: query.functions[i]!, values: each.finish() }));
}

/** Cuts the series' points into runs that lie in one window each. */
function feed(functions: readonly WindowFunction[], series: AnySeries, query: AggregateQuery): void {
  const { startMs, endMs, windowMs } = query;
  for (const { times, numbers } of series.numbers(startMs, endMs)) {
    let start = 0;
    while (start < times.length) {
      const window = Math.floor((times[start]! - startMs) / windowMs);
      const windowEndMs = startMs + (window + 1) * windowMs;
      let end = start + 1;
      while (end < times.length && times[end]! < windowEndMs) end++;
      for (const each of functions) each.add(window, times, numbers, start, end);
      start = end;
    }
  }
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

function checkTypes(
  selected: readonly AnySeries[],
  measurement: string,
  functions: readonly AggregateFunction[],
): void {
  for (const name of functions) {
    const { takes } = windowFunctions[name];
    const unfit = selected.find((series) => !takes.includes(series.kind.type));
    if (unfit === undefined) continue;
    const type = dataTypeName(unfit.kind.type);
    throw new EngineError('METADATA_ERROR', `${name}(${measurement}): there is no ${name} of ${type} values`);
  }
}

function windowCount({ startMs, endMs, windowMs }: AggregateQuery): number {
  return Math.ceil((endMs - startMs) / windowMs);
}

function windowStarts(query: AggregateQuery): Float64Array {
  const starts = new Float64Array(windowCount(query));
  for (let i = 0; i < starts.length; i++) starts[i] = query.startMs + i * query.windowMs;
  return starts;
}
