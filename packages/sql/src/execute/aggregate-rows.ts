// Windows in batches: what a batch needs is read, gathered and let go before the next, so that a long result needs no more
// memory than a short one, and whoever has enough of it stops the reading.

import { isBound, seriesKey } from '../plan/bound-series.ts';
import type { Scope } from '../plan/scope.ts';
import type { SourceSeries, TimeSpan } from '../source/series-source.ts';
import { intersection, type TimeSet, timesBetween } from '../time/time-set.ts';
import type { Windows } from '../time/windows.ts';
import type { Expression } from '../tree/expression.ts';
import type { Accumulator } from './accumulators/accumulator.ts';
import type { Aggregation } from './aggregations.ts';
import { inParallel } from './in-parallel.ts';
import type { Pace, QueryContext } from './query-context.ts';
import { filterRows, readRows } from './read-rows.ts';
import { type Rows, reversedRows } from './rows.ts';
import type { Evaluator } from './vector/evaluator.ts';
import { batchOf, type WindowBatch, WindowFeeder } from './window-batch.ts';

/** One aggregation of one argument, or several; those of one group become one value. */
export interface AggregateInput {
  readonly group: number;
  readonly aggregation: Aggregation;
  readonly arguments: readonly Expression[];
  readonly evaluators: readonly Evaluator[];
}

export interface AggregateQuery {
  readonly scope: Scope;
  readonly inputs: readonly AggregateInput[];
  readonly groups: number;
  readonly condition: Evaluator | undefined;
  readonly times: TimeSet;
  readonly windows: Windows;
  /** How many windows a moment may be in. */
  readonly overlap: number;
  readonly isDescending: boolean;
  /** More of them will hardly be asked for. */
  readonly windowsHint: number | undefined;
}

/** Series of a device that are read one after the other: those of a device that has many are read side by side. */
const neighboursMax = 16;

/** Windows of a batch, unless that many overlap. */
const batchWindows = 1024;

/** The column of each group, a row for each window. */
export async function* aggregateRows(
  context: QueryContext,
  query: AggregateQuery,
): AsyncGenerator<Rows, void, undefined> {
  const { windows, isDescending, overlap, windowsHint } = query;
  const size = Math.max(1, Math.min(Math.max(batchWindows, overlap), windowsHint ?? windows.count));
  for (let done = 0; done < windows.count; done += size) {
    const count = Math.min(size, windows.count - done);
    const from = isDescending ? windows.count - done - count : done;
    // Times and values of the batch, besides what each aggregation holds.
    const perWindow = query.inputs.reduce((bytes, { aggregation }) => bytes + aggregation.bytesPerWindow, 64);
    context.budget.take(count * perWindow);
    try {
      const rows = await aggregateBatch(context, query, batchOf(windows, from, from + count));
      yield isDescending ? reversedRows(rows) : rows;
    } finally {
      context.budget.give(count * perWindow);
    }
  }
}

async function aggregateBatch(context: QueryContext, query: AggregateQuery, batch: WindowBatch): Promise<Rows> {
  const { inputs, groups, condition } = query;
  const gathered = new Map<AggregateInput, Accumulator>();
  const results: (Accumulator | undefined)[] = new Array<undefined>(groups).fill(undefined);
  const isFromPieces = (input: AggregateInput): boolean => condition === undefined && isOfOneSeries(input);
  const fromPieces = inputs.filter(isFromPieces);
  const fromRows = inputs.filter((input) => !isFromPieces(input));
  const times = intersection([query.times, timesBetween(batch.starts[0]!, batch.ends[batch.ends.length - 1]!)]);
  await inParallel(neighboursIn(bySeries(fromPieces)), async (neighbours, isOver) => {
    for (const [series, ofSeries] of neighbours) {
      const accumulators = ofSeries.map(({ aggregation }) => aggregation.create(batch.starts.length, context.budget));
      for (const span of times) {
        if (!isOver()) await gatherPieces(context, series, span, batch, ofSeries, accumulators, isOver);
      }
      for (const [index, input] of ofSeries.entries()) gathered.set(input, accumulators[index]!);
    }
  });
  if (fromRows.length > 0) {
    const accumulators = await gatherRows(context, query, fromRows, times, batch);
    for (const [index, input] of fromRows.entries()) gathered.set(input, accumulators[index]!);
  }
  // In the order in which they were found, whatever came first.
  for (const input of inputs) {
    const accumulator = gathered.get(input)!;
    const result = results[input.group];
    if (result === undefined) results[input.group] = accumulator;
    else result.absorb(accumulator);
  }
  return { times: batch.times, columns: results.map((result) => result!.finish()) };
}

function isOfOneSeries({ aggregation, arguments: operands }: AggregateInput): boolean {
  return !aggregation.isOfRows && operands.length === 1 && isBound(operands[0]!);
}

type OfSeries = readonly [SourceSeries, AggregateInput[]];

/** What leads to one series of a device leads to the next: they are read one after the other, and other devices beside them. */
function* neighboursIn(all: Iterable<OfSeries>): Generator<OfSeries[]> {
  let neighbours: OfSeries[] = [];
  for (const one of all) {
    const [last] = neighbours;
    if (last !== undefined && (last[0].device !== one[0].device || neighbours.length === neighboursMax)) {
      yield neighbours;
      neighbours = [];
    }
    neighbours.push(one);
  }
  if (neighbours.length > 0) yield neighbours;
}

function bySeries(inputs: readonly AggregateInput[]): Iterable<OfSeries> {
  const found = new Map<string, [SourceSeries, AggregateInput[]]>();
  for (const input of inputs) {
    const [operand] = input.arguments;
    if (operand === undefined || !isBound(operand)) continue;
    const key = seriesKey(operand.series);
    const ofSeries = found.get(key);
    if (ofSeries === undefined) found.set(key, [operand.series, [input]]);
    else ofSeries[1].push(input);
  }
  return found.values();
}

async function gatherPieces(
  { source, signal, statistics, pace }: QueryContext,
  { device, measurement }: SourceSeries,
  { startMs, endMs }: TimeSpan,
  batch: WindowBatch,
  inputs: readonly AggregateInput[],
  accumulators: readonly Accumulator[],
  isOver: () => boolean,
): Promise<void> {
  pace.check();
  const feeder = new WindowFeeder(batch);
  const { cuts } = batch;
  const allowsSummaries = inputs.every(({ aggregation }) => aggregation.takesSummaries);
  await source.eachPiece({ device, measurement, startMs, endMs, cuts, allowsSummaries, signal }, (piece) => {
    if (isOver()) throw new TypeError('others have failed, and nobody hears of this');
    if (piece.kind === 'points') {
      const rows: Rows = { times: piece.times, columns: [piece.column] };
      statistics.pointsRead += piece.times.length;
      const steps = feeder.feed(piece.times, (window, from, to) => {
        for (const accumulator of accumulators) accumulator.add(window, rows, from, to);
      });
      return workThrough(steps, accumulators.length, pace);
    }
    statistics.summariesRead++;
    const work = feeder.feedMoment(piece.startMs, (window) => {
      for (const accumulator of accumulators) accumulator.addSummary(window, piece);
    });
    return pace.turnAfter(work * accumulators.length);
  });
}

/** Without a promise as long as nobody else has to have a turn. */
function workThrough(steps: Iterator<number>, perStep: number, pace: Pace): Promise<void> | undefined {
  for (let step = steps.next(); !step.done; step = steps.next()) {
    const turn = pace.turnAfter(step.value * perStep);
    if (turn !== undefined) return turn.then(() => workThrough(steps, perStep, pace));
  }
  return undefined;
}

/** Aggregations of expressions, or under a condition: all of them from one reading of the joined rows. */
async function gatherRows(
  context: QueryContext,
  { scope, condition }: AggregateQuery,
  inputs: readonly AggregateInput[],
  times: TimeSet,
  batch: WindowBatch,
): Promise<readonly Accumulator[]> {
  const accumulators = inputs.map(({ aggregation }) => aggregation.create(batch.starts.length, context.budget));
  const order = { isDescending: false, rowsHint: undefined };
  const feeder = new WindowFeeder(batch);
  for await (const rows of filterRows(readRows(context, scope, times, order), condition)) {
    const values = inputs.map(
      ({ evaluators }): Rows => ({
        times: rows.times,
        columns: evaluators.map((evaluator) => evaluator.column(rows)),
      }),
    );
    const steps = feeder.feed(rows.times, (window, from, to) => {
      for (const [index, accumulator] of accumulators.entries()) accumulator.add(window, values[index]!, from, to);
    });
    for (const work of steps) await context.pace.after(work * inputs.length);
  }
  return accumulators;
}
