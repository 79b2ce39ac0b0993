// Leaders are killed one after the other, under a steady load, in a cluster that is whole each time: all nodes run, all
// know the leader, and every follower has nearly everything, so that the one that is left can win an election and commit.

import { setTimeout as sleep } from 'node:timers/promises';
import { BalsaClient } from '@balsa/client';
import { GroupIds, LocalCluster } from '@balsa/server';
import { BenchError } from '../bench-error.ts';
import { ClusterWatch } from '../chaos/cluster-watch.ts';
import { sleepFor } from '../command/sleep-for.ts';
import { checkRows, type RowFindings } from './check-rows.ts';
import { type RowCounts, RowLoad } from './row-load.ts';
import type { FailoverSettings } from './settings.ts';

/** One kill. */
export interface KillResult {
  readonly leader: number;
  /** The longest time between two acknowledged writes, or answered reads, from the kill until both flow again. */
  readonly writeMs: number;
  readonly readMs: number;
  /** The longest time by which the load was sent late meanwhile: what this machine adds of its own. */
  readonly lateMs: number;
}

export interface FailoverRun {
  readonly kills: readonly KillResult[];
  readonly rows: RowCounts;
  /** Reads that ended with an error. */
  readonly readsFailed: number;
  readonly findings: RowFindings;
}

export interface FailoverEvents {
  /** Called after each kill, with all so far. */
  onKill(kills: readonly KillResult[]): void;
}

const flowTimeoutMs = 60_000;
const endTimeoutMs = 30_000;
const caughtUpTimeoutMs = 60_000;
/** Every start reads the whole log. */
const startTimeoutMs = 90_000;
const statusTimeoutMs = 1_000;
/** A follower that lags by less than this time's writes is not behind, but only not quite there yet. */
const lagMsMax = 100;

/** Throws NOT_HEALTHY, NODE_ENDED, INTERRUPTED, and what LocalCluster and BalsaClient throw if there is no cluster. */
export async function runFailover(
  settings: FailoverSettings,
  folder: string,
  events: FailoverEvents,
  signal: AbortSignal,
): Promise<FailoverRun> {
  const { nodes, electionTimeoutMs, heartbeatIntervalMs, ratePerSecond } = settings;
  const cluster = await LocalCluster.start({
    nodes,
    folder,
    durability: 'sync',
    dataStateMachine: 'store',
    settings: { timing: { electionTimeoutMs, heartbeatIntervalMs }, logLevel: 'warn' },
    startTimeoutMs,
  });
  try {
    const addresses = cluster.nodes.map((node) => node.client);
    const observer = await BalsaClient.connect({ nodes: addresses, name: 'balsa bench observer' });
    try {
      const load = await RowLoad.start(addresses, ratePerSecond);
      try {
        return await new FailoverField(settings, cluster, observer, load, signal).run(events);
      } finally {
        await load.close();
      }
    } finally {
      await observer.close();
    }
  } finally {
    await cluster.stop();
  }
}

class FailoverField {
  readonly #settings: FailoverSettings;
  readonly #cluster: LocalCluster;
  readonly #observer: BalsaClient;
  readonly #load: RowLoad;
  readonly #signal: AbortSignal;
  readonly #watch: ClusterWatch;

  constructor(
    settings: FailoverSettings,
    cluster: LocalCluster,
    observer: BalsaClient,
    load: RowLoad,
    signal: AbortSignal,
  ) {
    this.#settings = settings;
    this.#cluster = cluster;
    this.#observer = observer;
    this.#load = load;
    this.#signal = signal;
    this.#watch = new ClusterWatch(cluster, observer, signal);
  }

  async run(events: FailoverEvents): Promise<FailoverRun> {
    const kills: KillResult[] = [];
    while (kills.length < this.#settings.kills) {
      const leader = await this.#awaitWhole();
      await sleepFor(this.#settings.settleMs * (1 + Math.random()), this.#signal);
      kills.push(await this.#kill(leader));
      events.onKill(kills);
      await this.#cluster.start(leader);
      this.#watch.expectUp(leader);
    }
    await this.#awaitWhole();
    await this.#load.end();
    const { rows, reads } = this.#load;
    const findings = checkRows(await this.#watch.awaitEqualIndex(), rows);
    return { kills, rows, readsFailed: reads.counts.failed, findings };
  }

  async #kill(leader: number): Promise<KillResult> {
    const { writes, reads } = this.#load;
    await Promise.all([writes.flows(flowTimeoutMs), reads.flows(flowTimeoutMs)]);
    writes.begin();
    reads.begin();
    this.#watch.expectDown(leader);
    await this.#end(leader);
    // What is sent from now on can only be answered by others.
    await Promise.all([writes.flows(flowTimeoutMs), reads.flows(flowTimeoutMs)]);
    const [write, read] = [writes.end(), reads.end()];
    return { leader, writeMs: write.ms, readMs: read.ms, lateMs: Math.max(write.lateMs, read.lateMs) };
  }

  async #end(leader: number): Promise<void> {
    const signal = this.#settings.graceful ? 'SIGTERM' : 'SIGKILL';
    const hasEnded = this.#cluster.kill(leader, signal).then(() => true);
    if (await Promise.race([hasEnded, sleep(endTimeoutMs, false, { ref: false })])) return;
    throw new BenchError('NOT_HEALTHY', `node ${leader} had not ended ${endTimeoutMs} ms after ${signal}`);
  }

  /** Returns the leader's id. */
  async #awaitWhole(): Promise<number> {
    await this.#watch.awaitHealth();
    const lagMax = Math.ceil((this.#settings.ratePerSecond * lagMsMax) / 1000);
    return await this.#watch.until(caughtUpTimeoutMs, 'the followers to catch up', async () => {
      const leader = await this.#watch.awaitLeader();
      const node = this.#cluster.node(leader).client;
      const status = await this.#observer.status({ node, timeoutMs: statusTimeoutMs }).catch(() => undefined);
      const members = status?.groups.find(({ group }) => group === GroupIds.data)?.members ?? [];
      const inStep = members.filter(({ id, lag }) => id === leader || (lag !== undefined && lag <= lagMax));
      return inStep.length === this.#settings.nodes ? leader : undefined;
    });
  }
}
