import {
  type AggregateColumn,
  type AggregateQuery,
  type AggregateResult,
  checkAggregateQuery,
  type DataType,
} from '@balsa/wire';
import { checkTypes, feedPoints, windowAt, windowFunctionsOf, windowStarts } from '../../aggregate-windows.ts';
import { createSeries } from '../../any-series.ts';
import { EngineError } from '../../errors.ts';
import { canonicalMeasurement, devicePattern } from '../../path.ts';
import type { SummaryNumbers, WindowFunction } from '../../window-functions.ts';
import type { SeriesIdentity } from '../catalog/catalog.ts';
import { nodePace, type Pace, Turns } from '../pace.ts';
import type { SeriesValue } from '../points.ts';
import type { SummaryPiece } from '../read/pieces.ts';
import type { StorageEngine } from '../storage-engine.ts';

export type AggregateSource = Pick<StorageEngine, 'match' | 'dataTypeOf' | 'pieces'>;

interface Selection {
  /** As the query names it. */
  readonly measurement: string;
  readonly series: readonly SeriesIdentity[];
}

/**
 * Aggregates by window over one device, or over all devices below a prefix together; from statistics, where those tell enough.
 * Sums of many numbers are rounded as they are added, which depends on where files end. In memory: the results, and of one
 * series at a time what `pieces` holds.
 * @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the query contradicts itself or asks for too many values.
 * @throws EngineError ILLEGAL_PATH, PATH_NOT_EXIST: no device selected has the measurement;
 *   METADATA_ERROR: the function does not apply to a series' type. StorageError as `pieces`. The signal's reason.
 */
export async function readAggregate(
  source: AggregateSource,
  query: AggregateQuery,
  signal?: AbortSignal,
  pace: Pace = nodePace,
): Promise<AggregateResult> {
  checkAggregateQuery(query);
  const starts = windowStarts(query);
  const columns: AggregateColumn[] = [];
  // What there is, is found before anything is read: what comes or goes meanwhile does not matter.
  for (const { measurement, series } of selectAll(source, query)) {
    const functions = windowFunctionsOf(query);
    const turns = new Turns(pace, signal);
    for (const each of series) await feedSeries(functions, source, each, query, starts, turns);
    for (const [i, each] of functions.entries()) {
      columns.push({ measurement, function: query.functions[i]!, values: each.finish() });
    }
  }
  return { windowStarts: starts, columns };
}

function selectAll(source: AggregateSource, { device, measurements, functions }: AggregateQuery): Selection[] {
  const pattern = devicePattern(device);
  if (pattern === undefined) throw new EngineError('ILLEGAL_PATH', `"${device}" is not a legal device path`);
  const prefix = pattern.kind === 'device' ? pattern.device : `${pattern.prefix}**`;
  return measurements.map((name) => {
    const measurement = canonicalMeasurement(name);
    if (measurement === undefined) throw new EngineError('ILLEGAL_PATH', `"${name}" is not a legal measurement`);
    const series = [...source.match([`${prefix}.${measurement}`])];
    if (series.length === 0) throw new EngineError('PATH_NOT_EXIST', `there is no series ${device}.${name}`);
    checkTypes(
      series.map(({ dataType }) => dataType),
      name,
      functions,
    );
    return { measurement: name, series };
  });
}

async function feedSeries(
  functions: readonly WindowFunction[],
  source: AggregateSource,
  { device, measurement, dataType }: SeriesIdentity,
  query: AggregateQuery,
  cuts: Float64Array,
  turns: Turns,
): Promise<void> {
  // It was dropped since, or made anew.
  if (source.dataTypeOf(device, measurement) !== dataType) return;
  const { startMs, endMs } = query;
  const numbersOf = numbersOfType(dataType);
  for await (const piece of source.pieces({ device, measurement, startMs, endMs, cuts, signal: turns.signal })) {
    if (piece.kind === 'summary') {
      const window = windowAt(query, piece.startMs);
      const summary = summaryNumbers(piece);
      for (const each of functions) each.addSummary(window, summary);
    } else {
      feedPoints(functions, piece.times, numbersOf(piece.column.values), query);
      await turns.did(piece.times.length);
    }
  }
}

function numbersOfType(type: DataType): (values: unknown) => ArrayLike<number> {
  const { kind } = createSeries(type);
  // The values of a type are the cells of its kind. Of texts nobody wants numbers: they are only counted.
  return (values) => (kind.numbersOf as (cells: unknown) => ArrayLike<number> | undefined)(values) ?? [];
}

function summaryNumbers({ startMs, endMs, count, first, last, min, max, sum }: SummaryPiece): SummaryNumbers {
  return {
    startMs,
    endMs,
    count,
    sum: sum ?? Number.NaN,
    min: numberOf(min),
    max: numberOf(max),
    first: numberOf(first),
    last: numberOf(last),
  };
}

/** Of texts, which are only counted, it does not matter. */
function numberOf(value: SeriesValue | undefined): number {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN;
}
