// Watches the cluster: who leads, whether it is whole, what its stores hold; and that no node ends that should run.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BalsaClient } from '@balsa/client';
import { GroupIds, type LocalCluster, type LocalNode } from '@balsa/server';
import type { NodeStatus, StoreStatistics } from '@balsa/wire';
import { BenchError } from '../bench-error.ts';

const pollMs = 10;
const statusTimeoutMs = 1_000;
/** Takes reading all that a node stores. */
const statisticsTimeoutMs = 30_000;
/** Generous, because a machine that runs other tests as well may take ten times as long as an idle one. */
const healthTimeoutMs = 60_000;
const equalTimeoutMs = 60_000;

export interface NodeStatistics {
  readonly node: LocalNode;
  readonly statistics: StoreStatistics;
}

export class ClusterWatch {
  readonly #cluster: LocalCluster;
  readonly #client: BalsaClient;
  readonly #signal: AbortSignal;
  /** Nodes that do not run, and should not. */
  readonly #down = new Set<number>();

  /** `client` may ask every node; it is not used for the load. */
  constructor(cluster: LocalCluster, client: BalsaClient, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#client = client;
    this.#signal = signal;
  }

  get nodes(): readonly LocalNode[] {
    return this.#cluster.nodes;
  }

  expectDown(id: number): void {
    this.#down.add(id);
  }

  expectUp(id: number): void {
    this.#down.delete(id);
  }

  /** Waits until every node is ready and all follow one leader. Throws NOT_HEALTHY, NODE_ENDED. */
  async awaitHealth(): Promise<void> {
    await this.until(healthTimeoutMs, 'the cluster to be healthy', async () => {
      const statuses = await this.#statuses();
      const leaders = new Set(statuses.map((status) => leaderOf(status)));
      return statuses.every((status) => status?.health === 'ready') && leaders.size === 1 ? true : undefined;
    });
  }

  /** Waits for a leader and returns its id. Throws as above. */
  awaitLeader(): Promise<number> {
    const leader = async (): Promise<number | undefined> => (await this.#statuses()).find(leads)?.nodeId;
    return this.until(healthTimeoutMs, 'a leader', leader);
  }

  /** Waits until all nodes have applied the same index, and returns what each says of its store then. Throws as above. */
  awaitEqualIndex(): Promise<NodeStatistics[]> {
    return this.until(equalTimeoutMs, 'all nodes to have applied the same index', async () => {
      const applied = new Set((await this.#statuses()).map((status) => status?.store?.appliedIndex));
      if (applied.size > 1 || applied.has(undefined)) return undefined;
      const all = await Promise.all(
        this.nodes.map(async (node) => ({ node, statistics: await this.#statistics(node) })),
      );
      const indexes = new Set(all.map(({ statistics }) => statistics?.appliedIndex));
      const known = all.flatMap(({ node, statistics }) => (statistics === undefined ? [] : [{ node, statistics }]));
      return indexes.size === 1 && known.length === all.length ? known : undefined;
    });
  }

  /** Polls until `attempt` yields something. Throws NOT_HEALTHY; NODE_ENDED for a node that nobody has killed. */
  async until<T>(timeoutMs: number, what: string, attempt: () => Promise<T | undefined>): Promise<T> {
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
      return await this.#client.statistics({ node: node.client, timeoutMs: statisticsTimeoutMs });
    } catch {
      return undefined;
    }
  }
}

/** What a node's process said last on standard error. */
export function lastWordsOf({ folder }: LocalNode): string {
  return readFileSync(join(folder, 'stderr.log'), 'utf8').trim() || 'nothing';
}

function leads(status: NodeStatus | undefined): boolean {
  return status?.groups.find((group) => group.group === GroupIds.data)?.role === 'leader';
}

function leaderOf(status: NodeStatus | undefined): number | undefined {
  return status?.groups.find((group) => group.group === GroupIds.data)?.leader;
}
