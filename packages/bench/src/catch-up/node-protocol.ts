// What a node of this benchmark is told and asked.

import type { HostTiming, PeerAddress } from '@balsa/replica';
import type { NodeCalls, NodeSpec } from '../node-process/calls.ts';

export interface CatchUpNodeSpec extends NodeSpec {
  /** Where node i + 1 listens. */
  readonly addresses: readonly PeerAddress[];
  readonly timing: Partial<HostTiming>;
  readonly windowBytes: number;
  /** Of what is sent, and of what is restored; 0: no limit. */
  readonly snapshotBytesPerSecondMax: number;
  readonly restoreBytesPerSecondMax: number;
  readonly seed: number;
}

export interface LoadSpec {
  readonly clients: number;
  readonly valueBytes: number;
}

export interface NodeSample {
  /** On the node's own clock. */
  readonly atMs: number;
  readonly isLeader: boolean;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  /** Behind which the log begins. */
  readonly baseIndex: number;
  /** Of the latest snapshot. */
  readonly snapshotIndex: number;
  readonly isRestoring: boolean;
  /** Acknowledged and refused, since the process started. */
  readonly written: number;
  readonly failed: number;
  /** The longest time for which the event loop stood still since the last sample. */
  readonly stallMs: number;
  /** In memory, all of the process. */
  readonly residentBytes: number;
  /** Fetched of snapshots since the process started, without what came twice. */
  readonly fetchedBytes: number;
  /** Fetches that began, a restarted one anew, and that were given up. */
  readonly fetchesBegun: number;
  readonly fetchesGivenUp: number;
}

export interface StateChecks {
  readonly appliedIndex: number;
  readonly bytes: number;
  /** Of all that was ever written. */
  readonly checksum: number;
  /** Of what lies in the files. */
  readonly contentChecksum: number;
}

export interface CatchUpNodeCalls extends NodeCalls {
  readonly sample: { readonly argument: null; readonly answer: NodeSample };
  /** Writes so many values; answers when all are acknowledged. */
  readonly write: { readonly argument: LoadSpec & { readonly writes: number }; readonly answer: null };
  /** Begins a load that goes on by itself. */
  readonly beginLoad: { readonly argument: LoadSpec; readonly answer: null };
  /** Answers when nothing is under way any more. */
  readonly endLoad: { readonly argument: null; readonly answer: null };
  /** Takes a snapshot and lets go of the log that it covers; answers with the index where the log begins then. */
  readonly compact: { readonly argument: null; readonly answer: number };
  /** Reads all of the state. Nothing may be written meanwhile. */
  readonly check: { readonly argument: null; readonly answer: StateChecks };
}
