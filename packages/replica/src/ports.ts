// What the host needs of the world. Each port has a real and a simulated twin, and one conformance suite that both pass.

import type {
  Batch,
  Configuration,
  FragmentReceiver,
  GroupId,
  HardState,
  Index,
  InstallSnapshot,
  Message,
  NodeId,
  SnapshotPosition,
  Term,
} from '@balsa/raft';
import type { Acknowledgement, EarlyAcknowledgement } from '@balsa/wire';

/** What a log found when it was opened. */
export interface RecoveredLog {
  /** The entry before the first that the log still holds; (0, 0) if it begins at the beginning. */
  readonly base: LogPosition;
  /** `base.index` if the group has no entries. */
  readonly lastIndex: Index;
  /** Runs of equal terms of the entries that are there, ascending: `[firstIndex, term]`. */
  readonly termRuns: readonly (readonly [Index, Term])[];
  /** The configuration entries that are there, ascending. */
  readonly configurations: readonly (readonly [Index, Configuration])[];
}

export interface LogPosition {
  readonly index: Index;
  readonly term: Term;
}

/** What a log takes, and for whom. */
export interface LogUsage {
  /** From the oldest entry that is kept to the newest, of all groups. */
  readonly bytes: number;
  /**
   * The groups without which the log would be shorter: each needs entries in its oldest part. Once all of them have a
   * snapshot and have released what it covers, that part goes. Empty if nothing could go, whatever they released.
   */
  readonly heldBy: readonly GroupId[];
}

/** The node's write-ahead log: one for all groups. */
export interface LogStore {
  /**
   * Of a group that the log does not know, or has been told to forget, all is 0 and empty. Where a log ends is never lost:
   * if all entries were released, `base` is the last of them.
   */
  recovered(group: GroupId): RecoveredLog;
  /**
   * Queues a batch, which must follow on what is there. Entries of the group from `batch.firstIndex` on are superseded.
   * Never throws for a full queue: the core bounds what it leaves unacknowledged. `onDurable` hears of the highest
   * sequence made durable, in order.
   */
  append(group: GroupId, sequence: number, batch: Batch): void;
  /**
   * A snapshot took the place of the group's log: every entry is superseded, and the next batch follows on `base`.
   * Reported by `onDurable` like an append; the snapshot itself must be durable before. (0, 0): the log is empty.
   */
  reset(group: GroupId, sequence: number, base: LogPosition): void;
  /**
   * Whole batches, ascending and contiguous, starting with the one that contains `fromIndex`; at least one if it
   * exists, then as many as fit in `bytesMax`. Sees what was appended but is not yet durable. Empty past the end.
   * Rejects with LOG_RELEASED for what was released or a snapshot took the place of, or another coded error if the bytes
   * are damaged.
   */
  read(group: GroupId, fromIndex: Index, bytesMax: number): Promise<Batch[]>;
  /**
   * Entries below `index` are no longer needed by this group: they are committed, and in a durable snapshot. Whole
   * segments that nobody needs are recycled. Not remembered: after a restart what is still there is found again.
   */
  release(group: GroupId, index: Index): void;
  /**
   * This node is no member of the group any more: nothing of it is needed. Not reported; if the node dies too soon, the
   * group is there again, and must be forgotten again. Whoever joins it later begins with an empty log.
   */
  forget(group: GroupId): void;
  /** For whoever decides when snapshots are due. */
  usage(): LogUsage;
  /**
   * From now on the observer, and nobody else, is told of every block; `undefined`: nobody is. A log need not be able to, and
   * then lacks this.
   */
  observe?(observer: LogObserver | undefined): void;
  /** Waits for what was queued to become durable, then closes every file. */
  close(): Promise<void>;
}

export interface LogStoreEvents {
  onDurable(group: GroupId, sequence: number): void;
  /** A write or flush failed. The store accepts nothing more and acknowledges nothing more; the node must stop. */
  onFailure(error: Error): void;
}

/** For statistics. May not throw. */
export interface LogObserver {
  /** Called before `LogStoreEvents.onDurable` for the records of the block. */
  blockWritten(block: BlockTimes): void;
  /** Blocks that were written, but were not durable by that, are so now. Times are of the log's clock. */
  flushed(beganMs: number, doneMs: number): void;
}

/** One block, which holds records of any groups. Times are of the log's clock. */
export interface BlockTimes {
  readonly records: number;
  /** Of the whole block. */
  readonly blockBytes: number;
  /** When its oldest record was queued; `undefined`: it has none, or nobody observed the log then. */
  readonly queuedMs: number | undefined;
  readonly beganMs: number;
  readonly doneMs: number;
  /** There was no room that is written ahead: it had to be made first. */
  readonly waitedForSegment: boolean;
}

/** A snapshot as it lies on the disk. */
export interface StoredSnapshot extends SnapshotPosition {
  /** Drawn when it was written: two nodes' snapshots of the same index need not be the same bytes. */
  readonly id: number;
  /** Of the whole file. */
  readonly bytes: number;
}

/**
 * The newest snapshot of every group. A file is written chunk by chunk, each with its checksum, and takes the place of its
 * predecessor in one step; a predecessor that is being read stays readable until its last reader has closed it. What the
 * disk refuses is rejected with SNAPSHOT_FAILED, and changes nothing: it may be tried again.
 */
export interface SnapshotStore {
  /** Of which anything is here: a snapshot, or a copy of one that is on its way. */
  groups(): readonly GroupId[];
  latest(group: GroupId): StoredSnapshot | undefined;
  /** Begins a snapshot of this node's own. What was begun and not finished is gone after a restart. */
  create(group: GroupId, position: SnapshotPosition): Promise<SnapshotWriter>;
  /** The latest snapshot. `undefined`: there is none. */
  open(group: GroupId): Promise<SnapshotReader | undefined>;
  /**
   * Begins, or resumes after a cut or a restart, a copy of another node's snapshot. Any other copy that was begun for this
   * group is given up, and a receiver that is open is closed.
   */
  receive(group: GroupId, snapshot: StoredSnapshot): Promise<SnapshotReceiver>;
  /** Everything of the group is gone from the disk. Whoever writes, receives or reads it is cut off. */
  remove(group: GroupId): Promise<void>;
  /** Closes every file that is open. Snapshots that are being written are aborted. */
  close(): Promise<void>;
}

export interface SnapshotWriter {
  /** Appends content. Resolves when more is welcome. The bytes are copied or written before it resolves. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Durable, and the latest, when it resolves. If a snapshot of a later index was quicker, that one stays, and is what it
   * resolves with.
   */
  finish(): Promise<StoredSnapshot>;
  /** Leaves nothing behind. Harmless after `finish`, and after a failure, which does the same. */
  abort(): Promise<void>;
}

export interface SnapshotReader {
  readonly snapshot: StoredSnapshot;
  /** How much there is to `read`: the file, and behind it the files that it names (see `StateFiles`). */
  readonly bytes: number;
  /**
   * The content as it was written, checked chunk by chunk; where one chunk ends and the next begins need not be the same. The
   * chunks may be kept.
   * Rejects with SNAPSHOT_DAMAGED.
   */
  content(): AsyncIterable<Uint8Array>;
  /**
   * Bytes for another node: at most `bytesMax`, and not more than what one operation may take in memory. None
   * only at the end. The caller's to keep. Rejects with SNAPSHOT_DAMAGED if the file is, up to their end: whoever receives
   * them checks them as well, but could only ask for them again.
   */
  read(offset: number, bytesMax: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface SnapshotReceiver {
  /**
   * Where the bytes begin that are to come next. All before are here and were checked, but for the beginning of a chunk
   * whose rest has not come; that begins again after a restart or a failure. Goes on behind what is here already.
   */
  readonly offset: number;
  /** How much there is in all, as far as is known: files that the snapshot names count once it is known which. */
  readonly bytes: number;
  /**
   * Takes the bytes from `offset` on. Every chunk that becomes whole is checked; rejects with SNAPSHOT_DAMAGED, and then
   * `offset` is where to go on. After SNAPSHOT_FAILED it is closed; `receive` resumes.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Checks that it is all there; durable, and the latest, when it resolves. Resolves with a snapshot of a later index if
   * there is one meanwhile. Rejects with SNAPSHOT_DAMAGED, and is open still.
   */
  finish(): Promise<StoredSnapshot>;
  /** What the snapshot holds, once its whole file is here; see `SnapshotReader.content`. */
  content(): AsyncIterable<Uint8Array>;
  /** Lets go of the file; what is there may be resumed. */
  close(): Promise<void>;
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
  /** How far it is to have come when the proposer is told first. To a leader of a version without it: `applied`. */
  readonly acknowledge: Acknowledgement;
}

/** It has come so far; the reply follows. */
export interface ForwardAccepted {
  readonly requestId: number;
  readonly how: EarlyAcknowledgement;
}

export interface ForwardReply {
  readonly requestId: number;
  /** A code of the replica's error table; 0 is success. */
  readonly code: number;
  readonly index: Index;
  readonly result: Uint8Array;
}

/** The core's message, and what the receiver must know to fetch the data. */
export interface SnapshotOffer {
  readonly message: InstallSnapshot;
  readonly snapshotId: number;
  readonly bytes: number;
  /** The first entry that the offerer's log still has: whoever has everything before it needs no snapshot. */
  readonly logFirstIndex: Index;
}

/** The receiver asks, and so it sets the pace and goes on where it was cut off. */
export interface SnapshotRequest {
  readonly snapshotId: number;
  readonly offset: number;
  readonly bytesMax: number;
}

export interface SnapshotChunk {
  readonly snapshotId: number;
  readonly offset: number;
  /** Empty: this snapshot is not here any more. */
  readonly bytes: Uint8Array;
}

/** A fragment of a batch: from the leader to the follower whose it is, or from that to the others. */
export interface FragmentFrame {
  /** Who has cut the batch up, and leads in `term`. */
  readonly leader: NodeId;
  readonly term: Term;
  readonly commitIndex: Index;
  /** The entry before the batch. */
  readonly prevIndex: Index;
  readonly prevTerm: Term;
  /** Whose is which fragment, in the order of the fragments' numbers; at most `fragmentsMax` of `@balsa/codes`. */
  readonly receivers: readonly FragmentReceiver[];
  /** As `@balsa/codes` seals it, which says by itself of how many it is and which: in one piece, or in several that make it. */
  readonly pieces: readonly Uint8Array[];
}

export type PeerFrame =
  | { readonly kind: 'raft'; readonly message: Message }
  | { readonly kind: 'forward'; readonly proposal: ForwardedProposal }
  | { readonly kind: 'forwardReply'; readonly reply: ForwardReply }
  | { readonly kind: 'forwardAccepted'; readonly accepted: ForwardAccepted }
  | { readonly kind: 'snapshotOffer'; readonly offer: SnapshotOffer }
  | { readonly kind: 'snapshotRequest'; readonly request: SnapshotRequest }
  | { readonly kind: 'snapshotChunk'; readonly chunk: SnapshotChunk }
  | { readonly kind: 'fragment'; readonly fragment: FragmentFrame }
  /** What the sending node sends to others of late, of all groups: leaders choose relays by it. Is of no group. */
  | { readonly kind: 'nodeLoad'; readonly bytesPerSecond: number };

/** The network between nodes. Frames may be lost, but never damaged; between two nodes they keep their order. */
export interface Transport {
  /**
   * Queues a frame. Returns false if it was dropped: the peer is not connected, its queue is at its byte limit, or the
   * version agreed with it does not have this frame. The bytes of batches and snapshot chunks must not be written again.
   */
  send(to: NodeId, group: GroupId, frame: PeerFrame): boolean;
  /** The version agreed with a peer (docs/wire-versions.md); `undefined` while nothing can be sent to it. */
  versionOf(peer: NodeId): number | undefined;
  /** Bytes that wait for a peer or are on their way out: whoever can wait gives way to others. */
  queuedBytes(peer: NodeId): number;
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
   * Applies one committed command and returns its result, which goes to whoever proposed it. Must be deterministic: a
   * refusal is a result, not an exception. An exception stops the group. `command` is only valid during the call; the
   * result must stay as it is until the next. Of a result over `HostLimits.resultBytesMax`, the command stays applied,
   * but who proposed it hears RESULT_TOO_LARGE instead, also when he asks again.
   */
  apply(index: Index, command: Uint8Array): Uint8Array;
  /**
   * The state as it is now, in chunks of any size, each as it is until the next is taken. It is captured before the call
   * returns, cheaply; commands may be applied while the chunks are being taken, and do not show in them. `return()` of the
   * iterator lets go of it early. Files that they name stay at least until the next snapshot or `restore` (see `StateFiles`).
   */
  snapshot(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /**
   * Replaces the whole state by one that `snapshot` gave, on this node or another. The chunks may be cut otherwise than they
   * were given, and may be kept. Until it resolves, nothing else is called. If it rejects, the group stops; if the group stops
   * meanwhile, the chunks end with STOPPED.
   */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * A checksum of the whole state: equal on all replicas that have applied the same index. Of the state when it is called, also if
   * it takes its time; commands may be applied meanwhile.
   */
  checksum(): number | Promise<number>;
  /** Whether it has taken in as much as it can for now: nothing is applied until the promise resolves. `undefined`: go on. */
  pressure?(): Promise<void> | undefined;
  /** If its snapshots only name files that lie in a place of its own. */
  readonly files?: StateFiles;
}

/**
 * The files that the snapshots of a state machine name. They never change, so a snapshot is taken without copying them, and who is
 * sent one is sent those that it lacks. To name them is all of the content; it has to fit into memory.
 */
export interface StateFiles {
  /**
   * Resolves with what keeps `restore` from what the content names: a file is gone, or what shows at a look at it is damage;
   * `undefined`: nothing. Rejects if that cannot be told, for the disk refuses: a node takes what is damaged for lost, and no other.
   */
  check(content: Uint8Array): Promise<Error | undefined>;
  /** The files that the content names stay until they are released. Rejects if one of them is not here. */
  hold(content: Uint8Array): Promise<HeldFiles>;
  /** Begins to bring those here that are missing. What came whole for an earlier attempt counts as here. */
  receive(content: Uint8Array): Promise<StateFilesReceiver>;
}

/** Files in the order in which the content names them, one behind the other. */
export interface HeldFiles {
  readonly bytes: number;
  /** At least one byte and at most `bytesMax`, from an offset before the end. The caller's to keep. */
  read(offset: number, bytesMax: number): Promise<Uint8Array>;
  /** What a read has found to be damaged, and failed for: another snapshot may name other files. */
  readonly damage?: Error | undefined;
  /** Harmless if it was called before. */
  release(): void;
}

export interface StateFilesReceiver {
  readonly bytes: number;
  /** Where the bytes begin that are to come next; `bytes`: all are here. */
  readonly offset: number;
  /**
   * Takes all bytes, which begin at `offset`; those of files that are here are passed over. Resolves with false if a file is not what
   * was announced: it has to come again, from `offset` on.
   */
  write(bytes: Uint8Array): Promise<boolean>;
  /** Durable, and held, when it resolves. */
  finish(): Promise<HeldFiles>;
  /** Lets go of what has not come whole. Harmless after `finish`. */
  close(): Promise<void>;
}
