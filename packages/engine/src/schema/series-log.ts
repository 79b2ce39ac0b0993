import type { SeriesSchema } from './series-schema.ts';

/** A series that is, or was, registered. */
export interface LoggedSeries extends SeriesSchema {
  /** How many had been dropped before it was; `undefined` while it is registered. */
  droppedAt: number | undefined;
}

/** What was registered at one moment, whatever is registered or dropped later. */
export interface SeriesCapture {
  /** How many there are. */
  readonly count: number;
  /** Positions from 0 up to here hold them. */
  readonly size: number;
  /** `undefined`: what was there had been dropped. */
  at(position: number): SeriesSchema | undefined;
}

/**
 * All series in the order in which they were registered. What was dropped stays in its place as long as somebody may still look for
 * it, so that to capture them is to note how many there are.
 */
export class SeriesLog {
  #entries: LoggedSeries[] = [];
  #count = 0;
  #drops = 0;
  #captures = 0;

  /** Those that are registered. */
  get count(): number {
    return this.#count;
  }

  add(series: SeriesSchema): LoggedSeries {
    const entry: LoggedSeries = { ...series, droppedAt: undefined };
    this.#entries.push(entry);
    this.#count++;
    return entry;
  }

  drop(entry: LoggedSeries): void {
    entry.droppedAt = this.#drops++;
    this.#count--;
    this.#compact();
  }

  /** To be released when it is not needed any more. */
  capture(): SeriesCapture {
    this.#captures++;
    const entries = this.#entries;
    const drops = this.#drops;
    return {
      count: this.#count,
      size: entries.length,
      at(position) {
        const entry = entries[position];
        if (entry === undefined) return undefined;
        return entry.droppedAt === undefined || entry.droppedAt >= drops ? entry : undefined;
      },
    };
  }

  release(): void {
    this.#captures--;
    this.#compact();
  }

  /** When more than half of the entries are of dropped series, and nobody looks. */
  #compact(): void {
    if (this.#captures > 0 || this.#entries.length <= 2 * this.#count) return;
    this.#entries = this.#entries.filter(({ droppedAt }) => droppedAt === undefined);
  }
}
