// An engine on a folder in memory, and the log that outlives it: what tests do to both.

import { type CommandResult, decodeCommandResult, isNull } from '@balsa/wire';
import { MemoryFolder } from '../folder/memory-folder.ts';
import type { GivenOptions } from '../options.ts';
import type { Pace } from '../pace.ts';
import type { SeriesValue } from '../points.ts';
import { StorageEngine } from '../storage-engine.ts';

/** Nothing waits; whatever runs beside it gets a turn all the same. */
export const quickPace: Pace = {
  turn: () => new Promise((resolve) => setImmediate(resolve)),
  wait: (_, signal) =>
    new Promise((resolve, reject) => setImmediate(() => (signal.aborted ? reject(signal.reason) : resolve()))),
};

let drawn = 0;

export const smallOptions: GivenOptions = {
  memtableBytes: 1 << 20,
  memoryBytesMax: 1 << 22,
  retryMs: 1,
  pace: quickPace,
  drawName: () => `n${++drawn}`,
};

export type Log = readonly Buffer[];

/** Applies the commands of a log behind those that the engine has; the first has index 1. */
export function replay(engine: StorageEngine, log: Log): void {
  for (let index = engine.appliedIndex + 1; index <= log.length; index++) engine.apply(index, log[index - 1]!);
}

export function resultOf(bytes: Uint8Array): CommandResult {
  return decodeCommandResult(Buffer.from(bytes));
}

export type ScannedRow = readonly [timeMs: number, ...values: (SeriesValue | undefined)[]];

export async function rowsOf(
  engine: StorageEngine,
  device: string,
  measurements: readonly string[],
  query: { startMs?: number; endMs?: number; descending?: boolean } = {},
): Promise<ScannedRow[]> {
  const rows: ScannedRow[] = [];
  for await (const { times, columns } of engine.scan({ device, measurements, ...query })) {
    for (const [row, time] of times.entries()) {
      rows.push([time, ...columns.map((column) => (isNull(column, row) ? undefined : column.values[row]!))]);
    }
  }
  return rows;
}

export async function openOn(
  folder: MemoryFolder = new MemoryFolder(),
  options: GivenOptions = {},
): Promise<StorageEngine> {
  return StorageEngine.open(folder, { ...smallOptions, ...options });
}

export async function openForLogOn(folder: MemoryFolder, options: GivenOptions = {}): Promise<StorageEngine> {
  return StorageEngine.openForLog(folder, { ...smallOptions, ...options });
}
