// Chaos on real processes: under load, nodes are killed, frozen, cut off, starved and restarted; after every round the
// load pauses, and what every replica holds, and every client saw, is compared with what every client was told.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatHistory } from '@balsa/linearizability';
import { LocalCluster } from '@balsa/server';
import { Arms } from './arms.ts';
import { ChaosCluster } from './chaos-cluster.ts';
import { ClusterWatch } from './cluster-watch.ts';
import { Findings, type RoundRecord } from './findings.ts';
import { HistoryWriter } from './history-writer.ts';
import { countRows } from './ledger.ts';
import { LoadClients } from './load-clients.ts';
import type { NetworkKind } from './network/chaos-network.ts';
import { Planner, type RoundKind, type RoundPlan } from './plan.ts';
import { Random } from './random.ts';
import { type ChaosReport, StallStatistics } from './report.ts';
import { RoundLoad } from './round-load.ts';
import { targetsOf, Vandal } from './vandal.ts';

export interface ChaosSettings {
  readonly nodes: number;
  readonly rounds: number;
  readonly seed: number;
  /** The run ends after the round in which this time has passed. */
  readonly minutes: number;
  readonly writers: number;
  /** `undefined`: the harshest that this machine lets us have. */
  readonly network: NetworkKind | undefined;
  /** Kinds of rounds to draw from. */
  readonly kinds: readonly RoundKind[];
  /** Holds data and logs of every node. */
  readonly folder: string;
  /** Where the history of all rounds goes. */
  readonly historyFile: string | undefined;
}

export interface ChaosEvents {
  onRound(round: number, kind: RoundKind, acknowledged: number, stallMs: number): void;
}

/** Short, so that a round takes a second or two. */
const timing = { electionTimeoutMs: 300, heartbeatIntervalMs: 50 };
/** So little log that snapshots are taken, fetched and restored all the time. */
const snapshots = { logBytes: 128 * 1024, logTailBytes: 64 * 1024, logBytesMax: 256 * 1024 };
const startTimeoutMs = 90_000;
/** After the cluster is healthy, a write must be acknowledged within this time. */
const flowTimeoutMs = 15_000;
/** What the strangers draw from, beside the rounds, which are numbered from 1. */
const vandalPart = 0;

/**
 * Returns what was found, good or bad; a cluster that does not heal is a finding as well.
 * Throws INTERRUPTED, SYSTEM_REFUSED, ILLEGAL_ARGUMENT, and what LocalCluster and BalsaClient throw if there is no
 * cluster to begin with.
 */
export async function runChaos(
  settings: ChaosSettings,
  events: ChaosEvents,
  signal: AbortSignal,
): Promise<ChaosReport> {
  const { nodes, folder, network, writers } = settings;
  const arms = await Arms.open(network, nodes, folder);
  try {
    const { disks } = arms;
    const cluster = await LocalCluster.start({
      nodes,
      folder,
      durability: 'sync',
      dataStateMachine: 'store',
      network: arms.network,
      ...(disks === undefined ? {} : { dataFolderOf: (id) => disks.folderOf(id) }),
      settings: { timing, snapshots, logLevel: 'info' },
      startTimeoutMs,
    });
    try {
      const addresses = cluster.nodes.map((node) => node.client);
      const clients = await LoadClients.connect(addresses, writers);
      try {
        return await new ChaosRun(settings, { arms, cluster, clients, signal }).all(events);
      } finally {
        await clients.close();
      }
    } finally {
      await cluster.stop();
    }
  } finally {
    arms.remove();
  }
}

interface Field {
  readonly arms: Arms;
  readonly cluster: LocalCluster;
  readonly clients: LoadClients;
  readonly signal: AbortSignal;
}

class ChaosRun {
  readonly #settings: ChaosSettings;
  readonly #field: Field;
  readonly #planner: Planner;
  readonly #watch: ClusterWatch;
  readonly #blows: ChaosCluster;
  readonly #findings: Findings;
  readonly #random: Random;
  readonly #vandal: Vandal;
  readonly #history: HistoryWriter | undefined;
  readonly #stalls = new StallStatistics();
  readonly #records: RoundRecord[] = [];

  constructor(settings: ChaosSettings, field: Field) {
    const { seed, kinds, historyFile } = settings;
    const { arms, cluster, clients, signal } = field;
    this.#settings = settings;
    this.#field = field;
    this.#planner = new Planner(kinds, arms.abilities);
    this.#watch = new ClusterWatch(cluster, clients.observer, signal);
    this.#blows = new ChaosCluster(cluster, arms, this.#watch);
    this.#findings = new Findings(this.#watch, clients.observer);
    this.#random = new Random(seed);
    this.#vandal = new Vandal(targetsOf(cluster.nodes), this.#random.fork(vandalPart));
    this.#history = historyFile === undefined ? undefined : new HistoryWriter(historyFile, `chaos, seed ${seed}`);
  }

  async all(events: ChaosEvents): Promise<ChaosReport> {
    const startMs = performance.now();
    const endMs = startMs + this.#settings.minutes * 60_000;
    const { signal } = this.#field;
    const peace = new AbortController();
    const raging = this.#vandal.rageUntil(peace.signal);
    let rounds = 0;
    try {
      while (rounds < this.#settings.rounds && performance.now() < endMs && this.#findings.good) {
        rounds++;
        const random = this.#random.fork(rounds);
        const plan = this.#planner.plan(random);
        const when = `round ${rounds} (${plan.kind})`;
        await this.#findings.during(when, signal, async () => {
          const load = new RoundLoad(`root.chaos.r${rounds}`, when, this.#field.clients, random);
          const stallMs = await this.#play(plan, load, random);
          events.onRound(rounds, plan.kind, countRows(load.record.ledgers).acknowledged, stallMs);
        });
      }
      if (this.#findings.good) await this.#findings.during('the end', signal, () => this.#end());
    } finally {
      peace.abort();
      await raging;
    }
    return this.#report(rounds, (performance.now() - startMs) / 1000);
  }

  /** Plays a round, checks it, and returns how long writes stood still. */
  async #play(plan: RoundPlan, load: RoundLoad, random: Random): Promise<number> {
    const { record } = load;
    let stallMs: number;
    try {
      stallMs = await this.#strike(plan, load, random);
      await load.end();
      await load.readRegisters();
    } finally {
      await load.end();
      this.#records.push(record);
      // What clients saw may be the best witness of what went wrong.
      this.#writeHistory(record);
      this.#findings.checkRegisters(record);
    }
    this.#stalls.record(plan.kind, stallMs);
    await this.#findings.checkRound(record, this.#records);
    return stallMs;
  }

  /** Carries the plan out and returns how long writes stood still. */
  async #strike(plan: RoundPlan, { meter, ballast }: RoundLoad, random: Random): Promise<number> {
    await sleep(plan.beforeMs);
    await meter.next(flowTimeoutMs);
    meter.begin();
    for (const fault of plan.faults) await this.#blows.strike(fault, random, ballast);
    await meter.next(flowTimeoutMs);
    return meter.end(performance.now());
  }

  async #end(): Promise<void> {
    await this.#blows.killAll();
    await this.#findings.checkAll('after all nodes were killed at once', this.#records);
  }

  /** In the run's folder there is always that of the last round. */
  #writeHistory({ when, operations }: RoundRecord): void {
    this.#history?.append(operations);
    const { folder, seed } = this.#settings;
    const text = formatHistory({ model: 'register', operations }, [`chaos, seed ${seed}, ${when}`]);
    writeFileSync(join(folder, 'history.ndjson'), text);
  }

  #report(rounds: number, seconds: number): ChaosReport {
    const { seed, nodes, folder } = this.#settings;
    const { arms } = this.#field;
    const { acknowledged, unknown, rejected } = countRows(this.#records.flatMap((record) => record.ledgers));
    return {
      benchmark: 'chaos',
      seed,
      nodes,
      network: arms.network.kind,
      leftOut: this.#planner.leftOut.map(({ kind, ability }) => ({ kind, reason: arms.whyNot(ability) })),
      rounds,
      seconds,
      faults: this.#blows.counts,
      attacks: this.#vandal.attacks,
      acknowledged,
      unknown,
      rejected,
      ...this.#findings.summary(),
      stallMs: this.#stalls.summaries(),
      good: this.#findings.good,
      folder: this.#findings.good ? null : folder,
    };
  }
}
