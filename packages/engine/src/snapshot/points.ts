// The record that holds points of the series named last, ascending in time:
//
//   u8 1 if a chunk of the series begins with them, 0 if they go on with the one before
//   u16 count | times, f64 each | values, see column-bytes.ts
//
// Chunks are kept as they are: so a replica that was restored writes the same snapshots as one that was not.

import { type ByteReader, WireError } from '@balsa/wire';
import { type Chunk, chunkPointsMax, type Run } from '../chunk.ts';
import type { ValueKind } from '../value-kind.ts';
import { recordBytesTarget } from './format.ts';
import type { RecordWriter } from './record-writer.ts';

export const pointsRecord = 3;

/** The points of a chunk that were there at some moment. */
export type CapturedChunk<T> = Readonly<Pick<Chunk<T>, 'times' | 'values' | 'count'>>;

/** The points of a series at some moment. The arrays are the series' own: see `Chunk.isCaptured`. */
export class CapturedPoints<T> {
  readonly #kind: ValueKind<T>;
  readonly #chunks: readonly CapturedChunk<T>[];

  constructor(kind: ValueKind<T>, chunks: readonly CapturedChunk<T>[]) {
    this.#kind = kind;
    this.#chunks = chunks;
  }

  /** Writes one record at each step. */
  *write(out: RecordWriter): Generator<void, void, undefined> {
    for (const chunk of this.#chunks) {
      let start = 0;
      while (start < chunk.count) {
        const end = recordEnd(chunk, this.#kind, start);
        writePoints(out, this.#kind, chunk, start, end);
        start = end;
        yield;
      }
    }
  }
}

/** A chunk fits into one record, unless it holds texts. */
function recordEnd<T>({ values, count }: CapturedChunk<T>, { heapBytes }: ValueKind<T>, start: number): number {
  if (heapBytes === undefined) return count;
  let end = start + 1;
  let bytes = heapBytes(values[start]!);
  while (end < count) {
    bytes += heapBytes(values[end]!);
    if (bytes > textBytesTarget) break;
    end++;
  }
  return end;
}

/** In memory. As UTF-8, texts take up to one and a half times as much; their times take less than the rest. */
const textBytesTarget = recordBytesTarget / 2;

function writePoints<T>(
  out: RecordWriter,
  kind: ValueKind<T>,
  { times, values }: CapturedChunk<T>,
  start: number,
  end: number,
): void {
  out.begin(pointsRecord);
  out.u8(start === 0 ? 1 : 0);
  out.u16(end - start);
  out.array(times.subarray(start, end));
  kind.write(out, values.subarray(start, end));
  out.end();
}

/** What a record of points holds. */
export interface PointsRead<T> {
  readonly beginsChunk: boolean;
  readonly run: Run<T>;
}

/** @throws WireError: these are no points that a series could hold. */
export function readPoints<T>(body: ByteReader, kind: ValueKind<T>): PointsRead<T> {
  const beginsChunk = body.u8();
  const count = body.u16();
  if (beginsChunk > 1 || count === 0 || count > chunkPointsMax) {
    throw new WireError('BYTES_MALFORMED', `a record of ${count} points, marked ${beginsChunk}`);
  }
  const times = new Float64Array(count);
  body.fill(times);
  checkTimes(times);
  return { beginsChunk: beginsChunk === 1, run: { times, values: kind.read(body, count) } };
}

/** Whole numbers of milliseconds that strictly ascend. -0 is none: it is 0 in other bytes. */
function checkTimes(times: Float64Array): void {
  let previous = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    const time = times[i]!;
    if (!(time > previous && Number.isSafeInteger(time)) || Object.is(time, -0)) {
      throw new WireError('BYTES_MALFORMED', `time ${time} cannot follow on ${previous}`);
    }
    previous = time;
  }
}
