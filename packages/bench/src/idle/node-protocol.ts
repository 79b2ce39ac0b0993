// What a node process of this benchmark is told and asked, over the channel between parent and child.

import type { HostTiming, PeerAddress } from '@balsa/replica';
import type { NodeCalls, NodeSpec } from '../node-process/calls.ts';

/** The process's one argument, as JSON. */
export interface IdleNodeSpec extends NodeSpec {
  /** Where node i + 1 listens. */
  readonly addresses: readonly PeerAddress[];
  /** So many will be started at most; they are numbered from 1. */
  readonly groupsMax: number;
  readonly timing: Partial<HostTiming>;
}

/** A range of groups, both ends included. */
export interface GroupRange {
  readonly first: number;
  readonly last: number;
}

export interface Leadership {
  /** Groups that this node leads. */
  readonly led: number;
  /** Groups of which it knows no leader. */
  readonly leaderless: number;
}

export interface CpuSample {
  /** On the node's own clock. */
  readonly atMs: number;
  /** User and system time of all threads since the process started. */
  readonly cpuUs: number;
}

/** After a full collection. */
export interface MemorySample {
  readonly heapBytes: number;
  /** Buffers and other memory that V8 knows of, outside its heap. */
  readonly offHeapBytes: number;
  readonly residentBytes: number;
}

/** Calls and their answers, by name. */
export interface IdleNodeCalls extends NodeCalls {
  readonly start: { readonly argument: GroupRange; readonly answer: null };
  readonly leadership: { readonly argument: GroupRange; readonly answer: Leadership };
  /** Writes one command to each group that this node leads. */
  readonly write: { readonly argument: GroupRange; readonly answer: null };
  readonly cpu: { readonly argument: null; readonly answer: CpuSample };
  readonly memory: { readonly argument: null; readonly answer: MemorySample };
}
