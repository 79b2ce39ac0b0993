import type { Operation } from '@balsa/linearizability';
import type { TraceRecord } from './trace.ts';

/** What came of one seed, whichever simulation ran it. */
export interface RunResult<Scenario, Action> {
  readonly seed: number;
  readonly scenario: Scenario;
  /** The broken property and how it was seen; `undefined` for a clean run. */
  readonly violation: string | undefined;
  /** What saw it: an oracle by its name, or the error that somebody ended with. */
  readonly oracle: string | undefined;
  readonly simulatedMs: number;
  readonly messages: number;
  readonly committedBatches: number;
  readonly readsServed: number;
  readonly elections: number;
  readonly crashes: number;
  /** Disks that lost or damaged what they had confirmed. */
  readonly diskLosses: number;
  /** States that were replaced by a snapshot's, after a restart or by another member's. */
  readonly snapshotsInstalled: number;
  /** Appends that a follower passed on to another. */
  readonly relayedAppends: number;
  /** Times that an append came ahead of a gap and waited in the window of its follower. */
  readonly windowWaits: number;
  /** Batches that a leader called weakly accepted; and those of them that were lost, as they may be. */
  readonly weakAcceptances: number;
  readonly weakLosses: number;
  /** About what relays were to pass on. */
  readonly liesTold: number;
  /** What clients saw. */
  readonly operations: readonly Operation<Action>[];
  readonly traceHash: number;
  /** What of the run was asked for. */
  readonly trace: TraceRecord;
}
