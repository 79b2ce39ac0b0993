// What the writers know: which rows they sent, and what they were told about them. The store is checked against this.

import { mix } from './random.ts';

export const Outcome = {
  /** Sent, not answered. Counts as unknown if the run ends here. */
  pending: 0,
  /** Must be there, exactly once. */
  acknowledged: 1,
  /** May be there, once and whole, or not at all. */
  unknown: 2,
  /** Must not be there. */
  rejected: 3,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** A tablet's rows have consecutive timestamps from `firstMs` on. */
export interface SentTablet {
  readonly firstMs: number;
  readonly rows: number;
  outcome: Outcome;
}

/** Rows of one device. Timestamps are drawn once and never again, so a row that stands there twice was applied twice. */
export class DeviceLedger {
  readonly device: string;
  readonly tablets: SentTablet[] = [];
  readonly #seed: number;
  #nextMs: number;

  constructor(device: string, seed: number, startMs: number) {
    this.device = device;
    this.#seed = seed;
    this.#nextMs = startMs;
  }

  send(rows: number): SentTablet {
    const tablet: SentTablet = { firstMs: this.#nextMs, rows, outcome: Outcome.pending };
    this.#nextMs += rows;
    this.tablets.push(tablet);
    return tablet;
  }

  /** What the row at `timestampMs` holds: not derivable from its neighbours, so that a mix-up shows. */
  valueAt(timestampMs: number): number {
    return mix(this.#seed ^ mix(timestampMs % 0xffff_ffff)) / 1000;
  }
}

export interface RowCounts {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly rejected: number;
}

export function countRows(ledgers: Iterable<DeviceLedger>): RowCounts {
  const counts = { acknowledged: 0, unknown: 0, rejected: 0 };
  for (const { tablets } of ledgers) {
    for (const { rows, outcome } of tablets) {
      if (outcome === Outcome.acknowledged) counts.acknowledged += rows;
      else if (outcome === Outcome.rejected) counts.rejected += rows;
      else counts.unknown += rows;
    }
  }
  return counts;
}
