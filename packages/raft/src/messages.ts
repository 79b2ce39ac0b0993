// What members of a group say to each other. Every message carries the sender's term; `from` is the true sender.

import type { Batch } from './batch.ts';
import type { Configuration } from './configuration.ts';
import type { Index, NodeId, Term } from './types.ts';

export const MessageType = {
  preVoteRequest: 1,
  preVoteResponse: 2,
  voteRequest: 3,
  voteResponse: 4,
  append: 5,
  appendAck: 6,
  appendReject: 7,
  heartbeat: 8,
  heartbeatAck: 9,
  readIndexRequest: 10,
  readIndexResponse: 11,
  installSnapshot: 12,
  timeoutNow: 13,
  wake: 14,
  weakAck: 15,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

interface MessageBase {
  /** Who sent it: of a relayed append, the relay. */
  readonly from: NodeId;
  readonly to: NodeId;
  readonly term: Term;
}

/** "Would you vote for me in `campaignTerm`?" Changes nothing at the receiver (Raft dissertation, section 9.6). */
export interface PreVoteRequest extends MessageBase {
  readonly type: typeof MessageType.preVoteRequest;
  readonly campaignTerm: Term;
  readonly lastIndex: Index;
  readonly lastTerm: Term;
}

export interface PreVoteResponse extends MessageBase {
  readonly type: typeof MessageType.preVoteResponse;
  readonly campaignTerm: Term;
  readonly granted: boolean;
  /** Index of a committed configuration to which the candidate does not belong; `undefined`: none is known, or its version does not tell. */
  readonly removedAt: Index | undefined;
  /**
   * Of the sender: up to here, no later configuration has the candidate in it either; to one of an earlier lineage, as far as its log goes.
   * `undefined`: its version does not tell.
   */
  readonly commitIndex: Index | undefined;
}

/** Campaigns in `term`. */
export interface VoteRequest extends MessageBase {
  readonly type: typeof MessageType.voteRequest;
  readonly lastIndex: Index;
  readonly lastTerm: Term;
  /** The leader itself asked for this campaign (`TimeoutNow`): nobody needs to protect it. */
  readonly transfer: boolean;
}

export interface VoteResponse extends MessageBase {
  readonly type: typeof MessageType.voteResponse;
  readonly granted: boolean;
}

/** To whom the receiver of an append is to pass entries on, and which. */
export interface Route {
  readonly node: NodeId;
  /** That node's replication session, as in `Append`. */
  readonly session: number;
  /** Entries behind `prevIndex` and up to `lastIndex`: what comes with the append, and what the relay may hold already. */
  readonly prevIndex: Index;
  readonly lastIndex: Index;
  /** What that node is to pass on in turn. */
  readonly routes: readonly Route[];
}

/**
 * Consecutive batches. `session` counts the attempts of this leadership to bring this follower into step: with the
 * term it names the replication session that every answer repeats, so that late answers of an earlier session are
 * recognised and dropped.
 */
export interface Append extends MessageBase {
  readonly type: typeof MessageType.append;
  /** Who leads in this term, and is to be answered: the sender, unless this was relayed. */
  readonly leader: NodeId;
  readonly session: number;
  readonly prevIndex: Index;
  readonly prevTerm: Term;
  readonly commitIndex: Index;
  /** May be empty: a probe that asks only whether (prevIndex, prevTerm) matches; or, with routes, an order to pass on what is there already. */
  readonly batches: readonly Batch[];
  /**
   * The follower was in step when this was sent, and not everything before it has come the same way: a gap before `prevIndex` is no
   * disagreement, and will close.
   */
  readonly mayOvertake: boolean;
  readonly routes: readonly Route[];
}

/** Strong accept: everything up to (durableIndex, durableTerm) is contiguous, matches this leader's log and is durable. Cumulative. */
export interface AppendAck extends MessageBase {
  readonly type: typeof MessageType.appendAck;
  readonly session: number;
  readonly durableIndex: Index;
  readonly durableTerm: Term;
  /** See `HardState.incident`. Unless it is 0, this acknowledgement paces the leader but counts for nothing. */
  readonly incident: number;
}

/**
 * Weak accept: everything up to (receivedIndex, receivedTerm) is contiguous and matches this leader's log, but a crash may still take some
 * of it away. Cumulative, so that none is lost with another. What waits ahead of a gap is not in it: that ends with the leader.
 */
export interface WeakAck extends MessageBase {
  readonly type: typeof MessageType.weakAck;
  readonly session: number;
  readonly receivedIndex: Index;
  readonly receivedTerm: Term;
  /** See `HardState.incident`. Unless it is 0, this counts for nothing. */
  readonly incident: number;
}

/** (prevIndex, prevTerm) did not match. The hint is the follower's best guess of where the logs still agree. */
export interface AppendReject extends MessageBase {
  readonly type: typeof MessageType.appendReject;
  readonly session: number;
  readonly rejectedPrevIndex: Index;
  readonly hintIndex: Index;
  readonly hintTerm: Term;
}

export interface Heartbeat extends MessageBase {
  readonly type: typeof MessageType.heartbeat;
  readonly session: number;
  /** Commit index, capped to what this follower is known to match. */
  readonly commitIndex: Index;
  /** Rises with every round; an acknowledged round proves that the leader still led when it began. */
  readonly round: number;
  /**
   * For a follower that has lost entries: in that incident, nothing above `index` can have been committed by counting
   * what it lost. Once it durably holds everything up to there, it is a full member again.
   */
  readonly restore: { readonly incident: number; readonly index: Index } | undefined;
  /** The group is idle and everybody holds everything: nothing more will be said until somebody wakes it. */
  readonly hibernates: boolean;
  /**
   * Commit index, not capped: how far a follower is behind. To a follower that lacks a change of the members that is not
   * committed yet, the index of that: it may be the one by which the follower belongs to the group. `undefined`: the leader's
   * version does not tell, or the leader does not know yet, before an entry of its own is committed.
   */
  readonly leaderCommitIndex: Index | undefined;
  /**
   * A stamp of this follower's own (`HeartbeatAck.stamp`): whatever anybody had committed when it sent that answer, `leaderCommitIndex`
   * covers, if it is told. `undefined`: nothing is proven yet, or the leader's version does not tell.
   */
  readonly provenStamp: number | undefined;
}

export interface HeartbeatAck extends MessageBase {
  readonly type: typeof MessageType.heartbeatAck;
  readonly session: number;
  readonly round: number;
  /** Last index that this follower holds in step with the leader, durable or not: tells a slow disk from a lost message. */
  readonly receivedIndex: Index;
  readonly durableIndex: Index;
  readonly durableTerm: Term;
  /** As in `AppendAck`. */
  readonly incident: number;
  /** What this follower's state machine has applied, for reports only; `undefined`: its version does not tell. */
  readonly appliedIndex: Index | undefined;
  /** The follower waits for nothing more from the leader, which may fall silent. */
  readonly hibernates: boolean;
  /** When this was sent, in a form that only the follower itself understands. `undefined`: it does not know, or its version does not tell. */
  readonly stamp: number | undefined;
}

export interface ReadIndexRequest extends MessageBase {
  readonly type: typeof MessageType.readIndexRequest;
  readonly requestId: number;
}

export interface ReadIndexResponse extends MessageBase {
  readonly type: typeof MessageType.readIndexResponse;
  readonly requestId: number;
  /** Wait until this is applied, then read; `undefined`: refused, ask again. */
  readonly readIndex: Index | undefined;
}

/**
 * "The entries that you need next are gone; there is a snapshot." The data is fetched by the receiver's host from the
 * sender's, in chunks; the receiver's core hears of the offer once everything is durable there.
 */
export interface InstallSnapshot extends MessageBase {
  readonly type: typeof MessageType.installSnapshot;
  readonly session: number;
  readonly snapshot: SnapshotPosition;
}

/** What a snapshot stands for: everything up to and including `index`. */
export interface SnapshotPosition {
  readonly index: Index;
  readonly term: Term;
  /** The configuration in force at `index`. */
  readonly configuration: Configuration;
}

/** Campaign at once, and without a pre-vote: the leader wants to hand over (Raft dissertation, section 3.10). */
export interface TimeoutNow extends MessageBase {
  readonly type: typeof MessageType.timeoutNow;
}

/** To the leader of a group that hibernates: somebody wants it. */
export interface Wake extends MessageBase {
  readonly type: typeof MessageType.wake;
}

export type Message =
  | PreVoteRequest
  | PreVoteResponse
  | VoteRequest
  | VoteResponse
  | Append
  | AppendAck
  | AppendReject
  | Heartbeat
  | HeartbeatAck
  | ReadIndexRequest
  | ReadIndexResponse
  | InstallSnapshot
  | TimeoutNow
  | Wake
  | WeakAck;

/** Messages that only a leader sends to those that follow it. */
export type LeaderMessage = Append | Heartbeat | InstallSnapshot;

/** Who leads in the message's term, if it says so. */
export function leaderOf(message: LeaderMessage): NodeId;
export function leaderOf(message: Message): NodeId | undefined;
export function leaderOf(message: Message): NodeId | undefined {
  switch (message.type) {
    case MessageType.append:
      return message.leader;
    case MessageType.heartbeat:
    case MessageType.installSnapshot:
      return message.from;
    default:
      return undefined;
  }
}
