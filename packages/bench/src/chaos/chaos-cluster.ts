// The cluster under chaos: who leads, blows dealt and healed, and when it is whole again.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BalsaClient } from '@balsa/client';
import type { LocalCluster, LocalNode } from '@balsa/server';
import type { NodeStatus, StoreStatistics } from '@balsa/wire';
import { BenchError } from '../bench-error.ts';
import type { Fault } from './plan.ts';
import type { Random } from './random.ts';

const dataGroup = 1;
const pollMs = 10;
const statusTimeoutMs = 1_000;
const healthTimeoutMs = 30_000;
const equalTimeoutMs = 20_000;

export interface NodeStatistics {
  readonly node: LocalNode;
  readonly statistics: StoreStatistics;
}

export class ChaosCluster {
  readonly #cluster: LocalCluster;
  readonly #client: BalsaClient;
  readonly #signal: AbortSignal;
  kills = 0;
  pauses = 0;

  /** `client` may ask every node; it is not used for the load. */
  constructor(cluster: LocalCluster, client: BalsaClient, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#client = client;
    this.#signal = signal;
  }

  get nodes(): readonly LocalNode[] {
    return this.#cluster.nodes;
  }

  /** Strikes and heals: when it returns, the victims run again (and are healthy, if the fault asks for it). */
  async strike(fault: Fault, random: Random): Promise<void> {
    const ids = await this.#choose(fault, random);
    if (fault.action === 'pause') {
      this.#pause(ids);
      await sleep(fault.downMs);
      for (const id of ids) this.#cluster.resume(id);
    } else if (fault.action === 'kill') {
      await this.#kill(ids);
      await sleep(fault.downMs);
      await Promise.all(ids.map((id) => this.#cluster.start(id, fault.awaitHealth ? 'ready' : 'listening')));
    } else {
      await this.#strand(ids, fault);
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

  /** Waits until every node is ready and all follow one leader. Throws NOT_HEALTHY. */
  async awaitHealth(): Promise<void> {
    await this.#until('NOT_HEALTHY', healthTimeoutMs, 'the cluster to be healthy', async () => {
      const statuses = await this.#statuses();
      const leaders = new Set(statuses.map((status) => leaderOf(status)));
      return statuses.every((status) => status?.health === 'ready') && leaders.size === 1 ? true : undefined;
    });
  }

  /** Waits until all nodes have applied the same index, and returns what each says of its store then. Throws NOT_HEALTHY. */
  async awaitEqualIndex(): Promise<NodeStatistics[]> {
    return this.#until('NOT_HEALTHY', equalTimeoutMs, 'all nodes to have applied the same index', async () => {
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

  #pause(ids: readonly number[]): void {
    this.pauses += ids.length;
    for (const id of ids) this.#cluster.pause(id);
  }

  async #kill(ids: readonly number[]): Promise<void> {
    this.kills += ids.length;
    await Promise.all(ids.map((id) => this.#cluster.kill(id)));
  }

  async #start(ids: readonly number[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#cluster.start(id)));
  }

  async #choose({ victims }: Fault, random: Random): Promise<number[]> {
    const leader = await this.#until(
      'NOT_HEALTHY',
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

  /** Polls until `attempt` yields something. */
  async #until<T>(
    code: 'NOT_HEALTHY',
    timeoutMs: number,
    what: string,
    attempt: () => Promise<T | undefined>,
  ): Promise<T> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      this.#signal.throwIfAborted();
      const result = await attempt();
      if (result !== undefined) return result;
      if (performance.now() > deadlineMs) throw new BenchError(code, `waited ${timeoutMs} ms in vain for ${what}`);
      await sleep(pollMs);
    }
  }
}

function leads(status: NodeStatus | undefined): boolean {
  return status?.groups.find((group) => group.group === dataGroup)?.role === 'leader';
}

function leaderOf(status: NodeStatus | undefined): number | undefined {
  return status?.groups.find((group) => group.group === dataGroup)?.leader;
}
