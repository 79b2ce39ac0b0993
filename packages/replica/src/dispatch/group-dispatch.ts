// Plans for one group, while this node leads it: measures how long relays take, and gives the core a new plan now and then.

import {
  type Append,
  directPlan,
  fragmentReceiversMin,
  fragmentsNeeded,
  type Index,
  lastIndexOf,
  type NodeId,
  type Raft,
  type Route,
  type RoutePlan,
  type SeededRandom,
} from '@balsa/raft';
import { AutoChoice, type DispatchMode, type WayReport } from './auto-choice.ts';
import {
  type CodedOptions,
  type DispatchOptions,
  defaultCodedOptions,
  defaultRelayOptions,
  type RelayOptions,
} from './dispatch-options.ts';
import { HoldUps } from './hold-ups.ts';
import { LinkWatch } from './link-watch.ts';
import type { LoopLag } from './loop-lag.ts';
import type { NodeLoads } from './node-loads.ts';
import { type Candidate, weightsOf } from './route-planner.ts';
import { SlowRelays, type WatchedRelay } from './slow-relays.ts';
import { WindowedLatency } from './windowed-latency.ts';
import { byZone, ZonedPlanner } from './zoned-planner.ts';
import type { Zone, Zones } from './zones.ts';

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
  /** How many followers were last sent something from another zone than theirs; `undefined`: no zone is known, or another node leads. */
  readonly zoneCrossings: number | undefined;
  /** Of `auto`, what came of each way when it was used last; of the others, and on who does not lead, nothing. */
  readonly ways: readonly WayReport[];
  /** Of `auto`, the most that this node has sent while its link seemed full; `undefined`: it never did, or another is in use. */
  readonly linkBytesPerSecond: number | undefined;
  /** Batches that this node proposed, by what its mode was then, since the group was started here. */
  readonly batches: { readonly [mode in DispatchMode]: number };
}

export interface RelayStanding {
  readonly node: NodeId;
  /** `undefined`: not known. */
  readonly zone: Zone | undefined;
  /** How often it has its turn, next to the others in its zone: 1 is most. */
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
  readonly raft: Pick<Raft, 'useRoutes' | 'useFragments' | 'bypass' | 'status'>;
  readonly random: SeededRandom;
  readonly nowMs: () => number;
  readonly loads: NodeLoads;
  readonly lag: LoopLag;
  readonly zones: Zones;
  /** Batches are, or are not, carried by followers from now on. */
  readonly areCarried: (areCarried: boolean) => void;
  /** Is this node connected, and of a release that can relay? */
  readonly canRelay: (node: NodeId) => boolean;
}

export class GroupDispatch {
  readonly #ports: GroupDispatchPorts;
  readonly #latency = new WindowedLatency();
  readonly #holdUps = new HoldUps();
  readonly #slow = new SlowRelays();
  readonly #planner = new ZonedPlanner();
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
    const candidates = this.#plansRoutes ? this.#candidates(this.#ports.nowMs()) : [];
    const { zones } = this.#ports;
    const relays = [...byZone(candidates, (node) => zones.of(node))].flatMap(([zone, followers]) => {
      const weights = weightsOf(followers);
      return followers.map(({ node, latencyMs: relayMs, outgoingBytesPerSecond: toldBytesPerSecond }, i) => {
        return { node, zone, weight: weights[i]!, relayMs, toldBytesPerSecond };
      });
    });
    const plan = this.#leads ? this.#routes : directPlan;
    return {
      plan,
      relays,
      zoneCrossings: this.#zoneCrossings(),
      ways: this.#auto?.ways(this.#ports.nowMs()) ?? [],
      linkBytesPerSecond: this.#auto?.linkBytesPerSecond,
      batches: { ...this.#batches },
    };
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

  /** Somebody can be reached who could not, or the other way about; or stands elsewhere. */
  reachChanged(): void {
    for (const node of this.#followers) if (!this.#ports.canRelay(node)) this.#holdUps.forgetReceiver(node);
    this.#plan();
  }

  /** The leader has proposed a batch, and sent it along the present plan. */
  batchProposed(lastIndex: Index, bytes: number): void {
    this.#batches[this.#mode]++;
    if (this.#auto !== undefined) {
      this.#underWay.push({ lastIndex, bytes, proposedMs: this.#ports.nowMs() });
      this.#batchBytes += newestPart * (bytes - this.#batchBytes);
    }
    if (!this.#plansRoutes) return;
    this.#batchesSincePlan++;
    if (this.#batchesSincePlan < this.#relay.replanBatches) return;
    if (this.#relay.replanMs > 0 && this.#ports.nowMs() - this.#plannedMs < this.#relay.replanMs) return;
    this.#plan();
  }

  /** By this node, as the leader. */
  appendSent({ to, prevIndex, batches, routes }: Append): void {
    if (!this.#plansRoutes) return;
    const nowMs = this.#ports.nowMs();
    const newest = batches.at(-1);
    if (newest !== undefined) this.#holdUps.sent(to, undefined, prevIndex, lastIndexOf(newest), nowMs);
    this.#passedOn(to, routes, nowMs, true);
  }

  acknowledged(from: NodeId, index: Index): void {
    if (!this.#plansRoutes) return;
    const nowMs = this.#ports.nowMs();
    this.#latency.acknowledged(from, index, nowMs);
    this.#holdUps.acknowledged(from, index, nowMs);
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
      this.#auto.committed(bytes, proposedMs, nowMs);
    }
    if (count > 0) this.#underWay.splice(0, count);
  }

  tick(nowMs: number): void {
    if (!this.#leads || nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + lookMs;
    if (this.#plansRoutes) this.#leaveOutSlow(nowMs);
    if (this.#auto !== undefined) this.#lookForBetter(this.#auto, nowMs);
  }

  /** Those that are slow, next to those around them, relay no more; what is under way through them comes otherwise. */
  #leaveOutSlow(nowMs: number): void {
    const slow: NodeId[] = [];
    for (const followers of byZone(this.#candidates(nowMs), (node) => this.#ports.zones.of(node)).values()) {
      const relays = followers.map(({ node }): WatchedRelay => {
        const holdUp = this.#holdUps.of(node, nowMs);
        return { node, holdUp, answerMs: this.#link.newestMs(node, nowMs), brought: this.#holdUps.broughtBy(node) };
      });
      slow.push(...this.#slow.look(relays, nowMs));
    }
    if (slow.length === 0) return;
    this.#plan();
    for (const node of slow) {
      this.#holdUps.forgetRelay(node);
      this.#latency.forget(node);
      this.#ports.raft.bypass(node);
    }
  }

  #lookForBetter(auto: AutoChoice, nowMs: number): void {
    const able = this.#able();
    const changes = auto.look(nowMs, {
      linkSeemsFull: this.#link.seemsFull(this.#followers, nowMs, this.#ports.lag.recentMs),
      isSettling: this.#isSettling(able),
      alternatives: alternativesFor(able.length, this.#ableNear().length, this.#batchBytes, this.#coded),
      outgoingBytesPerSecond: this.#ports.loads.ownBytesPerSecond(nowMs),
      copies: this.#copies(),
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

  /** Do batches, or some of them, go on routes? */
  get #plansRoutes(): boolean {
    return this.#leads && (this.#mode === 'relay' || (this.#mode === 'coded' && this.#relaysBesideFragments));
  }

  /**
   * Fragments are exchanged within the leader's zone; into the others, batches go whole, on routes. And with `auto`, which sends fragments
   * because the link is full, so do those that are too small for fragments.
   */
  get #relaysBesideFragments(): boolean {
    return this.#auto !== undefined || !this.#followers.every((node) => this.#isNear(node));
  }

  /** As far as all are in step. */
  #copies(): Record<DispatchMode, number> {
    const { zones } = this.#ports;
    const far = this.#followers.filter((node) => !this.#isNear(node));
    const near = this.#followers.length - far.length;
    const farZones = new Set(far.map((node) => zones.of(node))).size;
    // With two levels, the leader enters each zone itself; with more, its own zone does.
    const entered = this.#relay.depth <= 2 ? farZones : 0;
    return {
      direct: this.#followers.length,
      relay: this.#relay.firstLevelSize + entered,
      coded: (near < fragmentReceiversMin ? near : near / fragmentsNeeded(near)) + farZones,
    };
  }

  #isNear(node: NodeId): boolean {
    const { zones, nodeId } = this.#ports;
    return zones.of(node) === zones.of(nodeId);
  }

  #zoneCrossings(): number | undefined {
    const { zones, nodeId, raft } = this.#ports;
    if (!zones.areKnown || !this.#leads) return undefined;
    const { followers } = raft.status();
    return followers.filter(({ id, relay = nodeId }) => zones.of(id) !== zones.of(relay)).length;
  }

  #setUp(): void {
    const { strategy, ...options } = this.#options;
    this.#relay = { ...defaultRelayOptions, ...options };
    this.#coded = { ...defaultCodedOptions, ...options };
    this.#auto = strategy === 'auto' && this.#leads ? new AutoChoice() : undefined;
    this.#latency.clear();
    this.#holdUps.clear();
    this.#slow.clear();
    this.#underWay.length = 0;
  }

  /** Followers that can pass something on. */
  #able(): NodeId[] {
    return this.#followers.filter(this.#ports.canRelay);
  }

  #ableNear(): NodeId[] {
    return this.#able().filter((node) => this.#isNear(node));
  }

  #passedOn(relay: NodeId, routes: readonly Route[], nowMs: number, isFedByLeader: boolean): void {
    for (const { node, prevIndex, lastIndex, routes: below } of routes) {
      if (lastIndex > prevIndex) {
        this.#latency.sent(relay, node, lastIndex, nowMs);
        this.#holdUps.sent(node, isFedByLeader ? relay : undefined, prevIndex, lastIndex, nowMs);
      }
      this.#passedOn(node, below, nowMs, false);
    }
  }

  #plan(): void {
    if (!this.#leads) return;
    const { raft, nowMs, areCarried } = this.#ports;
    const mode = this.#mode;
    const { fragmentBytesMin: bytesMin } = this.#coded;
    areCarried(mode !== 'direct');
    raft.useFragments(mode === 'coded' ? { bytesMin, nodes: new Set(this.#ableNear()) } : undefined);
    this.#routes = this.#plansRoutes ? this.#drawRoutes(nowMs()) : directPlan;
    raft.useRoutes(this.#routes);
  }

  #drawRoutes(nowMs: number): RoutePlan {
    const { random, loads, zones, nodeId } = this.#ports;
    this.#batchesSincePlan = 0;
    this.#plannedMs = nowMs;
    return this.#planner.draw(
      this.#candidates(nowMs),
      zones.of(nodeId),
      (node) => zones.of(node),
      loads.ownBytesPerSecond(nowMs),
      this.#relay,
      () => random.nextUint32() / 2 ** 32,
    );
  }

  #candidates(nowMs: number): (Candidate & { readonly outgoingBytesPerSecond: number })[] {
    const areAll = this.#mode === 'relay' || this.#auto !== undefined;
    const nodes = this.#able().filter((node) => areAll || !this.#isNear(node));
    return nodes.map((node) => {
      const standing = this.#slow.of(node, nowMs);
      // Who is tried has one batch at a time.
      const isLeftOut = standing === 'leftOut' || (standing === 'onTrial' && this.#holdUps.isUsed(node));
      return {
        node,
        latencyMs: isLeftOut ? Number.POSITIVE_INFINITY : this.#latency.ofMs(node, nowMs),
        measuredAgoMs: isLeftOut ? 0 : this.#latency.ageMs(node, nowMs),
        outgoingBytesPerSecond: this.#ports.loads.ofPeer(node, nowMs),
      };
    });
  }
}

/**
 * What is possible, the most promising first: fragments are of use for large batches, and for more followers than two in the leader's
 * zone. `able`: followers that can pass something on; `near`: those of them.
 */
function alternativesFor(
  able: number,
  near: number,
  batchBytes: number,
  { fragmentBytesMin }: CodedOptions,
): DispatchMode[] {
  if (able < 2) return [];
  return near >= fragmentReceiversMin && batchBytes >= fragmentBytesMin ? ['relay', 'coded'] : ['relay'];
}
