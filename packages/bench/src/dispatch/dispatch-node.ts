// One node as an embedder of @balsa/replica would run it, with a state machine that only counts; the load is in the process of
// the node that leads, so that it costs no bandwidth.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DispatchOptions, type Group, type OpenedHost, openHost, type StateMachine } from '@balsa/replica';
import { EntryLoad } from './entry-load.ts';
import type { DispatchNodeSpec, FollowerWindow, LoadSpec, NodeState, NodeWindow } from './node-protocol.ts';

const noResult = new Uint8Array();
const handOverTimeoutMs = 10_000;
const watchMs = 20;

interface WindowStart {
  readonly atMs: number;
  readonly cpuUs: number;
  readonly sentBytes: number | null;
  readonly crossedBytes: number;
  readonly terms: number;
  readonly applied: number;
  readonly followers: ReadonlyMap<number, FollowerWindow>;
}

export class DispatchNode {
  readonly #opened: OpenedHost;
  readonly #groups: readonly Group[];
  readonly #counters: readonly Counter[];
  readonly #device: string | null;
  readonly #seed: number;
  #load: EntryLoad | undefined;
  #windowStart: WindowStart | undefined;
  #watching: NodeJS.Timeout | undefined;
  #relayUsedMs: number | null = null;

  static async open(spec: DispatchNodeSpec): Promise<DispatchNode> {
    const { nodeId, addresses, zones, folder, groups, timing, device, seed } = spec;
    const { batchBytesMax, batchesUnderWayMax, windowEntriesMax, weakBytesMax } = spec;
    const members = addresses.map((_, i) => i + 1);
    const fail = (error: Error): never => {
      throw error;
    };
    const opened = await openHost({
      nodeId,
      cluster: 'bench-dispatch',
      dataFolder: join(folder, 'data'),
      timing,
      limits: { batchBytesMax, batchesUnderWayMax, windowEntriesMax },
      listen: addresses[nodeId - 1]!,
      peers: new Map(addresses.map((address, i) => [i + 1, address])),
      zones: new Map(zones.map((zone, i) => [i + 1, zone])),
      events: { onFatal: fail, onGroupFailure: (_group, error) => fail(error) },
    });
    const counters = Array.from({ length: groups }, () => new Counter());
    const started = counters.map((stateMachine, i) =>
      opened.host.startGroup({ group: i + 1, members, isNew: true, stateMachine, weakBytesMax }),
    );
    await opened.host.connect();
    return new DispatchNode(opened, started, counters, device, seed);
  }

  private constructor(
    opened: OpenedHost,
    groups: readonly Group[],
    counters: readonly Counter[],
    device: string | null,
    seed: number,
  ) {
    this.#opened = opened;
    this.#groups = groups;
    this.#counters = counters;
    this.#device = device;
    this.#seed = seed;
  }

  state(): NodeState {
    const statuses = this.#groups.map((group) => group.status());
    return {
      led: this.#led.length,
      lastIndexes: sumOf(statuses, ({ lastIndex }) => lastIndex),
      appliedIndexes: sumOf(statuses, ({ appliedIndex }) => appliedIndex),
      entries: sumOf(this.#counters, ({ entries }) => entries),
      bytes: sumOf(this.#counters, ({ bytes }) => bytes),
    };
  }

  async handOver(to: number): Promise<void> {
    // Who is asked too early, or of whom another was quicker, is asked again.
    await Promise.allSettled(this.#led.map((group) => group.transferLeadership(to, { timeoutMs: handOverTimeoutMs })));
  }

  setDispatch(options: DispatchOptions): void {
    for (const group of this.#groups) group.setDispatch(options);
  }

  beginLoad(spec: LoadSpec): void {
    this.#load = new EntryLoad(this.#groups, () => this.#opened.host.nowMs(), spec, this.#seed);
    this.#load.begin();
  }

  /** Through which another is fed just now, if there is such. */
  relayInUse(): number | null {
    return (
      this.#led.flatMap((group) => group.status().followers).find(({ relay }) => relay !== undefined)?.relay ?? null
    );
  }

  beginWindow(watchedRelay: number | null): void {
    this.#load?.beginWindow();
    this.#relayUsedMs = null;
    if (watchedRelay !== null) this.#watch(watchedRelay);
    this.#windowStart = {
      atMs: performance.now(),
      cpuUs: cpuUs(),
      sentBytes: this.#sentBytes(),
      crossedBytes: this.#crossedBytes(),
      terms: this.#terms(),
      applied: this.state().entries,
      followers: this.#followers(),
    };
  }

  endWindow(): NodeWindow {
    clearInterval(this.#watching);
    const start = this.#windowStart;
    if (start === undefined) throw new Error('no window was begun');
    const sentBytes = this.#sentBytes();
    return {
      seconds: (performance.now() - start.atMs) / 1000,
      cpuUs: cpuUs() - start.cpuUs,
      sentBytes: sentBytes === null || start.sentBytes === null ? null : sentBytes - start.sentBytes,
      crossedBytes: this.#crossedBytes() - start.crossedBytes,
      terms: this.#terms() - start.terms,
      applied: this.state().entries - start.applied,
      load: this.#load?.endWindow() ?? null,
      watchedRelayForMs: this.#relayUsedMs,
      followers: [...this.#followers().values()].map((now) => sinceThen(now, start.followers.get(now.node))),
    };
  }

  async endLoad(): Promise<void> {
    await this.#load?.end();
    this.#load = undefined;
  }

  async stop(): Promise<void> {
    clearInterval(this.#watching);
    await this.#opened.close();
  }

  #watch(relay: number): void {
    const beganMs = performance.now();
    this.#watching = setInterval(() => {
      const followers = this.#led.flatMap((group) => group.status().followers);
      // What the node itself was sent last says nothing of what others get through it.
      const isUsed = followers.some((it) => it.id !== relay && it.relay === relay);
      if (isUsed) this.#relayUsedMs = performance.now() - beganMs;
    }, watchMs);
  }

  get #led(): Group[] {
    return this.#groups.filter((group) => group.isLeader);
  }

  #terms(): number {
    return sumOf(this.#groups, (group) => group.status().term);
  }

  #sentBytes(): number | null {
    if (this.#device === null) return null;
    return Number(readFileSync(`/sys/class/net/${this.#device}/statistics/tx_bytes`, 'latin1'));
  }

  #crossedBytes(): number {
    const { host } = this.#opened;
    const own = host.zoneOf(host.nodeId);
    const away = host.statistics().peers.filter(({ zone }) => zone !== own);
    return sumOf(away, ({ sentBytes }) => sentBytes);
  }

  #followers(): Map<number, FollowerWindow> {
    const sums = new Map<number, FollowerWindow>();
    for (const group of this.#led) {
      const { commitIndex, followers } = group.status();
      const measured = new Map(group.statistics().peers.map((peer) => [peer.peer, peer]));
      for (const { id, inflightBytes, matchIndex } of followers) {
        const sum = sums.get(id);
        const peer = measured.get(id);
        sums.set(id, {
          node: id,
          restarts: (sum?.restarts ?? 0) + (peer?.restarts ?? 0),
          rejectedAppends: (sum?.rejectedAppends ?? 0) + (peer?.rejectedAppends ?? 0),
          refusedMessages: (sum?.refusedMessages ?? 0) + (peer?.refusedMessages ?? 0),
          inflightBytes: (sum?.inflightBytes ?? 0) + inflightBytes,
          behind: (sum?.behind ?? 0) + Math.max(0, commitIndex - matchIndex),
        });
      }
    }
    return sums;
  }
}

function sinceThen(now: FollowerWindow, then: FollowerWindow | undefined): FollowerWindow {
  return {
    ...now,
    restarts: now.restarts - (then?.restarts ?? 0),
    rejectedAppends: now.rejectedAppends - (then?.rejectedAppends ?? 0),
    refusedMessages: now.refusedMessages - (then?.refusedMessages ?? 0),
  };
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function sumOf<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((sum, item) => sum + figure(item), 0);
}

class Counter implements StateMachine {
  entries = 0;
  bytes = 0;

  apply(_index: number, command: Uint8Array): Uint8Array {
    this.entries++;
    this.bytes += command.length;
    return noResult;
  }

  checksum(): number {
    return this.entries >>> 0;
  }

  snapshot(): Iterable<Uint8Array> {
    return [Buffer.from(JSON.stringify([this.entries, this.bytes]))];
  }

  async restore(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    [this.entries, this.bytes] = JSON.parse(Buffer.concat(all).toString()) as [number, number];
  }
}
