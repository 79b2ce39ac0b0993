// A state machine's state as of one entry. In the simulation it also tells which history led to it, so that it can be
// compared with what was committed.

import type { Batch, SnapshotPosition } from '@balsa/raft';
import type { ClientState } from './client-history.ts';

export interface Snapshot {
  readonly position: SnapshotPosition;
  /** Everything up to there, from the first batch on. */
  readonly batches: readonly Batch[];
  readonly state: ClientState;
}
