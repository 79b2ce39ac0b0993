// What snapshots of a store cost. Not a test; after a build: node packages/engine/dist/testing/measure-snapshots.js
//
// Prints how long it takes to capture 10 million points in 1,000 series, how fast they are written and restored, and how
// many times as long a write takes while a snapshot is under way. Times are the processor's: others may use the machine.

import { DataType, encodeInsertTablet } from '@balsa/wire';
import { chunkPointsMax } from '../chunk.ts';
import { SeriesStore } from '../series-store.ts';

const deviceCount = 100;
const measurements = Array.from({ length: 10 }, (_, i) => `s${i}`);
const dataTypes = measurements.map(() => DataType.DOUBLE);
const rowsPerTablet = 100;
const pointsWanted = 10_000_000;
const rounds = 7;
const writesPerChunk = 3;

let index = 0;

/** Rows of all measurements of one device, from `row` on. */
function commandAt(device: number, row: number): Buffer {
  const timestamps = Float64Array.from({ length: rowsPerTablet }, (_, i) => (row + i) * 1000);
  const columns = measurements.map((_, s) => ({ values: timestamps.map((time) => time / (s + 3)) }));
  return encodeInsertTablet({ device: `root.d${device}`, measurements, dataTypes, timestamps, columns });
}

function filledStore(): SeriesStore {
  const store = new SeriesStore({ memoryBytesMax: 2 ** 33 });
  const rows = pointsWanted / deviceCount / measurements.length;
  for (let row = 0; row < rows; row += rowsPerTablet) {
    for (let device = 0; device < deviceCount; device++) store.apply(++index, commandAt(device, row));
  }
  return store;
}

/** Milliseconds of the processor. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timed<T>(task: () => T): { readonly ms: number; readonly result: T } {
  const start = performance.now();
  const result = task();
  return { ms: performance.now() - start, result };
}

/** Milliseconds for these writes, with a chunk taken now and then if a snapshot is under way. */
function writeMs(store: SeriesStore, commands: readonly Buffer[], snapshot: Iterator<Uint8Array> | undefined): number {
  let ms = 0;
  for (const [i, command] of commands.entries()) {
    if (i % writesPerChunk === 0) snapshot?.next();
    const startMs = cpuMs();
    store.apply(++index, command);
    ms += cpuMs() - startMs;
  }
  snapshot?.return?.();
  return ms;
}

/** Writes to all devices, once for each of these rows. */
function commandsFrom(rows: readonly number[]): Buffer[] {
  return rows.flatMap((row) => Array.from({ length: deviceCount }, (_, device) => commandAt(device, row)));
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const store = filledStore();
const chunks = [...store.snapshot()];
const megabytes = chunks.reduce((sum, { length }) => sum + length, 0) / 1e6;
print(`${store.statistics().points} points in ${store.statistics().series} series, ${Math.round(megabytes)} MB`);

const captureMs: number[] = [];
const writtenMs: number[] = [];
const restoredMs: number[] = [];
for (let round = 0; round < rounds; round++) {
  const { ms, result: snapshot } = timed(() => store.snapshot());
  captureMs.push(ms);
  const startMs = cpuMs();
  for (const chunk of snapshot) void chunk;
  writtenMs.push(cpuMs() - startMs);
  const restored = new SeriesStore({ memoryBytesMax: 2 ** 33 });
  const restoreStartMs = cpuMs();
  await restored.restore(
    (async function* () {
      yield* chunks;
    })(),
  );
  restoredMs.push(cpuMs() - restoreStartMs);
}
print(`capture: ${median(captureMs).toFixed(3)} ms`);
print(`written: ${Math.round((megabytes * 1000) / median(writtenMs))} MB/s`);
print(`restored: ${Math.round((megabytes * 1000) / median(restoredMs))} MB/s`);

const rowsThere = pointsWanted / deviceCount / measurements.length;
const append = (round: number): Buffer[] =>
  commandsFrom([0, 1, 2, 3, 4].map((i) => rowsThere + (5 * round + i) * rowsPerTablet));
/** Into each chunk once: the most that a snapshot can cost. */
const overwrite = (): Buffer[] => commandsFrom([0, 1, 2, 3, 4].map((i) => i * chunkPointsMax));
for (const [name, commands] of Object.entries({ append, overwrite })) {
  let quietMs = Number.POSITIVE_INFINITY;
  let busyMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    // What the last snapshot has left behind is not to be paid for here.
    writeMs(store, commands(3 * round), undefined);
    quietMs = Math.min(quietMs, writeMs(store, commands(3 * round + 1), undefined));
    busyMs = Math.min(busyMs, writeMs(store, commands(3 * round + 2), store.snapshot()));
  }
  print(`${name}: ${(busyMs / quietMs).toFixed(2)} times as long while a snapshot is under way`);
}
