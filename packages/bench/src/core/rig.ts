// What is put under load: members of one group that agree on entries, all in this process.

/** `observed`: hosts whose statistics are being collected. */
export const systems = ['core', 'hosts', 'observed'] as const;
export type System = (typeof systems)[number];

/** What a rig has done so far. */
export interface Work {
  /** Entries that were committed and answered to their clients. */
  readonly entries: number;
  /** Batches in which the leader appended them. */
  readonly batches: number;
}

export interface Rig {
  readonly system: System;
  /** For the reader of a report. */
  readonly description: string;
  /**
   * Closed loop: each of `clients` has one entry under way and proposes the next when that is answered. Returns what was
   * done within `durationMs`, and how long that was.
   */
  run(clients: number, durationMs: number, signal: AbortSignal): Promise<Work & { readonly seconds: number }>;
  close(): Promise<void>;
}
