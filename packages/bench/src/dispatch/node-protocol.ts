// What a node of this benchmark is told and asked.

import type { DispatchOptions, HostTiming, PeerAddress } from '@balsa/replica';
import type { Acknowledgement } from '@balsa/wire';
import type { LatencyPairs } from '../load/events.ts';
import type { NodeCalls, NodeSpec } from '../node-process/calls.ts';

export interface DispatchNodeSpec extends NodeSpec {
  /** Where node i + 1 listens. */
  readonly addresses: readonly PeerAddress[];
  /** Of node i + 1; empty: nobody knows of zones. */
  readonly zones: readonly string[];
  /** Numbered from 1, each with a member on every node. */
  readonly groups: number;
  readonly timing: Partial<HostTiming>;
  readonly batchBytesMax: number;
  readonly batchesUnderWayMax: number;
  /** 0: no window. */
  readonly windowEntriesMax: number;
  /** 0: no weak writes. */
  readonly weakBytesMax: number;
  /** The kernel counts what leaves by this network device; `null`: it is not this node's alone. */
  readonly device: string | null;
  readonly seed: number;
}

export interface LoadSpec {
  readonly clients: number;
  readonly valueBytes: number;
  readonly compressible: number;
  readonly acknowledge: Acknowledgement;
}

export interface NodeState {
  /** Groups that this node leads. */
  readonly led: number;
  /** Over all groups. */
  readonly lastIndexes: number;
  readonly appliedIndexes: number;
  /** Entries and bytes that the state machines have counted. */
  readonly entries: number;
  readonly bytes: number;
}

/** What happened on a node between `beginWindow` and `endWindow`. */
export interface NodeWindow {
  /** By the node's own clock. */
  readonly seconds: number;
  /** User and system time of all threads. */
  readonly cpuUs: number;
  /** That left by the node's device; `null`: not known. */
  readonly sentBytes: number | null;
  /** In frames to nodes of other zones, as they were handed to the transport. */
  readonly crossedBytes: number;
  /** Elections that this node has seen, over all groups. */
  readonly terms: number;
  /** Entries that this node's state machines have applied. */
  readonly applied: number;
  /** Of the load in this process; none on a node without it. */
  readonly load: WindowLoad | null;
  /** How long after the beginning some follower was last fed through the watched node; `null`: none was, or none is watched. */
  readonly watchedRelayForMs: number | null;
  /** Of the followers of the groups that it leads. */
  readonly followers: readonly FollowerWindow[];
}

export interface WindowLoad {
  /** Entries of which clients were told what they waited for. */
  readonly completed: number;
  /** Refused or given up, by code. */
  readonly failed: Readonly<Record<string, number>>;
  readonly latenciesUs: LatencyPairs;
  /** The longest time in which nothing was completed. */
  readonly longestStallMs: number;
  /** Completed in each tenth of a second. */
  readonly completedByTenth: readonly number[];
}

/** Sums over the groups that the node leads. */
export interface FollowerWindow {
  readonly node: number;
  /** How often the leader began anew with it. */
  readonly restarts: number;
  /** Appends that it could not attach to its log. */
  readonly rejectedAppends: number;
  /** Messages to it that the transport did not take. */
  readonly refusedMessages: number;
  /** Under way to it at the end of the window. */
  readonly inflightBytes: number;
  /** Entries that it lacked at the end of the window, of those that were committed. */
  readonly behind: number;
}

export interface DispatchNodeCalls extends NodeCalls {
  readonly state: { readonly argument: null; readonly answer: NodeState };
  /** Hands to this node what it leads of the groups. */
  readonly handOver: { readonly argument: { readonly to: number }; readonly answer: null };
  readonly setDispatch: { readonly argument: DispatchOptions; readonly answer: null };
  readonly beginLoad: { readonly argument: LoadSpec; readonly answer: null };
  /** `watchedRelay`: of which is to be known until when it is used as a relay; `null`: of none. */
  readonly beginWindow: { readonly argument: { readonly watchedRelay: number | null }; readonly answer: null };
  /** A node through which another is fed just now; `null`: there is none. */
  readonly relayInUse: { readonly argument: null; readonly answer: number | null };
  readonly endWindow: { readonly argument: null; readonly answer: NodeWindow };
  /** Answers when nothing is under way any more. */
  readonly endLoad: { readonly argument: null; readonly answer: null };
}
