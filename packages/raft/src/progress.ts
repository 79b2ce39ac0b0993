// What a leader knows of one follower, and how much it may send it.

import { assert } from './assert.ts';
import { hasForgottenVotes } from './incident.ts';
import type { Index, NodeId } from './types.ts';

export type ProgressState =
  /** The leader does not know where the follower stands: one message at a time, until one is acknowledged. */
  | 'probe'
  /** In step: messages follow each other without waiting, up to the byte limit. */
  | 'replicate'
  /** What it needs next is compacted: nothing is sent until it has a snapshot. */
  | 'snapshot';

/** Who brings a follower its entries: the leader itself, another follower, or all of them together, in fragments. */
export type Carrier = 'leader' | NodeId | 'fragments';

/** What was sent in one message. */
export interface Sent {
  readonly lastIndex: Index;
  readonly bytes: number;
  readonly tick: number;
  readonly carrier: Carrier;
}

/** What lies behind `prevIndex`, up to and with `lastIndex`. */
export interface IndexRange {
  readonly prevIndex: Index;
  readonly lastIndex: Index;
}

/** How quickly a long delivery is forgotten: by this part of it with each quicker one. */
const deliveryDecay = 1 / 8;

/** Heartbeats of which is remembered what had been sent before them; more are under way only to who does not answer. */
const heartbeatsMax = 64;

export class Progress {
  readonly id: NodeId;
  state: ProgressState = 'probe';
  /** Counts the leader's attempts to bring this follower into step; answers to an earlier attempt are dropped. */
  session: number;
  /** The follower durably holds the leader's log up to here. Never falls during one leadership. */
  matchIndex: Index = 0;
  /** The follower has said in this session that it has the leader's log up to here, if only in memory. */
  receivedIndex: Index = 0;
  /** First index not yet sent in this session. */
  nextIndex: Index;
  /** A probe is on its way: nothing more until it is answered or given up. */
  probing = false;
  /** The next batches are being read from the leader's disk. */
  reading = false;
  /** When the follower was last heard of, in ticks. */
  lastContactTick: number;
  /** When the connection to it was reported lost, in ticks. */
  lostTick: number = Number.NEGATIVE_INFINITY;
  /** Highest heartbeat round it answered. */
  confirmedRound = 0;
  /** The stamp of the last heartbeat answer that came. Of its stamps, any will do: a later one only proves more. */
  heardStamp: number | undefined;
  /** What `heardStamp` was when the round began of which the leader waits to hear that a quorum has answered it. */
  waitingStamp: number | undefined;
  /** See `Heartbeat.provenStamp`. */
  provenStamp: number | undefined;
  /** What its last heartbeat answer said it had received. */
  lastReceivedIndex: Index = 0;
  /** When an answer last said that it had received more. */
  lastReceivedTick = 0;
  /** About the longest that it took of late from sending something, on whatever route, to its acknowledgement. */
  deliveryTicks = 0;
  /** What its last heartbeat answer said it had applied, for reports only. It may fall: a restarted follower begins again. */
  appliedIndex: Index | undefined;
  /** The snapshot that it was offered ends here; `undefined`: none, or it has shown that it needs none any more. Survives `restart`: a transfer goes on. */
  snapshotIndex: Index | undefined;
  /** When the offer is to be repeated. */
  nextOfferTick = 0;
  /** The configuration without it; it is sent the log up to here, so that it learns of it. `undefined`: it belongs to the group. */
  leavesAtIndex: Index | undefined;
  /** Forget it then; `undefined`: its leaving is not committed yet. */
  dismissTick: number | undefined;
  /** Since when there is more for it than room for what is under way, and it has acknowledged nothing, in ticks; `undefined`: it gets on. */
  heldUpSinceTick: number | undefined;
  /** It has agreed to hibernate. */
  hibernates = false;
  /** The follower's open incident (see `HardState.incident`); while there is one, it counts for nothing. */
  incident = 0;
  /** What the follower must hold to be a full member again; `undefined`: not known yet. */
  restoreIndex: Index | undefined;
  /** That can be known once others have confirmed this round. */
  restoreRound = 0;
  #carrier: Carrier = 'leader';
  #inflightBytes = 0;
  #inflight: Sent[] = [];
  /** Of this session, unanswered, ascending. */
  #heartbeats: { readonly round: number; readonly nextIndex: Index }[] = [];

  constructor(id: NodeId, session: number, nextIndex: Index, nowTick: number) {
    this.id = id;
    this.session = session;
    this.nextIndex = nextIndex;
    this.lastContactTick = nowTick;
  }

  /** Through whom it was sent something last; `undefined`: through no single follower. */
  get relay(): NodeId | undefined {
    return typeof this.#carrier === 'number' ? this.#carrier : undefined;
  }

  /** It was last sent a fragment. */
  get takesFragments(): boolean {
    return this.#carrier === 'fragments';
  }

  get inflightBytes(): number {
    return this.#inflightBytes;
  }

  /** Starts over from what is proven: everything unanswered counts as lost, and answers to it as stale. */
  restart(): void {
    this.session++;
    this.state = 'probe';
    // What it had only in memory may be what it has lost.
    this.receivedIndex = 0;
    this.nextOfferTick = 0;
    this.nextIndex = this.matchIndex + 1;
    this.probing = false;
    this.reading = false;
    this.heldUpSinceTick = undefined;
    this.#inflight = [];
    this.#inflightBytes = 0;
    this.#heartbeats = [];
  }

  heartbeatSent(round: number): void {
    if (this.#heartbeats.length === heartbeatsMax) this.#heartbeats.shift();
    this.#heartbeats.push({ round, nextIndex: this.nextIndex });
  }

  /**
   * A heartbeat of this session was answered. Returns the last index that had been sent before it: what was sent after it, the follower
   * need not have when it answers. `undefined`: it is not known any more.
   */
  sentBeforeHeartbeat(round: number): Index | undefined {
    const at = this.#heartbeats.findIndex((heartbeat) => heartbeat.round >= round);
    const answered = this.#heartbeats[at];
    if (answered?.round !== round) return undefined;
    this.#heartbeats.splice(0, at + 1);
    return answered.nextIndex - 1;
  }

  /** The follower lost entries: nothing that it ever acknowledged is proven any more. `round`: the newest that has begun. */
  incidentReported(incident: number, round: number): void {
    this.incident = incident;
    this.restoreIndex = undefined;
    this.restoreRound = hasForgottenVotes(incident) ? round + 1 : 0;
    this.snapshotIndex = undefined;
    this.matchIndex = 0;
  }

  sent(lastIndex: Index, bytes: number, tick: number, carrier: Carrier = 'leader'): void {
    assert(lastIndex >= this.nextIndex - 1, 'what is sent moves forward');
    this.#carrier = carrier;
    this.nextIndex = lastIndex + 1;
    this.#inflight.push({ lastIndex, bytes, tick, carrier });
    this.#inflightBytes += bytes;
  }

  /** The first of what was sent to it, and of which it has not said that it has received it. */
  nextToReceive(): Sent | undefined {
    return this.#inflight.find((sent) => sent.lastIndex > this.lastReceivedIndex);
  }

  /**
   * Of what this relay was to bring it, and what lies in this range, all of which it has not said that it has received it comes from the
   * leader from now on. Returns the runs of it.
   */
  takeOver(relay: NodeId, range: IndexRange, nowTick: number): IndexRange[] {
    const runs: IndexRange[] = [];
    let prevIndex = this.matchIndex;
    this.#inflight = this.#inflight.map((sent) => {
      const { lastIndex, carrier } = sent;
      const isMissing = carrier === relay && lastIndex > this.lastReceivedIndex;
      const isTaken = isMissing && prevIndex < range.lastIndex && lastIndex > range.prevIndex;
      if (isTaken) {
        const last = runs.at(-1);
        if (last?.lastIndex === prevIndex) runs[runs.length - 1] = { prevIndex: last.prevIndex, lastIndex };
        else runs.push({ prevIndex, lastIndex });
      }
      prevIndex = lastIndex;
      return isTaken ? { ...sent, tick: nowTick, carrier: 'leader' } : sent;
    });
    // What is sent a second time goes behind those heartbeats: they do not show any more what should have come before them.
    if (runs.length > 0) this.#heartbeats = [];
    return runs;
  }

  /** Who brings it what is under way. */
  carriers(): Set<Carrier> {
    return new Set(this.#inflight.map(({ carrier }) => carrier));
  }

  /** It has received the log up to `index`. */
  receivedUpTo(index: Index, nowTick: number): void {
    if (index === this.lastReceivedIndex) return;
    this.lastReceivedIndex = index;
    this.lastReceivedTick = nowTick;
  }

  /** The follower holds everything up to `index`. */
  acknowledged(index: Index, nowTick: number): void {
    let settled = 0;
    while (settled < this.#inflight.length && this.#inflight[settled]!.lastIndex <= index) {
      this.#inflightBytes -= this.#inflight[settled]!.bytes;
      settled++;
    }
    if (settled > 0) {
      const ticks = nowTick - this.#inflight[0]!.tick;
      this.deliveryTicks = Math.max(ticks, this.deliveryTicks * (1 - deliveryDecay));
      this.#inflight.splice(0, settled);
      this.heldUpSinceTick = undefined;
    }
    this.state = 'replicate';
    this.probing = false;
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    this.matchIndex = Math.max(this.matchIndex, index);
    if (this.snapshotIndex !== undefined && this.matchIndex >= this.snapshotIndex) this.snapshotIndex = undefined;
  }
}
