// Plans for one group, while this node leads it: measures how long relays take, and gives the core a new plan now and then.

import {
  type Append,
  directPlan,
  fragmentReceiversMin,
  type Index,
  type NodeId,
  type Raft,
  type Route,
  type RoutePlan,
  type SeededRandom,
} from '@balsa/raft';
import { AutoChoice, type DispatchMode } from './auto-choice.ts';
import {
  type CodedOptions,
  type DispatchOptions,
  defaultCodedOptions,
  defaultRelayOptions,
  type RelayOptions,
} from './dispatch-options.ts';
import { LinkWatch } from './link-watch.ts';
import type { NodeLoads } from './node-loads.ts';
import { RelayTurns } from './relay-turns.ts';
import { type Candidate, drawPlan, weightsOf } from './route-planner.ts';
import { WindowedLatency } from './windowed-latency.ts';

/** How a leader feeds its followers just now. */
export interface DispatchReport {
  readonly strategy: DispatchOptions['strategy'];
  /** Of `auto`, what it has chosen; of the others, the strategy. */
  readonly mode: DispatchMode;
  /** Why `auto` has chosen it, for people. */
  readonly reason: string | undefined;
}

/** Whom a leader plans with, and what it plans. */
export interface RoutingReport {
  /** The newest plan: trees below the leader, which feeds whoever stands in none. A wish: who fed whom is in the status. */
  readonly plan: RoutePlan;
  /** By what relays are chosen; none unless this node leads, and plans with relays. */
  readonly relays: readonly RelayStanding[];
  /** Batches that this node proposed, by what its mode was then, since the group was started here. */
  readonly batches: { readonly [mode in DispatchMode]: number };
}

export interface RelayStanding {
  readonly node: NodeId;
  /** How often it has its turn, next to the others: 1 is most. */
  readonly weight: number;
  /** How long it takes until its receivers hold what it passes on, on average of the newest 32; `undefined`: not known yet. */
  readonly relayMs: number | undefined;
  /** What it says that it sends to others. */
  readonly toldBytesPerSecond: number;
}

/** How much the newest batch is of the average. */
const newestPart = 0.1;
/** How often it is considered whether another way would be better. */
const lookMs = 100;

export interface GroupDispatchPorts {
  readonly nodeId: NodeId;
  readonly raft: Pick<Raft, 'useRoutes' | 'useFragments' | 'status'>;
  readonly random: SeededRandom;
  readonly nowMs: () => number;
  readonly loads: NodeLoads;
  /** Batches are, or are not, carried by followers from now on. */
  readonly areCarried: (areCarried: boolean) => void;
  /** Is this node connected, and of a release that can relay? */
  readonly canRelay: (node: NodeId) => boolean;
}

export class GroupDispatch {
  readonly #ports: GroupDispatchPorts;
  readonly #latency = new WindowedLatency();
  readonly #turns = new RelayTurns();
  readonly #link = new LinkWatch();
  /** Of strategy `auto`, while this node leads. */
  #auto: AutoChoice | undefined;
  /** Batches that are proposed and not committed, for `auto`: what they yield. */
  readonly #underWay: { readonly lastIndex: Index; readonly bytes: number; readonly proposedMs: number }[] = [];
  #batchBytes = 0;
  /** What was proposed before the last change of way ends here. */
  #changeIndex: Index = 0;
  #nextLookMs = 0;
  #options: DispatchOptions;
  #relay: RelayOptions = defaultRelayOptions;
  #coded: CodedOptions = defaultCodedOptions;
  #leads = false;
  #followers: readonly NodeId[] = [];
  #batchesSincePlan = 0;
  #plannedMs = 0;
  #routes: RoutePlan = directPlan;
  readonly #batches = { direct: 0, relay: 0, coded: 0 };

  constructor(options: DispatchOptions, ports: GroupDispatchPorts) {
    this.#ports = ports;
    this.#options = options;
    this.#setUp();
  }

  report(): DispatchReport {
    return { strategy: this.#options.strategy, mode: this.#mode, reason: this.#auto?.reason };
  }

  routing(): RoutingReport {
    const candidates = this.#relays ? this.#candidates(this.#ports.nowMs()) : [];
    const weights = weightsOf(candidates);
    const relays = candidates.map(({ node, latencyMs, outgoingBytesPerSecond }, i) => {
      return { node, weight: weights[i]!, relayMs: latencyMs, toldBytesPerSecond: outgoingBytesPerSecond };
    });
    return { plan: this.#leads ? this.#routes : directPlan, relays, batches: { ...this.#batches } };
  }

  /** From now on; what is under way keeps its route. */
  use(options: DispatchOptions): void {
    this.#options = options;
    this.#setUp();
    this.#plan();
  }

  roleIs(leads: boolean): void {
    if (leads === this.#leads) return;
    this.#leads = leads;
    // How quick an idle link is, is known whatever the strategy was then.
    this.#link.clear();
    this.#setUp();
    this.#plan();
  }

  membersAre(members: readonly NodeId[]): void {
    this.#followers = members.filter((node) => node !== this.#ports.nodeId);
    this.#plan();
  }

  /** Somebody can be reached who could not, or the other way about. */
  reachChanged(): void {
    this.#plan();
  }

  /** The leader has proposed a batch, and sent it along the present plan. */
  batchProposed(lastIndex: Index, bytes: number): void {
    this.#batches[this.#mode]++;
    if (this.#auto !== undefined) {
      this.#underWay.push({ lastIndex, bytes, proposedMs: this.#ports.nowMs() });
      this.#batchBytes += newestPart * (bytes - this.#batchBytes);
    }
    if (!this.#relays) return;
    this.#batchesSincePlan++;
    if (this.#batchesSincePlan < this.#relay.replanBatches) return;
    if (this.#relay.replanMs > 0 && this.#ports.nowMs() - this.#plannedMs < this.#relay.replanMs) return;
    this.#plan();
  }

  /** By this node, as the leader. */
  appendSent({ to, routes }: Append): void {
    if (this.#relays) this.#passedOn(to, routes, this.#ports.nowMs());
  }

  acknowledged(from: NodeId, index: Index): void {
    if (this.#relays) this.#latency.acknowledged(from, index, this.#ports.nowMs());
  }

  heartbeatSent(to: NodeId, round: number): void {
    if (this.#leads) this.#link.heartbeatSent(to, round, this.#ports.nowMs());
  }

  heartbeatAnswered(from: NodeId, round: number): void {
    if (this.#leads) this.#link.heartbeatAnswered(from, round, this.#ports.nowMs());
  }

  committed(index: Index): void {
    if (this.#auto === undefined) return;
    const nowMs = this.#ports.nowMs();
    let count = 0;
    for (; count < this.#underWay.length && this.#underWay[count]!.lastIndex <= index; count++) {
      const { bytes, proposedMs } = this.#underWay[count]!;
      this.#auto.committed(bytes, nowMs - proposedMs);
    }
    if (count > 0) this.#underWay.splice(0, count);
  }

  tick(nowMs: number): void {
    if (this.#auto === undefined || nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + lookMs;
    const able = this.#able();
    const changes = this.#auto.look(nowMs, {
      linkSeemsFull: this.#link.seemsFull(this.#followers, nowMs),
      isSettling: this.#isSettling(able),
      alternatives: alternativesFor(able.length, this.#batchBytes, this.#coded),
      outgoingBytesPerSecond: this.#ports.loads.ownBytesPerSecond(nowMs),
      followers: this.#followers.length,
    });
    if (!changes) return;
    this.#changeIndex = this.#underWay.at(-1)?.lastIndex ?? 0;
    this.#plan();
  }

  /** Does anybody who can be reached lack something that was sent before the last change? */
  #isSettling(able: readonly NodeId[]): boolean {
    if (this.#changeIndex === 0) return false;
    const { followers } = this.#ports.raft.status();
    if (followers.some(({ id, matchIndex }) => matchIndex < this.#changeIndex && able.includes(id))) return true;
    this.#changeIndex = 0;
    return false;
  }

  get #mode(): DispatchMode {
    const { strategy } = this.#options;
    return strategy === 'auto' ? (this.#auto?.mode ?? 'direct') : strategy;
  }

  get #relays(): boolean {
    return this.#leads && this.#mode === 'relay';
  }

  #setUp(): void {
    const { strategy, ...options } = this.#options;
    this.#relay = { ...defaultRelayOptions, ...options };
    this.#coded = { ...defaultCodedOptions, ...options };
    this.#auto = strategy === 'auto' && this.#leads ? new AutoChoice() : undefined;
    this.#latency.clear();
    this.#underWay.length = 0;
  }

  /** Followers that can pass something on. */
  #able(): NodeId[] {
    return this.#followers.filter(this.#ports.canRelay);
  }

  #passedOn(relay: NodeId, routes: readonly Route[], nowMs: number): void {
    for (const { node, prevIndex, lastIndex, routes: below } of routes) {
      if (lastIndex > prevIndex) this.#latency.sent(relay, node, lastIndex, nowMs);
      this.#passedOn(node, below, nowMs);
    }
  }

  #plan(): void {
    if (!this.#leads) return;
    const { raft, nowMs, areCarried } = this.#ports;
    const mode = this.#mode;
    const { fragmentBytesMin: bytesMin } = this.#coded;
    areCarried(mode !== 'direct');
    raft.useFragments(mode === 'coded' ? { bytesMin, nodes: new Set(this.#able()) } : undefined);
    this.#routes = mode === 'relay' ? this.#drawRoutes(nowMs()) : directPlan;
    raft.useRoutes(this.#routes);
  }

  #drawRoutes(nowMs: number): RoutePlan {
    const { random, loads } = this.#ports;
    this.#batchesSincePlan = 0;
    this.#plannedMs = nowMs;
    const own = loads.ownBytesPerSecond(nowMs);
    return drawPlan(this.#candidates(nowMs), own, this.#relay, this.#turns, () => random.nextUint32() / 2 ** 32);
  }

  #candidates(nowMs: number): (Candidate & { readonly outgoingBytesPerSecond: number })[] {
    return this.#able().map((node) => ({
      node,
      latencyMs: this.#latency.ofMs(node, nowMs),
      measuredAgoMs: this.#latency.ageMs(node, nowMs),
      outgoingBytesPerSecond: this.#ports.loads.ofPeer(node, nowMs),
    }));
  }
}

/** What is possible, the most promising first: fragments are of use for large batches, and for more followers than two. */
function alternativesFor(able: number, batchBytes: number, { fragmentBytesMin }: CodedOptions): DispatchMode[] {
  if (able < 2) return [];
  return able >= fragmentReceiversMin && batchBytes >= fragmentBytesMin ? ['relay', 'coded'] : ['relay'];
}
