// Chaos on real processes: under load, nodes are killed, frozen and restarted; after every round the load pauses, and
// what every replica holds is compared with what every writer was told.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BalsaClient } from '@balsa/client';
import { LocalCluster } from '@balsa/server';
import { ChaosCluster } from './chaos-cluster.ts';
import { Findings } from './findings.ts';
import { countRows, DeviceLedger } from './ledger.ts';
import { planRound, type RoundKind, type RoundPlan } from './plan.ts';
import { Random } from './random.ts';
import { type ChaosReport, StallStatistics } from './report.ts';
import { StallMeter } from './stall-meter.ts';
import { type Writer, writeUntil } from './writers.ts';

export interface ChaosSettings {
  readonly nodes: number;
  readonly rounds: number;
  readonly seed: number;
  /** The run ends after the round in which this time has passed. */
  readonly minutes: number;
  readonly writers: number;
  /** Holds data and logs of every node. */
  readonly folder: string;
}

export interface ChaosEvents {
  onRound(round: number, kind: RoundKind, acknowledged: number, stallMs: number): void;
}

/** Short, so that a round takes a second or two. */
const timing = { electionTimeoutMs: 300, heartbeatIntervalMs: 50 };
const firstTimestampMs = Date.UTC(2026, 0, 1);
/** After the cluster is healthy, a write must be acknowledged within this time. */
const flowTimeoutMs = 15_000;

/**
 * Returns what was found, good or bad; a cluster that does not heal is a finding as well.
 * Throws INTERRUPTED, and what LocalCluster and BalsaClient throw if there is no cluster to begin with.
 */
export async function runChaos(
  settings: ChaosSettings,
  events: ChaosEvents,
  signal: AbortSignal,
): Promise<ChaosReport> {
  const { nodes, folder } = settings;
  const cluster = await LocalCluster.start({
    nodes,
    folder,
    durability: 'sync',
    dataStateMachine: 'store',
    settings: { timing, logLevel: 'info' },
  });
  const clients: BalsaClient[] = [];
  try {
    const addresses = cluster.nodes.map((node) => node.client);
    for (let i = 0; i <= settings.writers; i++) {
      // Every client starts at another node, so that not all of them find the leader at once.
      const rotated = addresses.map((_, position) => addresses[(position + i) % addresses.length]!);
      clients.push(await BalsaClient.connect({ nodes: rotated, name: `balsa chaos ${i}` }));
    }
    const [observer, ...writerClients] = clients;
    const run = new ChaosRun(settings, new ChaosCluster(cluster, observer!, signal), observer!, writerClients);
    return await run.all(events, signal);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await cluster.stop();
  }
}

class ChaosRun {
  readonly #settings: ChaosSettings;
  readonly #cluster: ChaosCluster;
  readonly #findings: Findings;
  readonly #writerClients: readonly BalsaClient[];
  readonly #random: Random;
  readonly #stalls = new StallStatistics();
  readonly #ledgers: DeviceLedger[] = [];

  constructor(
    settings: ChaosSettings,
    cluster: ChaosCluster,
    observer: BalsaClient,
    writerClients: readonly BalsaClient[],
  ) {
    this.#settings = settings;
    this.#cluster = cluster;
    this.#findings = new Findings(cluster, observer);
    this.#writerClients = writerClients;
    this.#random = new Random(settings.seed);
  }

  async all(events: ChaosEvents, signal: AbortSignal): Promise<ChaosReport> {
    const startMs = performance.now();
    const endMs = startMs + this.#settings.minutes * 60_000;
    let rounds = 0;
    while (rounds < this.#settings.rounds && performance.now() < endMs && this.#findings.good) {
      rounds++;
      await this.#findings.during(`round ${rounds}`, signal, () => this.#round(rounds, events));
    }
    if (this.#findings.good) await this.#findings.during('the end', signal, () => this.#end());
    return this.#report(rounds, (performance.now() - startMs) / 1000);
  }

  async #round(round: number, events: ChaosEvents): Promise<void> {
    const random = this.#random.fork(round);
    const plan = planRound(random);
    const meter = new StallMeter();
    const writers = this.#writersOf(round, random);
    const stop = new AbortController();
    const writing = Promise.all(writers.map((writer) => writeUntil(stop.signal, writer, meter)));
    let stallMs: number;
    try {
      stallMs = await this.#strike(plan, random, meter);
    } finally {
      stop.abort();
      await writing;
    }
    this.#stalls.record(plan.kind, stallMs);
    const ledgers = writers.map((writer) => writer.ledger);
    this.#ledgers.push(...ledgers);
    await this.#findings.checkRound(`round ${round} (${plan.kind})`, ledgers, this.#ledgers);
    events.onRound(round, plan.kind, countRows(ledgers).acknowledged, stallMs);
  }

  async #end(): Promise<void> {
    await this.#cluster.killAll();
    await this.#findings.checkAll('after all nodes were killed at once', this.#ledgers);
  }

  /** Carries the plan out and returns how long writes stood still. */
  async #strike(plan: RoundPlan, random: Random, meter: StallMeter): Promise<number> {
    await sleep(plan.beforeMs);
    await meter.next(flowTimeoutMs);
    meter.begin();
    for (const fault of plan.faults) await this.#cluster.strike(fault, random);
    await meter.next(flowTimeoutMs);
    return meter.end(performance.now());
  }

  #writersOf(round: number, random: Random): Writer[] {
    return this.#writerClients.map((client, i) => ({
      client,
      ledger: new DeviceLedger(`root.chaos.r${round}.w${i}`, random.between(0, 0xffff_ffff), firstTimestampMs),
      random: random.fork(i),
    }));
  }

  #report(rounds: number, seconds: number): ChaosReport {
    const { seed, nodes, folder } = this.#settings;
    const { acknowledged, unknown, rejected } = countRows(this.#ledgers);
    const { kills, pauses } = this.#cluster;
    return {
      benchmark: 'chaos',
      seed,
      nodes,
      rounds,
      seconds,
      kills,
      pauses,
      acknowledged,
      unknown,
      rejected,
      ...this.#findings.summary(),
      failoverMs: this.#stalls.summary('kill leader'),
      stallMs: this.#stalls.summaries(),
      good: this.#findings.good,
      folder: this.#findings.good ? null : folder,
    };
  }
}
