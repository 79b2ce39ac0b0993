// Many points, so that series have several chunks and pages.

import { DataType, encodeInsertTablet } from '@balsa/wire';
import type { StorageEngine } from '../storage-engine.ts';

const rowsPerTablet = 10_000;

/** Writes `value(time)` at each of `count` times, in order, to each of the measurements (INT32). */
export function writeBulk(
  engine: StorageEngine,
  device: string,
  measurements: readonly string[],
  {
    startMs,
    stepMs = 1,
    count,
    value,
  }: { startMs: number; stepMs?: number; count: number; value: (timeMs: number) => number },
): void {
  for (let from = 0; from < count; from += rowsPerTablet) {
    const rows = Math.min(rowsPerTablet, count - from);
    const timestamps = Float64Array.from({ length: rows }, (_, i) => startMs + (from + i) * stepMs);
    const values = Int32Array.from(timestamps, value);
    engine.apply(
      engine.appliedIndex + 1,
      encodeInsertTablet({
        device,
        measurements,
        dataTypes: measurements.map(() => DataType.INT32),
        timestamps,
        columns: measurements.map(() => ({ values })),
      }),
    );
  }
}

/** Values that no encoding makes smaller, so that a file of them has many blocks. */
export function noise(time: number): number {
  let mixed = Math.imul(time + 1, 0x9e37_79b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85eb_ca6b);
  return mixed ^ (mixed >>> 13);
}
