// Brings other nodes' snapshots here. A leader that no longer has the entries that a member needs offers its snapshot;
// this side asks for it piece by piece, and so sets the pace, goes on where it was cut off, and decides which of several
// offers it follows. A node that comes back after a long time needs hundreds of groups at once: a few are fetched, the
// others wait their turn.

import type { GroupId, InstallSnapshot, NodeId } from '@balsa/raft';
import type {
  Clock,
  SnapshotChunk,
  SnapshotOffer,
  SnapshotRequest,
  SnapshotStore,
  StoredSnapshot,
  Transport,
} from '../ports.ts';
import { Fetch, type FetchOutcome } from './fetch.ts';
import { type SnapshotFetchLimits, snapshotFetchDefaults, transferTickMs } from './transfer-limits.ts';

export interface SnapshotFetcherOptions {
  readonly store: Pick<SnapshotStore, 'latest' | 'receive'>;
  readonly transport: Pick<Transport, 'send'>;
  readonly clock: Clock;
  readonly limits?: Partial<SnapshotFetchLimits>;
  readonly events: SnapshotFetchEvents;
}

/** None of them may throw. */
export interface SnapshotFetchEvents {
  /**
   * A snapshot is here, durable, and the latest. `message` is that of the newest offer, but names the snapshot that is here:
   * it is good enough for what was offered, not always the same.
   */
  onReceived(group: GroupId, message: InstallSnapshot, stored: StoredSnapshot): void;
  /** It begins anew, or goes on, when it is offered again. */
  onGivenUp(group: GroupId, from: NodeId, reason: GiveUpReason): void;
  /** The disk of this node failed. */
  onFailure(group: GroupId, error: unknown): void;
}

export type GiveUpReason = 'gone' | 'damaged' | 'silent';

export interface SnapshotFetchStatistics {
  /** Of snapshots, without what came twice. */
  readonly bytesReceived: number;
  /** Counted anew when a fetch goes on after a cut. */
  readonly begun: number;
  readonly finished: number;
  readonly givenUp: number;
}

/** For status and progress bars. */
export interface SnapshotFetchProgress {
  readonly group: GroupId;
  readonly from: NodeId;
  readonly index: number;
  /** `waiting`: for its turn, or for a connection to the source. */
  readonly state: 'waiting' | 'fetching' | 'finishing';
  /** How much of `bytes` is here; 0 while that is not known. */
  readonly offset: number;
  readonly bytes: number;
}

interface Offered {
  readonly from: NodeId;
  readonly offer: SnapshotOffer;
}

/** What a group needs. */
interface Wanted {
  readonly group: GroupId;
  /** Whom to ask, and for what. */
  from: NodeId;
  snapshot: StoredSnapshot;
  /** Of the newest offer, which need not be the one that is followed. */
  message: InstallSnapshot;
  /** The newest offer, if it is not followed because the one under way is good enough. */
  alternative: Offered | undefined;
  /** There is no connection to `from`. */
  isCut: boolean;
  /** When it was last offered, or its source was lost. */
  heardAtMs: number;
}

interface Running {
  readonly wanted: Wanted;
  readonly fetch: Fetch;
  readonly ended: Promise<void>;
}

export class SnapshotFetcher {
  readonly #options: SnapshotFetcherOptions;
  readonly #limits: SnapshotFetchLimits;
  /** In the order in which they get their turn. */
  readonly #wanted = new Map<GroupId, Wanted>();
  readonly #running = new Map<GroupId, Running>();
  readonly #counts = { bytesReceived: 0, begun: 0, finished: 0, givenUp: 0 };
  #stopTicking: (() => void) | undefined;
  #isStopped = false;

  constructor(options: SnapshotFetcherOptions) {
    this.#options = options;
    this.#limits = { ...snapshotFetchDefaults, ...options.limits };
  }

  // --- what the host hands in --------------------------------------------------------------------------------------

  /** A peer offers a snapshot. The same offer may come again and again; it tells that it is still wanted. */
  offered(group: GroupId, from: NodeId, offer: SnapshotOffer): void {
    if (this.#isStopped) return;
    const { store, events } = this.#options;
    const latest = store.latest(group);
    const wanted = this.#wanted.get(group);
    if (latest !== undefined && latest.index >= offer.message.snapshot.index) {
      // A late or doubled offer, or one that this node has followed before it was restarted.
      if (wanted !== undefined && wanted.snapshot.index <= latest.index) this.cancel(group);
      events.onReceived(group, renamed(offer.message, latest), latest);
      return;
    }
    if (wanted === undefined) this.#wanted.set(group, this.#newlyWanted(group, from, offer));
    else if (!isLate(wanted, from, offer)) this.#weigh(wanted, from, offer);
    this.#beginNext();
  }

  chunkArrived(group: GroupId, from: NodeId, chunk: SnapshotChunk): void {
    const fetch = this.#running.get(group)?.fetch;
    if (fetch?.from === from) this.#counts.bytesReceived += fetch.chunkArrived(chunk);
  }

  peerUp(peer: NodeId): void {
    for (const wanted of this.#wanted.values()) if (wanted.from === peer) wanted.isCut = false;
    this.#beginNext();
  }

  peerDown(peer: NodeId): void {
    for (const wanted of this.#wanted.values()) {
      if (wanted.from !== peer) continue;
      const { alternative } = wanted;
      if (alternative !== undefined && alternative.from !== peer) {
        this.#follow(wanted, alternative.from, alternative.offer);
        continue;
      }
      wanted.isCut = true;
      wanted.heardAtMs = this.#options.clock.nowMs();
      this.#fetchOf(wanted)?.stop();
    }
    this.#beginNext();
  }

  /** The group needs nothing any more, or is gone. What is on the disk stays there. */
  cancel(group: GroupId): void {
    const wanted = this.#wanted.get(group);
    if (wanted === undefined) return;
    this.#wanted.delete(group);
    this.#fetchOf(wanted)?.stop();
  }

  /** Nothing is open any more when it resolves, and no event comes from the call on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wanted.clear();
    this.#stopTicking?.();
    this.#stopTicking = undefined;
    const running = [...this.#running.values()];
    for (const { fetch } of running) fetch.stop();
    await Promise.all(running.map(({ ended }) => ended));
  }

  statistics(): SnapshotFetchStatistics {
    return { ...this.#counts };
  }

  progress(): SnapshotFetchProgress[] {
    return Array.from(this.#wanted.values(), (wanted) => {
      const { group, from, snapshot } = wanted;
      const fetch = this.#fetchOf(wanted);
      const state = fetch === undefined ? 'waiting' : fetch.isFinishing ? 'finishing' : 'fetching';
      const { offset, bytes } = fetch ?? { offset: 0, bytes: snapshot.bytes };
      return { group, from, index: snapshot.index, state, offset, bytes };
    });
  }

  // --- offers ------------------------------------------------------------------------------------------------------

  #newlyWanted(group: GroupId, from: NodeId, offer: SnapshotOffer): Wanted {
    return {
      group,
      from,
      snapshot: storedOf(offer),
      message: offer.message,
      alternative: undefined,
      isCut: false,
      heardAtMs: this.#options.clock.nowMs(),
    };
  }

  /** Another offer for what is wanted already: to be followed, or to be kept in mind. */
  #weigh(wanted: Wanted, from: NodeId, offer: SnapshotOffer): void {
    wanted.message = offer.message;
    wanted.heardAtMs = this.#options.clock.nowMs();
    if (from === wanted.from && offer.snapshotId === wanted.snapshot.id) {
      wanted.isCut = false;
      wanted.alternative = undefined;
    } else if (this.#isGoodEnough(wanted, offer)) {
      wanted.alternative = { from, offer };
    } else {
      this.#follow(wanted, from, offer);
    }
  }

  /** Does what is under way come forward, and bring the group to where the offerer's log goes on? */
  #isGoodEnough(wanted: Wanted, { logFirstIndex }: SnapshotOffer): boolean {
    const fetch = this.#fetchOf(wanted);
    if (fetch === undefined) return false;
    const isAlive = !wanted.isCut && this.#options.clock.nowMs() - fetch.heardAtMs <= this.#limits.stallMs;
    return isAlive && wanted.snapshot.index + 1 >= logFirstIndex;
  }

  #follow(wanted: Wanted, from: NodeId, offer: SnapshotOffer): void {
    wanted.from = from;
    wanted.snapshot = storedOf(offer);
    wanted.alternative = undefined;
    wanted.isCut = false;
    wanted.heardAtMs = this.#options.clock.nowMs();
    this.#fetchOf(wanted)?.stop();
  }

  // --- fetches -----------------------------------------------------------------------------------------------------

  #fetchOf(wanted: Wanted): Fetch | undefined {
    const running = this.#running.get(wanted.group);
    return running?.wanted === wanted ? running.fetch : undefined;
  }

  #beginNext(): void {
    const { clock } = this.#options;
    const sources = new Set(Array.from(this.#running.values(), ({ fetch }) => fetch.from));
    for (const wanted of this.#wanted.values()) {
      if (this.#running.size >= this.#limits.fetchesMax) break;
      if (wanted.isCut || sources.has(wanted.from) || this.#running.has(wanted.group)) continue;
      sources.add(wanted.from);
      this.#begin(wanted);
    }
    const isIdle = this.#wanted.size === 0;
    if (isIdle) {
      this.#stopTicking?.();
      this.#stopTicking = undefined;
    } else {
      this.#stopTicking ??= clock.every(transferTickMs, () => this.#tick());
    }
  }

  #begin(wanted: Wanted): void {
    const { store, clock } = this.#options;
    const ask = (from: NodeId, group: GroupId, request: SnapshotRequest): boolean =>
      this.#options.transport.send(from, group, { kind: 'snapshotRequest', request });
    const fetch = new Fetch(wanted.group, wanted.from, wanted.snapshot, { store, clock, limits: this.#limits, ask });
    const ended = fetch.run().then((outcome) => this.#ended(wanted, outcome));
    this.#running.set(wanted.group, { wanted, fetch, ended });
    this.#counts.begun++;
  }

  #ended(wanted: Wanted, outcome: FetchOutcome): void {
    this.#running.delete(wanted.group);
    if (outcome.kind === 'finished') this.#counts.finished++;
    if (this.#wanted.get(wanted.group) === wanted) this.#conclude(wanted, outcome);
    if (!this.#isStopped) this.#beginNext();
  }

  #conclude(wanted: Wanted, outcome: FetchOutcome): void {
    const { group, alternative, message } = wanted;
    const { events } = this.#options;
    switch (outcome.kind) {
      case 'finished':
        // Unless another was offered meanwhile for which this one is not good enough. One of this node's own may have been quicker.
        if (outcome.stored.index >= wanted.snapshot.index) this.#wanted.delete(group);
        events.onReceived(group, renamed(message, outcome.stored), outcome.stored);
        break;
      case 'gone':
      case 'damaged':
        if (alternative === undefined) this.#giveUp(wanted, outcome.kind);
        else this.#follow(wanted, alternative.from, alternative.offer);
        break;
      case 'failed':
        this.#wanted.delete(group);
        events.onFailure(group, outcome.error);
        break;
      case 'stopped':
        // It goes on when it can, with what is to be followed by then.
        break;
    }
  }

  #giveUp(wanted: Wanted, reason: GiveUpReason): void {
    this.cancel(wanted.group);
    this.#counts.givenUp++;
    this.#options.events.onGivenUp(wanted.group, wanted.from, reason);
  }

  #tick(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const wanted of [...this.#wanted.values()]) {
      const fetch = this.#fetchOf(wanted);
      fetch?.tick();
      // Who only waits for his turn is not silent.
      const heardAtMs = fetch?.heardAtMs ?? (wanted.isCut ? wanted.heardAtMs : nowMs);
      if (nowMs - heardAtMs > this.#limits.silenceMs) this.#giveUp(wanted, 'silent');
    }
    this.#beginNext();
  }
}

/** Of an earlier term, or of an earlier attempt of the same leader: overtaken on its way. */
function isLate({ message }: Wanted, from: NodeId, offer: SnapshotOffer): boolean {
  const { term, session, snapshot } = offer.message;
  if (term !== message.term) return term < message.term;
  return from === message.from && (session < message.session || snapshot.index < message.snapshot.index);
}

function storedOf({ message, snapshotId, bytes }: SnapshotOffer): StoredSnapshot {
  return { ...message.snapshot, id: snapshotId, bytes };
}

function renamed(message: InstallSnapshot, { index, term, configuration }: StoredSnapshot): InstallSnapshot {
  return { ...message, snapshot: { index, term, configuration } };
}
