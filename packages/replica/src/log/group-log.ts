// One group's view of the log: entries on disk, found through the span index, then those still in memory. Where the two
// overlap, memory holds the newer ones: entries that supersede what is on disk but have not been written yet.

import { type Batch, type GroupId, type Index, lastIndexOf } from '@balsa/raft';
import { recordHeaderBytes } from '../record.ts';
import { BatchQueue } from './batch-queue.ts';
import { type RecordLocation, SpanIndex } from './span-index.ts';

export class GroupLog {
  readonly group: GroupId;
  readonly spans: SpanIndex = new SpanIndex();
  readonly queue: BatchQueue = new BatchQueue();
  /** Last index on disk, 0 for none; entries from `queue.first` on are superseded. */
  writtenIndex: Index = 0;
  /** Entries below this are no longer needed. */
  releasedIndex: Index = 0;
  /** Rises whenever entries are superseded, in memory or on disk, so that a read under way notices. */
  generation = 0;
  /** Highest sequence that is durable but has not been reported yet. */
  unreportedSequence: number | undefined;

  constructor(group: GroupId) {
    this.group = group;
  }

  get lastIndex(): Index {
    const { last } = this.queue;
    return last === undefined ? this.writtenIndex : lastIndexOf(last);
  }

  /** Entries below this are read from disk, the others from memory. */
  get queuedFrom(): Index {
    return this.queue.first?.firstIndex ?? this.writtenIndex + 1;
  }

  /** Takes in a batch that is yet to be written. */
  append(batch: Batch): void {
    const { lastIndex } = this;
    if (!isSealed(batch, this.group))
      throw new Error(`group ${this.group}: the batch is not a sealed record of this group`);
    if (lastIndex !== 0 && batch.firstIndex > lastIndex + 1) {
      throw new Error(`group ${this.group}: entry ${batch.firstIndex} cannot follow entry ${lastIndex}`);
    }
    if (batch.firstIndex <= lastIndex) {
      this.generation++;
      this.queue.truncate(batch.firstIndex);
    }
    this.queue.push(batch);
  }

  /** Takes in a batch that is on disk: just written, or found when the log was opened. */
  written(batch: Batch, location: RecordLocation): void {
    const supersedes = batch.firstIndex <= this.writtenIndex;
    if (supersedes) {
      this.generation++;
      this.spans.truncate(batch.firstIndex);
    }
    this.spans.add(batch.firstIndex, location, supersedes);
    this.writtenIndex = lastIndexOf(batch);
    // Not so if a later batch has superseded this one before it was written.
    if (this.queue.first === batch) this.queue.shift();
  }
}

function isSealed({ bytes }: Batch, group: GroupId): boolean {
  if (bytes.length < recordHeaderBytes) return false;
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return record.readUInt32LE(0) === bytes.length && record.readUInt32LE(12) === group;
}
