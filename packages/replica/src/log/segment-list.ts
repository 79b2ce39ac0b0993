import type { Segment } from './segment.ts';

/** The segments of a log, oldest first, their ids without a gap; and those let go, until their files may be reused. */
export class SegmentList {
  readonly #live: Segment[];
  readonly #retired: Segment[] = [];
  readonly #recycle: (segment: Segment) => void;

  constructor(segments: readonly Segment[], recycle: (segment: Segment) => void) {
    this.#live = [...segments];
    this.#recycle = recycle;
  }

  get count(): number {
    return this.#live.length;
  }

  get firstId(): number {
    return this.oldest?.id ?? 0;
  }

  get oldest(): Segment | undefined {
    return this.#live[0];
  }

  /** What was written to all of them, headers and padding included. */
  get writtenBytes(): number {
    return this.#live.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0);
  }

  /** The one that blocks are added to. */
  get active(): Segment {
    const active = this.#live.at(-1);
    if (active === undefined) throw new Error('the log has no segment');
    return active;
  }

  /** `undefined` if the segment was let go. */
  get(id: number): Segment | undefined {
    return this.#live[id - this.firstId];
  }

  push(segment: Segment): void {
    this.#live.push(segment);
  }

  /** Lets go of the oldest segment, which nobody needs. */
  retireOldest(): void {
    this.#retired.push(...this.#live.splice(0, 1));
  }

  /**
   * A durable block says that the log begins with this segment. Only now may older files be overwritten, and only when
   * no read is under way in them; until then, recovery would take their loss for damage.
   */
  recycleBefore(firstId: number): void {
    while (this.#retired.length > 0) {
      const oldest = this.#retired[0]!;
      if (oldest.id >= firstId || oldest.readers > 0) return;
      this.#retired.shift();
      this.#recycle(oldest);
    }
  }

  async close(): Promise<void> {
    for (const { file } of [...this.#live, ...this.#retired]) await file.close();
  }
}
