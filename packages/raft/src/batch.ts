// A batch is what a leader appends at one time: a run of entries of one term, serialised once.
// The log, the wire and every relay carry it whole, so two logs that agree on the term of a batch's last entry agree
// on the whole batch, its boundaries included (Log Matching, lifted from entries to batches). That is why truncation
// and replication only ever happen at batch boundaries.

import type { Configuration } from './configuration.ts';
import type { Index, Term } from './types.ts';

export const BatchKind = {
  /** The empty entry with which a new leader commits what its predecessors left (Raft paper, section 8). */
  noop: 0,
  /** Client commands. */
  entries: 1,
  /** One entry: the group's members from here on. */
  configuration: 2,
} as const;
export type BatchKind = (typeof BatchKind)[keyof typeof BatchKind];

export interface BatchHeader {
  readonly kind: BatchKind;
  readonly term: Term;
  /** Term of the entry at `firstIndex - 1`. */
  readonly prevTerm: Term;
  readonly firstIndex: Index;
  /** Number of entries, at least 1. */
  readonly count: number;
}

export interface Batch extends BatchHeader {
  /** The sealed record, header included: the same bytes on disk and on the wire. Opaque to the core, never mutated. */
  readonly bytes: Uint8Array;
  /** What the entry says, if `kind` is `configuration`. */
  readonly configuration?: Configuration;
}

export function lastIndexOf(batch: BatchHeader): Index {
  return batch.firstIndex + batch.count - 1;
}

/** Whether all of it comes after `prevIndex` and none after `lastIndex`: batches are passed on whole or not at all. */
export function liesWithin(batch: BatchHeader, prevIndex: Index, lastIndex: Index): boolean {
  return batch.firstIndex > prevIndex && lastIndexOf(batch) <= lastIndex;
}
