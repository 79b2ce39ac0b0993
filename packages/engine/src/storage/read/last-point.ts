import { DataType } from '@balsa/wire';
import type { LastPoint } from './last-cache.ts';
import { readPieces } from './pieces.ts';
import type { ReadCounters } from './read-counters.ts';
import type { ReadView } from './read-view.ts';

/** The last point that a view shows of a series. */
export async function lastPoint(
  view: ReadView,
  measurement: string,
  type: DataType,
  counters: ReadCounters,
  signal: AbortSignal | undefined,
): Promise<LastPoint> {
  // Statistics of BLOB do not have the value.
  const byStatistics = type !== DataType.BLOB;
  for await (const piece of readPieces(view, measurement, type, { byStatistics, descending: true, counters, signal })) {
    if (piece.kind === 'points') return { timeMs: piece.times[0]!, value: piece.column.values[0]! };
    if (piece.last !== undefined) return { timeMs: piece.endMs, value: piece.last };
  }
  return undefined;
}
