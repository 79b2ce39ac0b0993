// Reads a run of a group's batches: from disk as far as they are written, then from memory.

import { type Batch, type Index, lastIndexOf } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type { GroupLog } from './group-log.ts';
import type { Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { type RecordLocation, spanBytes } from './span-index.ts';

const chunkBytesMax = 1024 * 1024;

/** The segment with this id; `undefined` once it is released. */
export type SegmentLookup = (segmentId: number) => Segment | undefined;

/** As `LogStore.read` has it. Rejects with LOG_DAMAGED, or with LOG_RELEASED if the entry is no longer kept. */
export async function readBatches(
  group: GroupLog,
  segments: SegmentLookup,
  fromIndex: Index,
  bytesMax: number,
): Promise<Batch[]> {
  for (;;) {
    const reader = new BatchReader(group, segments, fromIndex, bytesMax);
    await reader.run();
    // If entries were superseded meanwhile, some of them may be among those read.
    if (reader.isCurrent()) return reader.batches;
  }
}

class BatchReader {
  readonly batches: Batch[] = [];
  readonly #log: GroupLog;
  readonly #segments: SegmentLookup;
  readonly #bytesMax: number;
  readonly #generation: number;
  /** The entry wanted next. */
  #index: Index;
  #bytes = 0;
  #isFull = false;

  constructor(log: GroupLog, segments: SegmentLookup, fromIndex: Index, bytesMax: number) {
    this.#log = log;
    this.#segments = segments;
    this.#generation = log.generation;
    this.#index = fromIndex;
    this.#bytesMax = bytesMax;
  }

  isCurrent(): boolean {
    return this.#log.generation === this.#generation;
  }

  async run(): Promise<void> {
    if (this.#index <= this.#log.base.index) throw this.#released();
    while (this.#wantsMoreFromDisk()) await this.#readSegment();
    if (this.#isFull || this.#index > this.#log.lastIndex) return;
    for (const batch of this.#log.queue.from(this.#index)) {
      if (!this.#take(batch)) return;
    }
  }

  /** Takes what one segment has to give. */
  async #readSegment(): Promise<void> {
    const location = this.#locate();
    const segment = this.#segments(location.segmentId);
    if (segment === undefined) throw this.#released();
    segment.readers++;
    try {
      await this.#scan(segment, location);
    } finally {
      segment.readers--;
    }
  }

  async #scan(segment: Segment, location: RecordLocation): Promise<void> {
    const cursor = new SegmentCursor(segment, location, Math.min(this.#bytesMax + spanBytes, chunkBytesMax));
    let spanStart = this.#index;
    let spanEnd = this.#endOfSpanWith(spanStart);
    while (this.#wantsMoreFromDisk()) {
      if (this.#index >= spanEnd) {
        const next = this.#locate();
        if (next.segmentId !== segment.id) return;
        cursor.jumpTo(next);
        spanStart = this.#index;
        spanEnd = this.#endOfSpanWith(spanStart);
      }
      const group = cursor.group();
      const batch = group === this.#log.group ? cursor.batch() : undefined;
      if (group === undefined || (group === this.#log.group && batch === undefined)) {
        await this.#load(cursor);
        // Of a span that is gone it is not known any more where it ends; what was loaded may still be enough.
        if (this.#isReleased()) continue;
        // Meanwhile the log may have gone on, in spans and segments that were not there before. Looked up here and not in a
        // function that is awaited, which would leave it a moment to go on again.
        spanEnd = this.#endOfSpanWith(spanStart);
        continue;
      }
      if (batch !== undefined && lastIndexOf(batch) >= this.#index) {
        // Only the first batch may begin before the entry asked for.
        const isNext =
          batch.firstIndex === this.#index || (this.batches.length === 0 && batch.firstIndex < this.#index);
        if (!isNext) throw cursor.damaged(`entry ${this.#index} of group ${group} is missing`);
        if (!this.#take(batch)) return;
      }
      cursor.skip();
    }
  }

  async #load(cursor: SegmentCursor): Promise<void> {
    try {
      await cursor.load();
    } catch (error) {
      const isDamage = error instanceof ReplicaError && error.code === 'LOG_DAMAGED';
      // It looked for the rest behind the end of a file. What the disk itself refuses stays an error of the disk.
      throw isDamage && this.#isReleased() ? this.#released() : error;
    }
  }

  #wantsMoreFromDisk(): boolean {
    return !this.#isFull && this.#index < this.#log.queuedFrom && this.isCurrent();
  }

  #take(batch: Batch): boolean {
    this.#isFull = this.batches.length > 0 && this.#bytes + batch.bytes.length > this.#bytesMax;
    if (this.#isFull) return false;
    this.batches.push(batch);
    this.#bytes += batch.bytes.length;
    this.#index = lastIndexOf(batch) + 1;
    return true;
  }

  #locate(): RecordLocation {
    if (this.#isReleased()) throw this.#released();
    return this.#log.spans.locationOf(this.#log.spans.spanOf(this.#index));
  }

  #endOfSpanWith(index: Index): Index {
    return this.#log.spans.endOf(this.#log.spans.spanOf(index));
  }

  #isReleased(): boolean {
    const { firstIndex } = this.#log.spans;
    return firstIndex === undefined || this.#index < firstIndex;
  }

  #released(): ReplicaError {
    const entry = `entry ${this.#index} of group ${this.#log.group}`;
    return new ReplicaError('LOG_RELEASED', `${entry} is no longer in the log; start from a newer snapshot`);
  }
}
