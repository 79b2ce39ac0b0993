// What aggregates by window have in common, wherever the points come from.

import { type AggregateFunction, type AggregateQuery, type DataType, dataTypeName } from '@balsa/wire';
import { EngineError } from './errors.ts';
import { type WindowFunction, windowFunctions } from './window-functions.ts';

export function windowStarts(query: AggregateQuery): Float64Array {
  const starts = new Float64Array(windowCount(query));
  for (let i = 0; i < starts.length; i++) starts[i] = query.startMs + i * query.windowMs;
  return starts;
}

export function windowFunctionsOf(query: AggregateQuery): WindowFunction[] {
  const windows = windowCount(query);
  return query.functions.map((name) => windowFunctions[name].create(windows));
}

export function windowAt({ startMs, windowMs }: AggregateQuery, timeMs: number): number {
  return Math.floor((timeMs - startMs) / windowMs);
}

/** Cuts points of one series into runs that lie in one window each. */
export function feedPoints(
  functions: readonly WindowFunction[],
  times: Float64Array,
  numbers: ArrayLike<number>,
  query: AggregateQuery,
): void {
  const { startMs, windowMs } = query;
  let start = 0;
  while (start < times.length) {
    const window = windowAt(query, times[start]!);
    const windowEndMs = startMs + (window + 1) * windowMs;
    let end = start + 1;
    while (end < times.length && times[end]! < windowEndMs) end++;
    for (const each of functions) each.add(window, times, numbers, start, end);
    start = end;
  }
}

/** @throws EngineError METADATA_ERROR: one of the functions does not apply to a series' type. */
export function checkTypes(
  types: readonly DataType[],
  measurement: string,
  functions: readonly AggregateFunction[],
): void {
  for (const name of functions) {
    const { takes } = windowFunctions[name];
    const unfit = types.find((type) => !takes.includes(type));
    if (unfit === undefined) continue;
    throw new EngineError(
      'METADATA_ERROR',
      `${name}(${measurement}): there is no ${name} of ${dataTypeName(unfit)} values`,
    );
  }
}

function windowCount({ startMs, endMs, windowMs }: AggregateQuery): number {
  return Math.ceil((endMs - startMs) / windowMs);
}
