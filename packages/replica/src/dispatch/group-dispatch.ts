// Plans for one group, while this node leads it: measures how long relays take, and gives the core a new plan now and then.

import {
  type Append,
  directPlan,
  type Index,
  type NodeId,
  type Raft,
  type Route,
  type SeededRandom,
} from '@balsa/raft';
import {
  type CodedOptions,
  type DispatchOptions,
  defaultCodedOptions,
  defaultRelayOptions,
  type RelayOptions,
} from './dispatch-options.ts';
import type { NodeLoads } from './node-loads.ts';
import { RelayTurns } from './relay-turns.ts';
import { drawPlan } from './route-planner.ts';
import { WindowedLatency } from './windowed-latency.ts';

export interface GroupDispatchPorts {
  readonly nodeId: NodeId;
  readonly raft: Raft;
  readonly random: SeededRandom;
  readonly nowMs: () => number;
  readonly loads: NodeLoads;
  /** Is this node connected, and of a release that can relay? */
  readonly canRelay: (node: NodeId) => boolean;
}

export class GroupDispatch {
  readonly #ports: GroupDispatchPorts;
  readonly #latency = new WindowedLatency();
  readonly #turns = new RelayTurns();
  #options: DispatchOptions;
  #relay: RelayOptions = defaultRelayOptions;
  #coded: CodedOptions = defaultCodedOptions;
  #leads = false;
  #followers: readonly NodeId[] = [];
  #batchesSincePlan = 0;
  #plannedMs = 0;

  constructor(options: DispatchOptions, ports: GroupDispatchPorts) {
    this.#ports = ports;
    this.#options = options;
    this.#setUp();
  }

  get options(): DispatchOptions {
    return this.#options;
  }

  /** From now on; what is under way keeps its route. */
  use(options: DispatchOptions): void {
    this.#options = options;
    this.#setUp();
    this.#plan();
  }

  roleIs(leads: boolean): void {
    if (leads && !this.#leads) this.#latency.clear();
    this.#leads = leads;
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
  batchProposed(): void {
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

  get #relays(): boolean {
    return this.#leads && this.#options.strategy === 'relay';
  }

  #setUp(): void {
    const options = this.#options;
    if (options.strategy === 'relay') this.#relay = { ...defaultRelayOptions, ...options };
    if (options.strategy === 'coded') this.#coded = { ...defaultCodedOptions, ...options };
  }

  #passedOn(relay: NodeId, routes: readonly Route[], nowMs: number): void {
    for (const { node, prevIndex, lastIndex, routes: below } of routes) {
      if (lastIndex > prevIndex) this.#latency.sent(relay, node, lastIndex, nowMs);
      this.#passedOn(node, below, nowMs);
    }
  }

  #plan(): void {
    if (!this.#leads) return;
    const { raft, random, nowMs, loads, canRelay } = this.#ports;
    const { strategy } = this.#options;
    const able = this.#followers.filter(canRelay);
    raft.useFragments(
      strategy === 'coded' ? { bytesMin: this.#coded.fragmentBytesMin, nodes: new Set(able) } : undefined,
    );
    if (strategy !== 'relay') {
      raft.useRoutes(directPlan);
      return;
    }
    this.#batchesSincePlan = 0;
    this.#plannedMs = nowMs();
    const candidates = able.map((node) => ({
      node,
      latencyMs: this.#latency.ofMs(node, this.#plannedMs),
      outgoingBytesPerSecond: loads.ofPeer(node, this.#plannedMs),
    }));
    const own = loads.ownBytesPerSecond(this.#plannedMs);
    raft.useRoutes(drawPlan(candidates, own, this.#relay, this.#turns, () => random.nextUint32() / 2 ** 32));
  }
}
