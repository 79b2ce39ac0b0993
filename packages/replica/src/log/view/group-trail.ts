// What the records of one group tell, one after the other, also where some are missing. Recovery's rule (found-group.ts) says
// what continues what; where recovery gives up, the trail begins another piece.
//
// A record supersedes those before it from some entry on: a later leader's batch, or a record that the log begins anew. As few
// cuts as possible say so for all of them: of two, the later one counts alone if it cuts at least as deep. So they take as
// much memory as the group had leaders, not as it has entries.

import { type Batch, type Configuration, type Index, lastIndexOf, type Term } from '@balsa/raft';
import type { LogPosition } from '../../ports.ts';
import { isReset, type LogRecord } from '../../record.ts';
import { FoundGroup } from '../found-group.ts';

/** Where a record lies: by the order of segments in the log, and then in the file. */
export interface RecordPlace {
  readonly segment: number;
  readonly offset: number;
}

/** Entries that are missing, both ends included. */
export interface Gap {
  readonly from: Index;
  readonly to: Index;
}

/** What a segment holds of the group. */
export interface Stretch {
  readonly segment: number;
  records: number;
  indexMin: Index;
  indexMax: Index;
}

interface Cut {
  readonly place: RecordPlace;
  readonly from: Index;
}

export class GroupTrail {
  records = 0;
  /** Of all its records, those superseded as well. */
  bytes = 0;
  readonly stretches: Stretch[] = [];
  /** The last record says that the node has left the group, or that nothing is known of it any more. */
  hasLeft = false;
  #piece: FoundGroup;
  #base: LogPosition | undefined;
  #gaps: Gap[] = [];
  #cuts: Cut[] = [];
  #configurationBefore: readonly [Index, Configuration] | undefined;

  constructor(mayBeginAnywhere: boolean) {
    this.#piece = new FoundGroup(mayBeginAnywhere);
  }

  /** The entry before the first. */
  get base(): LogPosition {
    return this.#base ?? this.#piece.base;
  }

  get lastIndex(): Index {
    return this.#piece.lastIndex;
  }

  get lastTerm(): Term {
    const { termRuns, base } = this.#piece.recovered();
    return termRuns.at(-1)?.[1] ?? base.term;
  }

  /** `undefined` for an entry of which this is not known. */
  termOf(index: Index): Term | undefined {
    const { termRuns, base, lastIndex } = this.#piece.recovered();
    if (index === base.index) return base.term;
    return index > lastIndex ? undefined : termRuns.findLast(([first]) => first <= index)?.[1];
  }

  /** The newest, with its index. */
  get configuration(): readonly [Index, Configuration] | undefined {
    return this.#piece.recovered().configurations.at(-1) ?? this.#configurationBefore;
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Takes in the next record of the log. Returns what is wrong if it does not continue what came before. */
  take(record: LogRecord, place: RecordPlace): string | undefined {
    this.records++;
    this.bytes += record.bytes.length;
    this.#note(record, place.segment);
    if (isReset(record)) {
      this.#cut({ place, from: 0 });
      this.#piece.reset(record.base);
      this.#base = record.base;
      this.hasLeft = record.base.index === 0;
      return undefined;
    }
    this.hasLeft = false;
    const { lastIndex } = this.#piece;
    if (record.firstIndex <= lastIndex) this.#cut({ place, from: record.firstIndex });
    this.#piece.beginsWith(record);
    const continues = this.#piece.take(record);
    if (!continues) this.#beginPiece(record, lastIndex);
    this.#base ??= this.#piece.base;
    if (this.#piece.base.index < this.#base.index) this.#base = this.#piece.base;
    if (continues) return undefined;
    const { firstIndex, prevTerm } = record;
    return firstIndex > lastIndex + 1
      ? `entries ${lastIndex + 1} to ${firstIndex - 1} are missing before it`
      : `entry ${firstIndex} after term ${prevTerm} does not continue entry ${lastIndex}`;
  }

  /** From which entry on what lies there is superseded; `undefined`: nothing of it is. */
  supersededFrom(place: RecordPlace): Index | undefined {
    return this.#cuts.find((cut) => isBehind(cut.place, place))?.from;
  }

  #note(record: LogRecord, segment: number): void {
    const [first, last] = isReset(record)
      ? [record.base.index, record.base.index]
      : [record.firstIndex, lastIndexOf(record)];
    const stretch = this.stretches.at(-1);
    if (stretch?.segment !== segment) this.stretches.push({ segment, records: 1, indexMin: first, indexMax: last });
    else {
      stretch.records++;
      stretch.indexMin = Math.min(stretch.indexMin, first);
      stretch.indexMax = Math.max(stretch.indexMax, last);
    }
  }

  #cut(cut: Cut): void {
    while (this.#cuts.length > 0 && this.#cuts.at(-1)!.from >= cut.from) this.#cuts.pop();
    this.#cuts.push(cut);
    this.#gaps = this.#gaps.filter(({ from }) => from < cut.from);
    if ((this.#configurationBefore?.[0] ?? 0) >= cut.from) this.#configurationBefore = undefined;
  }

  #beginPiece(batch: Batch, lastIndex: Index): void {
    const { firstIndex } = batch;
    const before = this.configuration;
    this.#configurationBefore = before !== undefined && before[0] < firstIndex ? before : undefined;
    if (firstIndex > lastIndex + 1) this.#gaps.push({ from: lastIndex + 1, to: firstIndex - 1 });
    this.#piece = new FoundGroup(true);
    this.#piece.beginsWith(batch);
    this.#piece.take(batch);
  }
}

function isBehind(a: RecordPlace, b: RecordPlace): boolean {
  return a.segment > b.segment || (a.segment === b.segment && a.offset > b.offset);
}
