import { DataType } from '@balsa/wire';
import type { Device } from '../catalog/device.ts';
import type { LastPoint } from '../points.ts';
import { type Intervals, intervalsOf } from '../tombstones/intervals.ts';
import { readPieces } from './pieces.ts';
import type { ReadCounters } from './read-counters.ts';
import type { ReadState, ReadView } from './read-view.ts';

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

/** The last point that memtables have of a series. They are sorted: no other is looked at, nor captured. */
export function lastInMemory(
  { memtables, tombstones, appliedIndex }: Pick<ReadState, 'memtables' | 'tombstones' | 'appliedIndex'>,
  device: Device,
  measurement: string,
): LastPoint {
  let last: LastPoint;
  for (const memtable of memtables) {
    const sealedIndex = memtable.sealed?.appliedIndex ?? appliedIndex;
    const deletes = tombstones.of(device, measurement, appliedIndex).filter(({ index }) => index > sealedIndex);
    const own = lastOutside(intervalsOf(deletes), (endMs) => memtable.lastBefore(device, measurement, endMs));
    last = laterPoint(last, own);
  }
  return last;
}

/** Of two at one time the one that was written later. */
export function laterPoint(earlierWritten: LastPoint, laterWritten: LastPoint): LastPoint {
  if (earlierWritten === undefined || laterWritten === undefined) return earlierWritten ?? laterWritten;
  return laterWritten.timeMs >= earlierWritten.timeMs ? laterWritten : earlierWritten;
}

function lastOutside(gone: Intervals, lastBefore: (endMs: number) => LastPoint): LastPoint {
  let last = lastBefore(Number.POSITIVE_INFINITY);
  for (let i = gone.length - 2; i >= 0 && last !== undefined; i -= 2) {
    if (gone[i]! <= last.timeMs && last.timeMs < gone[i + 1]!) last = lastBefore(gone[i]!);
  }
  return last;
}
