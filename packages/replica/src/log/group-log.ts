// One group's view of the log: entries on disk, found through the span index, then those still in memory. Where the two
// overlap, memory holds the newer ones: entries that supersede what is on disk but have not been written yet.
//
// A reset takes effect at once for whoever reads or appends. What it supersedes holds its segments until the record that
// says so is on disk, for a crash may come before.

import { type Batch, type GroupId, type Index, lastIndexOf, type Term } from '@balsa/raft';
import type { LogPosition } from '../ports.ts';
import { isReset, type LogRecord, recordHeaderBytes } from '../record.ts';
import { BatchQueue } from './batch-queue.ts';
import { type RecordLocation, SpanIndex } from './span-index.ts';

const beginning: LogPosition = { index: 0, term: 0 };

export class GroupLog {
  readonly group: GroupId;
  readonly spans: SpanIndex = new SpanIndex();
  readonly queue: BatchQueue = new BatchQueue();
  /** Entries below this are no longer needed. */
  releasedIndex: Index = 0;
  /** Rises whenever entries are superseded, in memory or on disk, so that a read under way notices. */
  generation = 0;
  /** Highest sequence that is durable but has not been reported yet. */
  unreportedSequence: number | undefined;
  /** Whoever asked for what is still to be written does not want to hear of it any more. */
  isForgotten = false;
  #base = beginning;
  /** Those that are not on disk yet: until then, nothing on disk is part of the log. */
  #resetsQueued = 0;
  /** The last entry on disk, or the base if none is; entries from `queue.first` on are superseded. */
  #writtenIndex: Index = 0;
  #writtenTerm: Term = 0;
  /** Segment of the last record, by which recovery knows where the log of the group has got to. */
  #lastSegmentId = 0;

  constructor(group: GroupId) {
    this.group = group;
  }

  /** The entry before the first. What lies below was never here, or a snapshot has taken its place. */
  get base(): LogPosition {
    return this.#base;
  }

  get lastIndex(): Index {
    const { last } = this.queue;
    if (last !== undefined) return lastIndexOf(last);
    return this.isResetting ? this.#base.index : this.#writtenIndex;
  }

  /** Entries below this are read from disk, the others from memory. */
  get queuedFrom(): Index {
    return this.queue.first?.firstIndex ?? this.lastIndex + 1;
  }

  /** What is on disk is about to be superseded, all of it. */
  get isResetting(): boolean {
    return this.#resetsQueued > 0;
  }

  /** All that was appended is on disk. */
  get isWritten(): boolean {
    return this.queue.first === undefined && !this.isResetting;
  }

  /** The last entry on disk. */
  get written(): LogPosition {
    return { index: this.#writtenIndex, term: this.#writtenTerm };
  }

  /** Takes in a batch that is yet to be written. */
  append(batch: Batch): void {
    const { lastIndex, base } = this;
    if (!isSealed(batch, this.group))
      throw new Error(`group ${this.group}: the batch is not a sealed record of this group`);
    if (batch.firstIndex > lastIndex + 1 || batch.firstIndex <= base.index) {
      throw new Error(`group ${this.group}: entry ${batch.firstIndex} cannot follow entry ${lastIndex}`);
    }
    if (batch.firstIndex <= lastIndex) {
      this.generation++;
      this.queue.truncate(batch.firstIndex);
    }
    this.queue.push(batch);
  }

  /** Takes in that the log begins anew behind `base`; the record is yet to be written. */
  reset(base: LogPosition): void {
    this.generation++;
    this.queue.truncate(0);
    this.#base = base;
    this.#resetsQueued++;
    this.releasedIndex = 0;
  }

  /** Takes in a record that is on disk: just written, or found when the log was opened. */
  wrote(record: LogRecord, location: RecordLocation): void {
    if (isReset(record)) this.#wroteReset(record.base);
    else this.#wroteBatch(record, location);
    this.#lastSegmentId = location.segmentId;
  }

  /** All that recovery has found so far is superseded, or was nothing; what comes next follows on `base`. */
  beginAt(base: LogPosition): void {
    this.spans.truncate(0);
    this.#base = base;
    this.#writtenIndex = base.index;
    this.#writtenTerm = base.term;
  }

  /** Is the segment needed for its entries? No older segment may be there any more. */
  holdsEntriesIn(segmentId: number): boolean {
    const { spans, releasedIndex } = this;
    if (spans.firstIndex === undefined || releasedIndex > this.#writtenIndex) return false;
    return spans.locationOf(spans.spanOf(Math.max(releasedIndex, spans.firstIndex))).segmentId === segmentId;
  }

  /** Without the segment, nothing would tell recovery where the log of the group has got to. */
  endsIn(segmentId: number): boolean {
    return this.#lastSegmentId === segmentId && this.#writtenIndex > 0;
  }

  #wroteBatch(batch: Batch, location: RecordLocation): void {
    const supersedes = batch.firstIndex <= this.#writtenIndex;
    if (supersedes) {
      this.generation++;
      this.spans.truncate(batch.firstIndex);
    }
    this.spans.add(batch.firstIndex, location, supersedes);
    this.#writtenIndex = lastIndexOf(batch);
    this.#writtenTerm = batch.term;
    // Not so if a later batch has superseded this one before it was written.
    if (this.queue.first === batch) this.queue.shift();
  }

  #wroteReset(base: LogPosition): void {
    this.#resetsQueued--;
    this.spans.truncate(0);
    this.#writtenIndex = base.index;
    this.#writtenTerm = base.term;
  }
}

function isSealed({ bytes }: Batch, group: GroupId): boolean {
  if (bytes.length < recordHeaderBytes) return false;
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return record.readUInt32LE(0) === bytes.length && record.readUInt32LE(12) === group;
}
