/** Something that is, or was, in a log. */
export interface Droppable {
  /** How many had been dropped before it was; `undefined` while it is there. */
  droppedAt: number | undefined;
}

/** What was there at one moment, whatever is added or dropped later. */
export interface LogCapture<Entry> {
  /** How many there are. */
  readonly count: number;
  /** Positions from 0 up to here hold them. */
  readonly size: number;
  /** `undefined`: what was there had been dropped. */
  at(position: number): Entry | undefined;
}

/**
 * Entries in the order in which they were added. What was dropped stays in its place as long as somebody may still look for it, so that
 * to capture all of them is to note how many there are.
 */
export class DropLog<Entry extends Droppable> {
  /** Called when an entry comes to lie elsewhere. */
  readonly #moved: (entry: Entry, position: number) => void;
  #entries: Entry[] = [];
  #count = 0;
  #drops = 0;
  #captures = 0;

  constructor(moved: (entry: Entry, position: number) => void = () => {}) {
    this.#moved = moved;
  }

  /** Those that are there. */
  get count(): number {
    return this.#count;
  }

  /** Returns its position, which stays as it is while anybody looks, and else until it is moved. */
  add(entry: Entry): number {
    this.#count++;
    return this.#entries.push(entry) - 1;
  }

  drop(entry: Entry): void {
    entry.droppedAt = this.#drops++;
    this.#count--;
    this.#compact();
  }

  /** To be released when it is not needed any more. */
  capture(): LogCapture<Entry> {
    this.#captures++;
    const entries = this.#entries;
    const size = entries.length;
    const drops = this.#drops;
    return {
      count: this.#count,
      size,
      at(position) {
        const entry = position < size ? entries[position] : undefined;
        return entry?.droppedAt === undefined || entry.droppedAt >= drops ? entry : undefined;
      },
    };
  }

  /** To be called once for every capture. */
  release(): void {
    this.#captures--;
    this.#compact();
  }

  /** When more than half of the entries were dropped, and nobody looks. */
  #compact(): void {
    if (this.#captures > 0 || this.#entries.length <= 2 * this.#count) return;
    this.#entries = this.#entries.filter(({ droppedAt }) => droppedAt === undefined);
    for (const [position, entry] of this.#entries.entries()) this.#moved(entry, position);
  }
}
