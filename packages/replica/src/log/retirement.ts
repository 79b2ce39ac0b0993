// Which segments may go. Only the oldest can, so that what is left is always an end of the log; and it can when, for every
// group with records in it,
//   - no entry that the group needs is in it: those were released, or superseded; and
//   - something of the group comes later, by which recovery knows where the group's log has got to. For a group that has
//     nothing but released entries there is nothing: its end is written again, as a reset to where it is. So no group is
//     ever forgotten because it was idle, and a log whose beginning is gone never looks like one that has just begun.

import type { GroupId } from '@balsa/raft';
import type { GroupLog } from './group-log.ts';
import type { Segment } from './segment.ts';
import type { SegmentList } from './segment-list.ts';

export interface RetirementOptions {
  readonly segments: SegmentList;
  /** So many are kept although nobody needs them. */
  readonly segmentsMin: number;
  /** Writes the end of a group's log again, behind everything that is there. */
  readonly carryOver: (log: GroupLog) => void;
  /** Segments were let go: their files may be used again once a block on the disk no longer names them. */
  readonly onRetired: () => void;
}

export class Retirement {
  readonly #options: RetirementOptions;
  /** What is on its way to the disk may make the oldest segment free. */
  #waits = false;

  constructor(options: RetirementOptions) {
    this.#options = options;
  }

  /** Groups need less than before: lets go of what nobody needs now. */
  run(): void {
    const { segments, onRetired } = this.#options;
    this.#waits = false;
    const { count } = segments;
    while (this.#candidate !== undefined && !this.#isNeeded(this.#candidate)) segments.retireOldest();
    if (segments.count < count) onRetired();
  }

  /** Records have reached the disk. */
  proceed(): void {
    if (this.#waits) this.run();
  }

  /** The groups whose entries keep the oldest segment. */
  heldBy(): GroupId[] {
    const segment = this.#candidate;
    if (segment === undefined) return [];
    return [...segment.groups].filter((log) => holds(log, segment)).map(({ group }) => group);
  }

  /** The oldest segment, if it may go. */
  get #candidate(): Segment | undefined {
    const { segments, segmentsMin } = this.#options;
    return segments.count > segmentsMin ? segments.oldest : undefined;
  }

  #isNeeded(segment: Segment): boolean {
    for (const log of segment.groups) {
      if (holds(log, segment)) return true;
      if (log.isResetting || log.endsIn(segment.id)) continue;
      log.spans.dropSegmentsBelow(segment.id + 1);
      segment.groups.delete(log);
    }
    // Those left have nothing but their end in it, or are about to.
    for (const log of segment.groups) if (log.isWritten) this.#options.carryOver(log);
    this.#waits = segment.groups.size > 0;
    return this.#waits;
  }
}

function holds(log: GroupLog, segment: Segment): boolean {
  return !log.isResetting && log.holdsEntriesIn(segment.id);
}
