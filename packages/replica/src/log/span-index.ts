// Where a group's entries lie on disk, sparsely. A span begins at some record of the group and runs on until the next
// span's first index. A new one begins with every segment, whenever 64 KiB of log went by, and where entries supersede
// earlier ones; so a reader scans at most 64 KiB in vain, and the index takes 32 bytes for every 64 KiB.

import type { Index } from '@balsa/raft';

export const spanBytes: number = 64 * 1024;

export interface RecordLocation {
  readonly segmentId: number;
  /** Offset of the record in the file. */
  readonly offset: number;
  /** End of the records of the block that holds it. */
  readonly recordsEnd: number;
}

export class SpanIndex {
  // Parallel arrays: one entry per span, ascending.
  readonly #firstIndexes: Index[] = [];
  readonly #segmentIds: number[] = [];
  readonly #offsets: number[] = [];
  readonly #recordsEnds: number[] = [];

  get count(): number {
    return this.#firstIndexes.length;
  }

  /** The first index that is still on disk; `undefined` if there is none. */
  get firstIndex(): Index | undefined {
    return this.#firstIndexes[0];
  }

  /** Notes a record that directly follows what is there, in index and in place. */
  add(firstIndex: Index, location: RecordLocation, supersedes: boolean): void {
    const last = this.count - 1;
    const isCovered =
      last >= 0 &&
      !supersedes &&
      this.#segmentIds[last] === location.segmentId &&
      location.offset - this.#offsets[last]! < spanBytes;
    if (isCovered) return;
    this.#firstIndexes.push(firstIndex);
    this.#segmentIds.push(location.segmentId);
    this.#offsets.push(location.offset);
    this.#recordsEnds.push(location.recordsEnd);
  }

  /** Forgets all entries from `index` on. */
  truncate(index: Index): void {
    this.#keep(0, this.#countBelow(index));
  }

  /** Forgets all entries in segments before `segmentId`. */
  dropSegmentsBelow(segmentId: number): void {
    let first = 0;
    while (first < this.count && this.#segmentIds[first]! < segmentId) first++;
    this.#keep(first, this.count);
  }

  /** The position of the span that holds `index`, which must not be below `firstIndex`. */
  spanOf(index: Index): number {
    return this.#countBelow(index + 1) - 1;
  }

  locationOf(span: number): RecordLocation {
    return {
      segmentId: this.#segmentIds[span]!,
      offset: this.#offsets[span]!,
      recordsEnd: this.#recordsEnds[span]!,
    };
  }

  /** The index at which the next span begins; infinite for the last span. */
  endOf(span: number): Index {
    return this.#firstIndexes[span + 1] ?? Number.POSITIVE_INFINITY;
  }

  /** How many spans begin below `index`. */
  #countBelow(index: Index): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firstIndexes[middle]! < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #keep(start: number, end: number): void {
    for (const column of [this.#firstIndexes, this.#segmentIds, this.#offsets, this.#recordsEnds]) {
      column.length = end;
      column.splice(0, start);
    }
  }
}
