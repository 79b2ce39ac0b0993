// What the host needs of the world. Each port has a real and a simulated twin, and one conformance suite that both pass.

import type { Batch, GroupId, HardState, Index, Message, NodeId } from '@balsa/raft';

/** What a log found when it was opened. */
export interface RecoveredLog {
  /** 0 if the group has no entries. */
  readonly lastIndex: Index;
  /** Runs of equal terms, ascending: `[firstIndex, term]`. Empty if the group has no entries. */
  readonly termRuns: readonly (readonly [Index, number])[];
}

/** The node's write-ahead log: one for all groups. */
export interface LogStore {
  recovered(group: GroupId): RecoveredLog;
  /**
   * Queues a batch. Entries of the group from `batch.firstIndex` on are superseded. Never throws for a full queue: the
   * core bounds what it leaves unacknowledged. `onDurable` hears of the highest sequence made durable, in order.
   */
  append(group: GroupId, sequence: number, batch: Batch): void;
  /**
   * Whole batches, ascending and contiguous, starting with the one that contains `fromIndex`; at least one if it
   * exists, then as many as fit in `bytesMax`. Sees what was appended but is not yet durable. Empty past the end.
   * Rejects with a coded error if the bytes are damaged.
   */
  read(group: GroupId, fromIndex: Index, bytesMax: number): Promise<Batch[]>;
  /** Entries below `index` are no longer needed by this group; whole segments that nobody needs are recycled. */
  release(group: GroupId, index: Index): void;
  /** Waits for what was queued to become durable, then closes every file. */
  close(): Promise<void>;
}

export interface LogStoreEvents {
  onDurable(group: GroupId, sequence: number): void;
  /** A write or flush failed. The store accepts nothing more and acknowledges nothing more; the node must stop. */
  onFailure(error: Error): void;
}

/** Term and vote of every group, each in one checksummed record. */
export interface HardStateStore {
  /** What was saved last, durable or not; of an opened store, what was found. */
  current(group: GroupId): HardState;
  /** Durable when it resolves; rejects (and stays failed) if the disk fails. Saves of one group are in call order. */
  save(group: GroupId, hardState: HardState): Promise<void>;
  close(): Promise<void>;
}

/** What a node's data folder is known by among nodes. */
export interface FolderIdentity {
  /** Drawn when the folder was made. */
  readonly id: number;
  /** The folder was made for a node that had lost an earlier one, and said so: it takes part as such. */
  readonly replacesLostDisk: boolean;
}

/** The data folders of one node, by id. */
export interface PeerFolders {
  readonly current: number;
  /** Those before it, the oldest first: what lies there is out of date. */
  readonly earlier: readonly number[];
}

/** Which data folders the other nodes have had, so that one that has lost its own without saying so is found out. */
export interface PeerMemory {
  /** What was remembered last, durable or not. */
  known(peer: NodeId): PeerFolders | undefined;
  /**
   * The peer has this folder now; another that it had is an earlier one from now on. Durable when it resolves, also if it
   * was known already; rejects if the disk fails, and may be tried again.
   */
  remember(peer: NodeId, folder: number): Promise<void>;
}

/** A proposal on its way from a node that does not lead to the one that does, and its answer. */
export interface ForwardedProposal {
  readonly requestId: number;
  /** The entry's payload, as the proposer built it. */
  readonly payload: Uint8Array;
}

export interface ForwardReply {
  readonly requestId: number;
  /** A code of the replica's error table; 0 is success. */
  readonly code: number;
  readonly index: Index;
  readonly result: Uint8Array;
}

export type PeerFrame =
  | { readonly kind: 'raft'; readonly message: Message }
  | { readonly kind: 'forward'; readonly proposal: ForwardedProposal }
  | { readonly kind: 'forwardReply'; readonly reply: ForwardReply };

/** The network between nodes. Frames may be lost, but never damaged; between two nodes they keep their order. */
export interface Transport {
  /** Queues a frame. Returns false if it was dropped: the peer is not connected, or its queue is at its byte limit. */
  send(to: NodeId, group: GroupId, frame: PeerFrame): boolean;
  /** Begins to listen and to connect; frames and peer states arrive from now on. */
  start(events: TransportEvents): Promise<void>;
  close(): Promise<void>;
}

export interface TransportEvents {
  onFrame(from: NodeId, group: GroupId, frame: PeerFrame): void;
  onPeerUp(peer: NodeId): void;
  /** The connection to this peer was lost: it may be dead. */
  onPeerDown(peer: NodeId): void;
}

/** Timers. Times are milliseconds on a monotonic clock. */
export interface Clock {
  nowMs(): number;
  /** Calls `tick` every `periodMs` until the returned function is called. */
  every(periodMs: number, tick: () => void): () => void;
  /** Calls `task` once, when the inputs at hand have all been taken in. */
  defer(task: () => void): void;
}

/** What a group replicates. Its state must be a function of the commands applied, and of nothing else. */
export interface StateMachine {
  /**
   * Applies one committed command and returns its result (at most `resultBytesMax` bytes), which goes to whoever
   * proposed it. Must be deterministic: a refusal is a result, not an exception. An exception stops the group.
   * `command` is only valid during the call.
   */
  apply(index: Index, command: Uint8Array): Uint8Array;
  /** A checksum of the whole state: equal on all replicas that have applied the same index. */
  checksum(): number;
}
