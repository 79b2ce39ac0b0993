// The cluster under chaos: who leads, blows dealt and healed, and when it is whole again.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BalsaClient } from '@balsa/client';
import type { LocalCluster, LocalNode } from '@balsa/server';
import type { NodeStatus, StoreStatistics } from '@balsa/wire';
import { BenchError } from '../bench-error.ts';
import type { Arms } from './arms.ts';
import type { Fault, Victim, Way } from './plan.ts';
import type { Random } from './random.ts';

const dataGroup = 1;
const pollMs = 10;
const statusTimeoutMs = 1_000;
const healthTimeoutMs = 30_000;
const equalTimeoutMs = 20_000;
/** For a node to use up what its log has ready, and to stop. */
const fullDiskTimeoutMs = 60_000;

export interface NodeStatistics {
  readonly node: LocalNode;
  readonly statistics: StoreStatistics;
}

/** Makes logs grow. */
export interface Ballast {
  writeUntil(stop: AbortSignal): Promise<void>;
}

/** Blows dealt, by what was done: one for each node that was hit. */
export type FaultCounts = Readonly<Record<'kills' | 'pauses' | 'cuts' | 'caps' | 'delays' | 'fullDisks', number>>;

export class ChaosCluster {
  readonly #cluster: LocalCluster;
  readonly #arms: Arms;
  readonly #client: BalsaClient;
  readonly #signal: AbortSignal;
  readonly #counts = { kills: 0, pauses: 0, cuts: 0, caps: 0, delays: 0, fullDisks: 0 };
  /** Nodes that do not run, and should not. */
  readonly #down = new Set<number>();

  /** `client` may ask every node; it is not used for the load. */
  constructor(cluster: LocalCluster, arms: Arms, client: BalsaClient, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#arms = arms;
    this.#client = client;
    this.#signal = signal;
  }

  get nodes(): readonly LocalNode[] {
    return this.#cluster.nodes;
  }

  get counts(): FaultCounts {
    return this.#counts;
  }

  /**
   * Strikes and heals: when it returns, the victims run again (and are healthy, if the fault asks for it).
   * Throws NOT_HEALTHY, NODE_ENDED.
   */
  async strike(fault: Fault, random: Random, ballast: Ballast): Promise<void> {
    const ids = await this.#choose(fault.victims, random);
    switch (fault.action) {
      case 'kill':
        await this.#kill(ids);
        await sleep(fault.downMs);
        await this.#start(ids, fault.awaitHealth ? 'ready' : 'listening');
        break;
      case 'pause':
        this.#pause(ids);
        await sleep(fault.downMs);
        for (const id of ids) this.#cluster.resume(id);
        break;
      case 'strand':
        await this.#strand(ids, fault);
        break;
      case 'cut':
        await this.#cut(
          this.#waysOf(ids, fault, random),
          fault.downMs,
          await this.#choose(fault.meanwhileKilled, random),
        );
        break;
      case 'cap':
        this.#counts.caps += ids.length;
        await this.#while(ids, fault.downMs, (id, isOn) =>
          this.#arms.network.cap(id, isOn ? fault.bytesPerSecond : undefined),
        );
        break;
      case 'delay':
        this.#counts.delays += ids.length;
        await this.#while(ids, fault.downMs, (id, isOn) => this.#arms.network.delay(id, isOn ? fault.delayMs : 0));
        break;
      case 'fill disk':
        for (const id of ids) await this.#fillDisk(id, fault.downMs, ballast);
        break;
    }
    if (fault.awaitHealth) await this.awaitHealth();
    await sleep(fault.afterMs);
  }

  /** Kills every node at the same moment and starts them again: what is there afterwards was on disk. */
  async killAll(): Promise<void> {
    const ids = this.nodes.map((node) => node.id);
    await this.#kill(ids);
    await this.#start(ids);
    await this.awaitHealth();
  }

  /** Waits until every node is ready and all follow one leader. Throws NOT_HEALTHY, NODE_ENDED. */
  async awaitHealth(): Promise<void> {
    await this.#until(healthTimeoutMs, 'the cluster to be healthy', async () => {
      const statuses = await this.#statuses();
      const leaders = new Set(statuses.map((status) => leaderOf(status)));
      return statuses.every((status) => status?.health === 'ready') && leaders.size === 1 ? true : undefined;
    });
  }

  /** Waits until all nodes have applied the same index, and returns what each says of its store then. Throws as above. */
  async awaitEqualIndex(): Promise<NodeStatistics[]> {
    return this.#until(equalTimeoutMs, 'all nodes to have applied the same index', async () => {
      const all = await Promise.all(
        this.nodes.map(async (node) => ({ node, statistics: await this.#statistics(node) })),
      );
      const indexes = new Set(all.map(({ statistics }) => statistics?.appliedIndex));
      const known = all.flatMap(({ node, statistics }) => (statistics === undefined ? [] : [{ node, statistics }]));
      return indexes.size === 1 && known.length === all.length ? known : undefined;
    });
  }

  async #strand(leaders: readonly number[], { downMs, afterMs }: Fault): Promise<void> {
    const others = this.nodes.map((node) => node.id).filter((id) => !leaders.includes(id));
    this.#pause(others);
    await sleep(downMs);
    // What has reached the others' sockets dies with them, unread; so they go first.
    await this.#kill(others);
    await this.#kill(leaders);
    await this.#start(others);
    await sleep(afterMs);
    await this.#start(leaders);
  }

  #waysOf(ids: readonly number[], { way, from }: { way: Way; from: 'all' | 'one' }, random: Random): Link[] {
    return ids.flatMap((id) => {
      const others = this.nodes.map((node) => node.id).filter((other) => other !== id);
      const cutOffFrom = from === 'all' ? others : others.splice(random.between(0, others.length - 1), 1);
      return cutOffFrom.flatMap((other) => [
        ...(way === 'in' ? [] : [{ from: id, to: other }]),
        ...(way === 'out' ? [] : [{ from: other, to: id }]),
      ]);
    });
  }

  async #cut(links: readonly Link[], downMs: number, meanwhileKilled: readonly number[]): Promise<void> {
    this.#counts.cuts++;
    for (const { from, to } of links) await this.#arms.network.cut(from, to);
    await sleep(downMs / 2);
    await this.#kill(meanwhileKilled);
    await Promise.all([this.#start(meanwhileKilled, 'listening'), sleep(downMs / 2).then(() => this.#mend(links))]);
  }

  async #mend(links: readonly Link[]): Promise<void> {
    for (const { from, to } of links) await this.#arms.network.mend(from, to);
  }

  async #while(
    ids: readonly number[],
    downMs: number,
    turn: (id: number, isOn: boolean) => Promise<void>,
  ): Promise<void> {
    for (const id of ids) await turn(id, true);
    try {
      await sleep(downMs);
    } finally {
      for (const id of ids) await turn(id, false);
    }
  }

  /** A node must notice that its disk is full, say so and end; and it must not start again before there is space. */
  async #fillDisk(id: number, downMs: number, ballast: Ballast): Promise<void> {
    const { disks } = this.#arms;
    if (disks === undefined) throw new BenchError('SYSTEM_REFUSED', 'this run has no disks that could be filled');
    const stop = new AbortController();
    this.#counts.fullDisks++;
    this.#down.add(id);
    try {
      disks.fill(id);
      const writing = ballast.writeUntil(stop.signal);
      try {
        const isOver = async () => (this.#cluster.node(id).running ? undefined : true);
        await this.#until(fullDiskTimeoutMs, `node ${id} to stop on its full disk`, isOver);
      } finally {
        stop.abort();
        await writing;
      }
      this.#expectLastWords(id, 'LOG_FAILED');
      await this.#expectNoStart(id);
    } finally {
      disks.empty(id);
    }
    await sleep(downMs);
    await this.#start([id]);
  }

  async #expectNoStart(id: number): Promise<void> {
    const started = await this.#cluster.start(id, 'listening').then(
      () => true,
      () => false,
    );
    if (started) throw new BenchError('NOT_HEALTHY', `node ${id} started although its disk is full`);
    this.#expectLastWords(id, 'DATA_FOLDER_UNUSABLE');
  }

  #expectLastWords(id: number, code: string): void {
    const words = lastWordsOf(this.#cluster.node(id));
    if (words.startsWith(code)) return;
    throw new BenchError('NODE_ENDED', `node ${id} should have ended with ${code} on a full disk, but said: ${words}`);
  }

  #pause(ids: readonly number[]): void {
    this.#counts.pauses += ids.length;
    for (const id of ids) this.#cluster.pause(id);
  }

  async #kill(ids: readonly number[]): Promise<void> {
    this.#counts.kills += ids.length;
    for (const id of ids) this.#down.add(id);
    await Promise.all(ids.map((id) => this.#cluster.kill(id)));
  }

  async #start(ids: readonly number[], readiness: 'ready' | 'listening' = 'ready'): Promise<void> {
    await Promise.all(ids.map((id) => this.#cluster.start(id, readiness)));
    for (const id of ids) this.#down.delete(id);
  }

  async #choose(victims: readonly Victim[], random: Random): Promise<number[]> {
    if (victims.length === 0) return [];
    const leader = await this.#until(
      healthTimeoutMs,
      'a leader to strike',
      async () => (await this.#statuses()).find(leads)?.nodeId,
    );
    const followers = this.nodes.filter((node) => node.id !== leader && node.running).map((node) => node.id);
    return victims.flatMap((victim) => {
      if (victim === 'leader') return [leader];
      return followers.splice(random.between(0, followers.length - 1), 1);
    });
  }

  #statuses(): Promise<(NodeStatus | undefined)[]> {
    return Promise.all(
      this.nodes.map((node) =>
        node.running
          ? this.#client.status({ node: node.client, timeoutMs: statusTimeoutMs }).catch(() => undefined)
          : undefined,
      ),
    );
  }

  async #statistics(node: LocalNode): Promise<StoreStatistics | undefined> {
    try {
      return await this.#client.statistics({ node: node.client, timeoutMs: statusTimeoutMs });
    } catch {
      return undefined;
    }
  }

  /** Polls until `attempt` yields something. Throws NOT_HEALTHY; NODE_ENDED for a node that nobody has killed. */
  async #until<T>(timeoutMs: number, what: string, attempt: () => Promise<T | undefined>): Promise<T> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      this.#signal.throwIfAborted();
      const result = await attempt();
      if (result !== undefined) return result;
      const ended = this.nodes.find((node) => !node.running && !this.#down.has(node.id));
      if (ended !== undefined) {
        throw new BenchError('NODE_ENDED', `node ${ended.id} ended by itself: ${lastWordsOf(ended)}`);
      }
      if (performance.now() > deadlineMs) {
        throw new BenchError('NOT_HEALTHY', `waited ${timeoutMs} ms in vain for ${what}`);
      }
      await sleep(pollMs);
    }
  }
}

interface Link {
  readonly from: number;
  readonly to: number;
}

/** What its process said last on standard error. */
function lastWordsOf({ folder }: LocalNode): string {
  return readFileSync(join(folder, 'stderr.log'), 'utf8').trim() || 'nothing';
}

function leads(status: NodeStatus | undefined): boolean {
  return status?.groups.find((group) => group.group === dataGroup)?.role === 'leader';
}

function leaderOf(status: NodeStatus | undefined): number | undefined {
  return status?.groups.find((group) => group.group === dataGroup)?.leader;
}
