// Everything that a storage engine shows of one device, read in every way that it offers, against what a naive map has.

import type { StorageEngine } from '@balsa/engine/storage';
import type { Content } from '@balsa/engine/testing';
import { DataType, isNull } from '@balsa/wire';
import { Violation } from '../../oracles.ts';
import { placeOf } from './series-log.ts';

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

type Value = number | bigint | string | Uint8Array;

/**
 * All reads begin at once, and so show one moment, whatever is applied meanwhile: `expected` is of that. `span` is what is read backwards, and where windows
 * begin and end. @throws Violation; what the engine throws.
 */
export async function readDevice(engine: StorageEngine, device: string, expected: Content, span: Span): Promise<void> {
  const own = [...engine.match([`${device}.*`])];
  const names = own.map(({ measurement }) => measurement);
  const wanted = [...expected].flatMap(([path, { type, points }]) => {
    const [at, measurement] = placeOf(path);
    return at === device ? [{ measurement, type, points }] : [];
  });
  const series = new Map(wanted.map(({ measurement, points }) => [measurement, points]));
  same(
    `the series of ${device}`,
    own.map(({ measurement, dataType }) => `${measurement} ${dataType}`),
    wanted.map(({ measurement, type }) => `${measurement} ${type}`).sort(),
  );
  if (own.length === 0) return;
  await Promise.all([
    rowsOf(engine, { device, measurements: names }).then((rows) =>
      same(`all of ${device}`, rows, rowsIn(series, names)),
    ),
    rowsOf(engine, { device, measurements: names, ...span, descending: true }).then((rows) => {
      const within = rowsIn(series, names, span).reverse();
      same(`${device} from ${span.endMs} back to ${span.startMs}`, rows, within);
    }),
    engine.last(device, names).then((found) => {
      const last = found.map((it) => (it === undefined ? undefined : [it.timeMs, it.value]));
      same(
        `the last points of ${device}`,
        last,
        names.map((name) => series.get(name)!.at(-1)),
      );
    }),
    ...own.map(async ({ measurement, dataType }) => {
      const found = await windowsOf(engine, { device, measurement, dataType }, span);
      same(`windows of ${device}.${measurement}`, found, windowsIn(series.get(measurement)!, dataType, span));
    }),
  ]);
}

async function rowsOf(engine: StorageEngine, query: Parameters<StorageEngine['scan']>[0]): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const { times, columns } of engine.scan(query)) {
    for (const [row, time] of times.entries()) {
      rows.push([time, ...columns.map((column) => (isNull(column, row) ? undefined : column.values[row]))]);
    }
  }
  return rows;
}

function rowsIn(
  series: ReadonlyMap<string, readonly [number, Value][]>,
  names: readonly string[],
  { startMs, endMs }: Span = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY },
): unknown[] {
  const columns = names.map((name) => new Map(series.get(name)));
  const times = new Set(columns.flatMap((points) => [...points.keys()]));
  const within = [...times].filter((time) => time >= startMs && time < endMs).sort((a, b) => a - b);
  return within.map((time) => [time, ...columns.map((points) => points.get(time))]);
}

/** Of the points before the span, within it, and behind it. */
interface WindowSum {
  count: number;
  sum: number;
}

async function windowsOf(
  engine: StorageEngine,
  { device, measurement, dataType }: { device: string; measurement: string; dataType: DataType },
  span: Span,
): Promise<WindowSum[]> {
  const windows = newWindows();
  for await (const piece of engine.pieces({ device, measurement, cuts: [span.startMs, span.endMs] })) {
    if (piece.kind === 'points') {
      for (const [row, time] of piece.times.entries()) {
        add(windows[windowAt(time, span)]!, 1, isSummed(dataType) ? Number(piece.column.values[row]) : 0);
      }
      continue;
    }
    const window = windowAt(piece.startMs, span);
    same(`the window of a summary of ${device}.${measurement}`, windowAt(piece.endMs, span), window);
    add(windows[window]!, piece.count, isSummed(dataType) ? piece.sum! : 0);
  }
  return windows;
}

function windowsIn(points: readonly [number, Value][], dataType: DataType, span: Span): WindowSum[] {
  const windows = newWindows();
  for (const [time, value] of points) {
    add(windows[windowAt(time, span)]!, 1, isSummed(dataType) ? Number(value) : 0);
  }
  return windows;
}

function newWindows(): WindowSum[] {
  return Array.from({ length: 3 }, () => ({ count: 0, sum: 0 }));
}

function add(window: WindowSum, count: number, sum: number): void {
  window.count += count;
  window.sum += sum;
}

function windowAt(time: number, { startMs, endMs }: Span): number {
  if (time < startMs) return 0;
  return time < endMs ? 1 : 2;
}

function isSummed(dataType: DataType): boolean {
  return dataType === DataType.INT32 || dataType === DataType.INT64 || dataType === DataType.DOUBLE;
}

function same(what: string, found: unknown, expected: unknown): void {
  const [left, right] = [textOf(found), textOf(expected)];
  if (left !== right) throw new Violation('series', `${what}: found ${left}, not ${right}`);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, it: unknown) => (typeof it === 'bigint' ? `${it}n` : it));
}
