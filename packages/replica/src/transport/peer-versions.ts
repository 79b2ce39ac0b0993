// Which versions of what nodes tell each other this build speaks. Two nodes that connect agree on the newest that both
// speak, so nodes of different releases work together while a cluster is upgraded or downgraded, one node at a time.
//
// Whoever adds a version: raise `newest`, give what is new its line in `since`, let the codec write and read it only from
// there on, and add a row to docs/wire-versions.md. The rules that keep older nodes working:
//
// - What a released version says never changes: no field is moved, widened, or given another meaning.
// - A frame type or a field that the agreed version does not have is never sent. What depends on it is unknown then
//   (`undefined`), and everything must work without: it may be missing for as long as one old node is in the cluster.
//   What cannot be left out of a frame makes the frame one of the newer version (see needed-version.ts).
// - Preamble, hello, welcome and refusal come before any agreement: they never change, but may grow at their end.
// - `oldest` rises only when nobody can still run it: a release must speak what the release before it speaks.

/** Versions from `oldest` to `newest`, both included. */
export interface PeerVersions {
  readonly oldest: number;
  readonly newest: number;
}

export const peerVersionsKnown: PeerVersions = { oldest: 1, newest: 5 };

/** What version 1 does not have, and the version that brought it. */
export const since = {
  heartbeatAckAppliedIndex: 2,
  /** `preVoteResponse.removedAt`, and configurations among the batches of an append. */
  membership: 3,
  /** `voteRequest.transfer` and the message `timeoutNow`. */
  leadershipTransfer: 3,
  /** `hibernates` of heartbeats and their answers, `heartbeat.leaderCommitIndex`, and the message `wake`. */
  hibernation: 3,
  /** The message `installSnapshot` and the frames with which a snapshot is offered, asked for and sent. */
  snapshots: 3,
  /** Many groups' heartbeats, or answers to them, in one frame. */
  gatheredHeartbeats: 3,
  /** `append.leader`, `mayOvertake` and `routes`: batches that travel by way of a follower; and the frames `nodeLoad` and `fragment`. */
  relays: 4,
  /** `preVoteResponse.commitIndex`. */
  preVoteCommitIndex: 4,
  /** `heartbeatAck.stamp` and `heartbeat.provenStamp`. */
  stamps: 4,
  /** The message `weakAck`. */
  weakAcks: 5,
  /** How far a forwarded proposal is to have come before the proposer is told, and the frame `forwardAccepted`. */
  earlyAcknowledgements: 5,
} as const;

/** The newest version that both speak; `undefined` if there is none. */
export function agreedVersion(a: PeerVersions, b: PeerVersions): number | undefined {
  const version = Math.min(a.newest, b.newest);
  return version >= Math.max(a.oldest, b.oldest) ? version : undefined;
}

/** For messages to people. */
export function describeVersions({ oldest, newest }: PeerVersions): string {
  return oldest === newest ? `version ${oldest}` : `versions ${oldest} to ${newest}`;
}

/** @throws RangeError: this build does not speak all of them. */
export function checkPeerVersions({ oldest, newest }: PeerVersions): void {
  checkPeerVersion(oldest);
  checkPeerVersion(newest);
  if (oldest > newest) throw new RangeError(`the oldest version, ${oldest}, is above the newest, ${newest}`);
}

/** @throws RangeError: this build does not speak it. */
export function checkPeerVersion(version: number): void {
  const { oldest, newest } = peerVersionsKnown;
  if (Number.isInteger(version) && version >= oldest && version <= newest) return;
  throw new RangeError(`version ${version} of the node protocol is not known here, only ${oldest} to ${newest}`);
}
