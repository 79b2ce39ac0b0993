// What statistics look like to whoever asks: plain data, a copy, that can be kept, compared and sent as JSON. A name ends with its
// unit: `Ms` are milliseconds with a fraction, `Bytes` bytes; `Entries`, `Batches`, `Appends` count those. There is never a
// NaN: of what did not occur all figures are 0, and `count` says so. docs/observability.md explains each.

import type { GroupId, Index, NodeId, Term } from '@balsa/raft';
import type { SentTraffic } from '../dispatch/node-loads.ts';
import type { SnapshotFetchStatistics } from '../snapshot-transfer/snapshot-fetcher.ts';
import type { SnapshotSendStatistics } from '../snapshot-transfer/snapshot-sender.ts';

/** Of one thing that was measured each time it occurred, in the unit of its name. */
export interface Distribution {
  /** How often, since `sinceMs` of the report; mean and maximum likewise. */
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  readonly recent: RecentFigures;
}

/** Of the last `windowMs`, or up to a quarter less. */
export interface RecentFigures {
  readonly count: number;
  /** How often it occurred in a second. */
  readonly perSecond: number;
  readonly mean: number;
  readonly max: number;
  /** Percentiles are at most 1/32 off. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** What was collected, and since when. */
export interface Collected {
  /** When the report was made, on the host's clock. */
  readonly nowMs: number;
  /** Since when everything in it was collected, on the same clock: the first look, the group's start, or the last reset. */
  readonly sinceMs: number;
  /** How far `recent` looks back. */
  readonly windowMs: number;
}

/** One member of one group, as this node sees it. What only a leader or only a follower does stands still in the other. */
export interface GroupStatistics extends Collected {
  readonly group: GroupId;
  /** Batches that this node proposed as leader. */
  readonly proposals: ProposalStatistics;
  /** As leader, of each follower. */
  readonly peers: readonly PeerStatistics[];
  /** As follower. */
  readonly follower: FollowerStatistics;
  readonly storage: StorageStatistics;
  readonly handling: HandlingStatistics;
  readonly apply: ApplyStatistics;
  readonly reads: ReadStatistics;
  readonly elections: ElectionStatistics;
  readonly snapshots: SnapshotStatistics;
  /** The slowest of the window, the slowest first. */
  readonly slowBatches: readonly SlowBatch[];
}

/** Times are those of a batch's first entry, which waits longest. */
export interface ProposalStatistics {
  readonly batchEntries: Distribution;
  /** Of whole records, headers included. */
  readonly batchBytes: Distribution;
  /** From submission until the batch was proposed: it gathered entries, or waited for earlier batches or for room. */
  readonly queueMs: Distribution;
  /** From the proposal until a quorum held it. */
  readonly commitMs: Distribution;
  /** From commitment until the state machine had it: waiting for its turn and executing it. */
  readonly applyMs: Distribution;
  /** From submission until the answer. */
  readonly totalMs: Distribution;
  /** Batches whose outcome this node did not see as leader: it no longer led. */
  readonly abandonedBatches: number;
  /** Appends that a follower was to pass on. */
  readonly relayedAppends: number;
  /** Batches that were sent in fragments. */
  readonly codedBatches: number;
  /** Batches that were not timed, because too many were under way. */
  readonly untimedBatches: number;
  /** Submitted here, and sent on to the leader: until its answer. */
  readonly forwardMs: Distribution;
  /** Submitted while no leader was known: until one was. */
  readonly leaderWaitMs: Distribution;
}

export interface PeerStatistics {
  readonly peer: NodeId;
  /** From handing an append to the transport until its acknowledgement: network both ways, and the follower's disk. */
  readonly appendRoundTripMs: Distribution;
  /** The same of heartbeats, which wait for no disk. */
  readonly heartbeatRoundTripMs: Distribution;
  /** From a batch's proposal until it was handed to the transport: flow control, or a follower that is catching up. */
  readonly sendWaitMs: Distribution;
  readonly appendBatches: Distribution;
  readonly appendBytes: Distribution;
  /** Appends that were unanswered when one more was sent, that one included. */
  readonly inflightAppends: Distribution;
  /** Appends that this follower was to pass on to others, one for each of them, and the bytes of batches in them. */
  readonly entrustedAppends: number;
  readonly entrustedBytes: number;
  /** Appends to this follower that another was to pass on. */
  readonly indirectAppends: number;
  /** Batches of which it was sent a fragment. */
  readonly fragmentBatches: number;
  /** Messages of any kind that the transport did not take: no connection, or a full queue. */
  readonly refusedMessages: number;
  /** Appends that the follower could not attach to its log. */
  readonly rejectedAppends: number;
  /** How often the leader has begun anew with this follower: connections made and lost, rejections, losses. */
  readonly restarts: number;
}

export interface FollowerStatistics {
  /** From the arrival of an append until its acknowledgement left: the own disk, mostly. */
  readonly ackMs: Distribution;
  readonly appendBatches: Distribution;
  readonly acksSent: number;
  /** Of appends that did not attach: how many entries lay between. */
  readonly gapEntries: Distribution;
  /** Appends that came by way of a relay. */
  readonly relayedArrivals: number;
  /** Appends that this member passed on as a relay, and the bytes of batches in them. */
  readonly passedOnAppends: number;
  readonly passedOnBytes: number;
  /** Appends that it should have passed on, and could not. */
  readonly refusedPasses: number;
  /** Fragments of batches that this member passed on: one to each of the others. */
  readonly passedOnFragments: number;
  /** Batches that it put together of fragments. */
  readonly joinedBatches: number;
  /** Since the leader was last heard of; `undefined`: it was not, in this term. */
  readonly leaderContactAgeMs: number | undefined;
}

export interface StorageStatistics {
  /** From handing a batch to the log until it was durable: as leader and as follower. */
  readonly durableMs: Distribution;
  /** Saving term and vote. */
  readonly hardStateMs: Distribution;
}

/** What this node's only thread was busy with, and everything else waited for; what followed is included, such as applying. */
export interface HandlingStatistics {
  /** As follower, with an append. */
  readonly appendMs: Distribution;
  /** As leader, with an acknowledgement. */
  readonly acknowledgementMs: Distribution;
}

export interface ApplyStatistics {
  /** What the state machine took for a batch. */
  readonly batchMs: Distribution;
  readonly batchEntries: Distribution;
  readonly batchBytes: Distribution;
}

export interface ReadStatistics {
  /** From the call of a linearizable `readBarrier` until it resolved. */
  readonly barrierMs: Distribution;
  readonly failedBarriers: number;
  /** Served from this node at once, within the lag that was allowed. */
  readonly withinLag: number;
}

export interface ElectionStatistics {
  /** How often this member asked whether it would be elected, and how often it then campaigned. */
  readonly preCampaigns: number;
  readonly campaigns: number;
  readonly won: number;
  readonly votesGranted: number;
  /** Leaders that became known, each time one did. */
  readonly leadersSeen: number;
  /** How long no leader was known, each time. */
  readonly leaderlessMs: Distribution;
  readonly failedTransfers: number;
}

export interface SnapshotStatistics {
  /** Taking one and writing it to the disk. */
  readonly takenMs: Distribution;
  readonly takenBytes: Distribution;
  readonly failed: number;
  /** Fetching another node's, from the first offer until it was durable here. */
  readonly fetchedMs: Distribution;
  readonly fetchedBytes: Distribution;
  /** The state machine taking one in. */
  readonly restoredMs: Distribution;
  /** As leader, to followers that lacked what the log no longer has; repeated while they do not get on. */
  readonly offered: number;
}

/** What the largest part of a batch's time went to; of the time to commit, what confirmed last. */
export type BatchStage = 'queue' | 'ownDisk' | 'followers' | 'stateMachine';

/** A batch of this leader's, with the time of each stage. Stages are milliseconds since `submittedMs`. */
export interface SlowBatch {
  readonly term: Term;
  readonly firstIndex: Index;
  readonly lastIndex: Index;
  readonly bytes: number;
  /** When its first entry was submitted, on the host's clock. */
  readonly submittedMs: number;
  readonly totalMs: number;
  readonly longestStage: BatchStage;
  readonly stagesMs: BatchStages;
  readonly peers: readonly BatchPeer[];
  /** Whose confirmation completed the quorum: a follower, or this node's own disk. */
  readonly committedBy: NodeId;
}

/** `undefined`: it had not come to that when the batch was applied. */
export interface BatchStages {
  /** Given its index. */
  readonly proposed: number;
  /** Handed to the log. */
  readonly appended: number | undefined;
  /** The log began to write it; not known of logs that cannot be observed. */
  readonly writing: number | undefined;
  readonly durable: number | undefined;
  readonly committed: number;
  /** The state machine's turn. */
  readonly applying: number;
  readonly applied: number;
}

export interface BatchPeer {
  readonly peer: NodeId;
  /** Handed to the transport. */
  readonly sent: number;
  readonly acknowledged: number | undefined;
}

/** What all groups of a host share. */
export interface HostStatistics extends Collected {
  /** Groups of which statistics are being collected. */
  readonly collectingGroups: number;
  /** All 0 if the log cannot be observed. */
  readonly log: LogFigures;
  /** Counted since the host was opened. */
  readonly snapshotsSent: SnapshotSendStatistics;
  readonly snapshotsFetched: SnapshotFetchStatistics;
  /** What this node sends to others, of all groups, over the last two seconds. */
  readonly outgoingBytesPerSecond: number;
  /** Nodes that were connected at any time. */
  readonly peers: readonly PeerConnection[];
}

export interface LogFigures {
  /** How long the oldest record of a block was queued before its write began. */
  readonly queueMs: Distribution;
  /** Writing a block; with durability `sync`, until it was on the disk. */
  readonly writeMs: Distribution;
  /** With durability `batched`: making durable what was written. */
  readonly flushMs: Distribution;
  /** Records, of any groups, that one block made durable. */
  readonly blockRecords: Distribution;
  /** Of whole blocks, padding included. */
  readonly blockBytes: Distribution;
  /** Blocks that had to wait for a segment to be written ahead. */
  readonly segmentWaits: number;
}

/** What was sent is what the transport took: of a connection that broke, some may not have arrived. */
export interface PeerConnection extends SentTraffic {
  readonly peer: NodeId;
  /** Where it stands; `undefined`: not known. */
  readonly zone: string | undefined;
  readonly connected: boolean;
  /** Of what nodes say to each other, as agreed with it (docs/wire-versions.md); `undefined`: nothing can be sent to it. */
  readonly protocolVersion: number | undefined;
  /** Since when it is, or is not, on the host's clock. */
  readonly sinceMs: number;
  /** Waiting to be sent, or on their way out. */
  readonly queuedBytes: number;
  /** What it says that it sends to others, of all groups; who is idle says so once. */
  readonly toldBytesPerSecond: number;
}
