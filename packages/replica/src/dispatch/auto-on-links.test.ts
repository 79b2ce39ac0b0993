// Strategy auto on modelled links, in virtual time: each node sends so many bytes a second and no more, one frame after the other, and a
// fixed number of clients wait for their entries. What a leader sees of it, and what is committed, follows from that.

import {
  type FragmentPlan,
  fragmentsNeeded,
  MessageType,
  type PlannedRelay,
  type RaftStatus,
  type Route,
  type RoutePlan,
  SeededRandom,
} from '@balsa/raft';
import { expect, test } from 'vitest';
import type { DispatchOptions } from './dispatch-options.ts';
import { GroupDispatch } from './group-dispatch.ts';
import { LoopLag } from './loop-lag.ts';
import { NodeLoads } from './node-loads.ts';
import { Zones } from './zones.ts';

const leader = 1;
const hopMs = 0.5;
const heartbeatMs = 100;
const tickMs = 10;
const heartbeatBytes = 100;
const ackBytes = 60;

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

interface Net {
  readonly nodes: number;
  /** Of each node; of all others, the first. */
  readonly bytesPerMs: Readonly<Record<number, number>>;
  readonly clients: number;
  readonly batchBytes: number;
  readonly seed: number;
}

class LinkModel {
  nowMs = 0;
  committedBytes = 0;
  readonly dispatch: GroupDispatch;
  readonly #net: Net;
  readonly #random: SeededRandom;
  readonly #loads = new NodeLoads();
  readonly #tasks: Task[] = [];
  #order = 0;
  readonly #freeMs = new Map<number, number>();
  #plan: RoutePlan = [];
  #fragments: FragmentPlan | undefined;
  #index = 0;
  #committed = 0;
  #round = 0;
  /** By batch: who has it, or how many fragments of it. */
  readonly #holders = new Map<number, Set<number>>();
  readonly #received = new Map<number, Set<number>>();
  readonly #heldIndex = new Map<number, number>();
  /** By relay: what it is to pass on, and they may not have. */
  readonly #entrusted = new Map<number, { readonly node: number; readonly index: number; readonly bytes: number }[]>();
  /** As far as the leader knows. */
  readonly #matchIndex = new Map<number, number>();

  constructor(net: Net, options: DispatchOptions) {
    this.#net = net;
    this.#random = new SeededRandom(net.seed);
    const followers = this.#followers;
    this.dispatch = new GroupDispatch(options, {
      nodeId: leader,
      raft: {
        useRoutes: (plan) => {
          this.#plan = plan;
        },
        useFragments: (plan) => {
          this.#fragments = plan;
        },
        bypass: (relay) => this.#bypass(relay),
        status: () =>
          ({
            followers: followers.map((id) => ({ id, matchIndex: this.#matchIndex.get(id) ?? 0 })),
          }) as unknown as RaftStatus,
      },
      random: new SeededRandom(net.seed + 1),
      nowMs: () => this.nowMs,
      loads: this.#loads,
      lag: new LoopLag(),
      zones: new Zones(new Map()),
      areCarried: () => {},
      canRelay: () => true,
    });
    this.dispatch.membersAre([leader, ...followers]);
    this.dispatch.roleIs(true);
    this.#every(heartbeatMs, () => this.#beat());
    this.#every(tickMs, () => this.dispatch.tick(this.nowMs));
    // Links are empty for a moment, as those of a group that was just founded.
    this.#after(1000, () => {
      for (let i = 0; i < net.clients; i++) this.#propose();
    });
  }

  runTo(ms: number): void {
    for (let next = this.#tasks[0]; next !== undefined && next.atMs <= ms; next = this.#tasks[0]) {
      this.#takeFirst();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = ms;
  }

  get #followers(): number[] {
    return Array.from({ length: this.#net.nodes - 1 }, (_, i) => i + 2);
  }

  #propose(): void {
    const index = ++this.#index;
    // Batches are not all alike.
    const bytes = Math.round(this.#net.batchBytes * (0.5 + this.#random.integerBetween(0, 1001) / 1000));
    this.#holders.set(index, new Set());
    const fragments = this.#fragments;
    if (fragments !== undefined && bytes >= fragments.bytesMin) this.#sendFragments(index, bytes);
    else this.#sendWhole(index, bytes);
    this.dispatch.batchProposed(index, bytes);
  }

  #sendWhole(index: number, bytes: number): void {
    const planned = new Set<number>();
    const along = (relays: readonly PlannedRelay[], from: number): void => {
      for (const { node, receivers } of relays) {
        planned.add(node);
        const entrusted = receivers.map((it) => ({ node: it.node, index, bytes }));
        this.#entrusted.set(node, [...(this.#entrusted.get(node) ?? []), ...entrusted]);
        this.#send(from, node, bytes, () => {
          this.#holds(node, index, bytes);
          along(receivers, node);
        });
      }
    };
    const nodesOf = (relays: RoutePlan): number[] => relays.flatMap((it) => [it.node, ...nodesOf(it.receivers)]);
    const routesOf = (relays: readonly PlannedRelay[]): Route[] =>
      relays.map((it) => ({
        node: it.node,
        session: 1,
        prevIndex: index - 1,
        lastIndex: index,
        routes: routesOf(it.receivers),
      }));
    for (const tree of this.#plan) this.#noteSent(tree.node, index, routesOf(tree.receivers));
    along(this.#plan, leader);
    const inPlan = new Set(nodesOf(this.#plan));
    for (const node of this.#followers) {
      if (!inPlan.has(node)) this.#send(leader, node, bytes, () => this.#holds(node, index, bytes));
    }
  }

  /** The leader goes by what it was told, not by who has what. */
  #bypass(relay: number): void {
    for (const { node, index, bytes } of this.#entrusted.get(relay) ?? []) {
      if (index <= (this.#matchIndex.get(node) ?? 0)) continue;
      this.#noteSent(node, index, []);
      this.#send(leader, node, bytes, () => this.#holds(node, index, bytes));
    }
    this.#entrusted.delete(relay);
  }

  #noteSent(to: number, index: number, routes: readonly Route[]): void {
    const batch = { kind: 1, firstIndex: index, count: 1, term: 1, prevTerm: 1, bytes: new Uint8Array() } as const;
    const message = {
      type: MessageType.append,
      from: leader,
      to,
      term: 1,
      leader,
      session: 1,
      prevIndex: index - 1,
    } as const;
    this.dispatch.appendSent({ ...message, prevTerm: 1, commitIndex: 0, batches: [batch], mayOvertake: true, routes });
  }

  #sendFragments(index: number, bytes: number): void {
    const followers = this.#followers;
    const needed = fragmentsNeeded(followers.length);
    const piece = Math.ceil(bytes / needed);
    const gathered = new Map(followers.map((node) => [node, 0]));
    const arrived = (node: number): void => {
      const count = gathered.get(node)! + 1;
      gathered.set(node, count);
      if (count === needed) this.#holds(node, index, bytes);
    };
    for (const owner of followers) {
      this.#send(leader, owner, piece, () => {
        arrived(owner);
        for (const other of followers) if (other !== owner) this.#send(owner, other, piece, () => arrived(other));
      });
    }
  }

  /** It tells the leader, behind what it has sent to others. */
  #holds(node: number, index: number, bytes: number): void {
    const received = this.#received.get(node) ?? new Set();
    this.#received.set(node, received);
    if (index > (this.#heldIndex.get(node) ?? 0)) received.add(index);
    // In order, as logs are.
    let match = this.#heldIndex.get(node) ?? 0;
    while (received.delete(match + 1)) match++;
    this.#heldIndex.set(node, match);
    this.#bytesOf.set(index, bytes);
    this.#send(node, leader, ackBytes, () => {
      this.#matchIndex.set(node, match);
      this.dispatch.acknowledged(node, match);
      this.#commit();
    });
  }

  readonly #bytesOf = new Map<number, number>();

  /** What a quorum holds, the leader among it. */
  #commit(): void {
    const matches = this.#followers.map((node) => this.#matchIndex.get(node) ?? 0).sort((a, b) => b - a);
    const held = matches[Math.floor(this.#net.nodes / 2) - 1]!;
    if (held <= this.#committed) return;
    const before = this.#committed;
    this.#committed = held;
    this.dispatch.committed(held);
    for (let index = before + 1; index <= held; index++) {
      this.committedBytes += this.#bytesOf.get(index)!;
      this.#bytesOf.delete(index);
      this.#propose();
    }
  }

  #beat(): void {
    const round = ++this.#round;
    for (const node of this.#followers) {
      this.dispatch.heartbeatSent(node, round);
      this.#send(leader, node, heartbeatBytes, () =>
        this.#send(node, leader, heartbeatBytes, () => this.dispatch.heartbeatAnswered(node, round)),
      );
    }
  }

  /** Behind everything that this node has sent before. */
  #send(from: number, to: number, bytes: number, arrives: () => void): void {
    if (from === leader) this.#loads.sent(to, bytes, this.nowMs);
    const rate = this.#net.bytesPerMs[from] ?? this.#net.bytesPerMs[0]!;
    const freeMs = Math.max(this.nowMs, this.#freeMs.get(from) ?? 0) + bytes / rate;
    this.#freeMs.set(from, freeMs);
    this.#after(freeMs - this.nowMs + hopMs, arrives);
  }

  #every(ms: number, run: () => void): void {
    this.#after(ms, () => {
      run();
      this.#every(ms, run);
    });
  }

  /** A heap: there are many. */
  #after(ms: number, run: () => void): void {
    const tasks = this.#tasks;
    const task = { atMs: this.nowMs + ms, order: this.#order++, run };
    let at = tasks.push(task) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(task, tasks[above]!)) break;
      tasks[at] = tasks[above]!;
      at = above;
    }
    tasks[at] = task;
  }

  #takeFirst(): void {
    const tasks = this.#tasks;
    const last = tasks.pop()!;
    if (tasks.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= tasks.length) break;
      if (below + 1 < tasks.length && isBefore(tasks[below + 1]!, tasks[below]!)) below++;
      if (!isBefore(tasks[below]!, last)) break;
      tasks[at] = tasks[below]!;
      at = below;
    }
    tasks[at] = last;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Committed bytes in a second, from `fromMs` on for half a minute. */
function rateOf(net: Net, options: DispatchOptions, fromMs: number): { readonly rate: number; readonly mode: string } {
  const model = new LinkModel(net, options);
  model.runTo(fromMs);
  const before = model.committedBytes;
  model.runTo(fromMs + 30_000);
  return { rate: (model.committedBytes - before) / 30, mode: model.dispatch.report().mode };
}

const fullLinks = { bytesPerMs: { 0: 12_500 }, clients: 64, batchBytes: 131_072 };

test.each([3, 5, 9])(
  'with %i nodes on full links, auto is nearly as quick as relays from the fifteenth second on, and much quicker than the direct way',
  (nodes) => {
    for (const seed of [1, 2, 3]) {
      const net: Net = { ...fullLinks, nodes, seed };
      const relay = rateOf(net, { strategy: 'relay' }, 15_000);
      const direct = rateOf(net, { strategy: 'direct' }, 15_000);
      const auto = rateOf(net, { strategy: 'auto' }, 15_000);
      expect(auto.mode, `seed ${seed}`).toBe('relay');
      expect(auto.rate / relay.rate, `seed ${seed}`).toBeGreaterThan(0.85);
      expect(auto.rate / direct.rate, `seed ${seed}`).toBeGreaterThan(0.85 * (nodes - 1));
    }
  },
);

test('on links that are not full, auto is the direct way', () => {
  const net: Net = { nodes: 5, bytesPerMs: { 0: 12_500 }, clients: 1, batchBytes: 1000, seed: 1 };
  expect(rateOf(net, { strategy: 'auto' }, 10_000)).toEqual(rateOf(net, { strategy: 'direct' }, 10_000));
});

test.each([4, 5, 9])(
  'of %i nodes, one whose link is ten times slower costs the others little from the third second of the load on',
  (nodes) => {
    for (const seed of [1, 2, 3]) {
      const net: Net = { ...fullLinks, nodes, seed };
      const even = rateOf(net, { strategy: 'relay' }, 3_000);
      const uneven = rateOf({ ...net, bytesPerMs: { 0: 12_500, 3: 1_250 } }, { strategy: 'relay' }, 3_000);
      expect(uneven.rate / even.rate, `seed ${seed}`).toBeGreaterThan(0.8);
    }
  },
);
