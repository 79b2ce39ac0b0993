// Chaos on real processes: under load, nodes are killed, frozen, cut off, starved and restarted; after every round the
// load pauses, and what every replica holds, and every client saw, is compared with what every client was told.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BalsaClient } from '@balsa/client';
import { formatHistory } from '@balsa/linearizability';
import { LocalCluster } from '@balsa/server';
import { Arms } from './arms.ts';
import { BallastWriter } from './ballast-writer.ts';
import { ChaosCluster } from './chaos-cluster.ts';
import { Findings, type RoundRecord } from './findings.ts';
import { HistoryWriter } from './history-writer.ts';
import { countRows, DeviceLedger } from './ledger.ts';
import type { NetworkKind } from './network/chaos-network.ts';
import { Planner, type RoundKind, type RoundPlan } from './plan.ts';
import { Random } from './random.ts';
import { type RegisterClient, Registers } from './registers.ts';
import { type ChaosReport, StallStatistics } from './report.ts';
import { StallMeter } from './stall-meter.ts';
import { targetsOf, Vandal } from './vandal.ts';
import { type Writer, writeUntil } from './writers.ts';

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
const firstTimestampMs = Date.UTC(2026, 0, 1);
/** After the cluster is healthy, a write must be acknowledged within this time. */
const flowTimeoutMs = 15_000;
const registersPerRound = 3;
const registerWriters = 4;
const registerReadersPerNode = 2;
/** Parts of the run that draw for themselves, beside the rounds, which are numbered from 1. */
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
  const { nodes, folder, network } = settings;
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
      settings: { timing, logLevel: 'info' },
    });
    const clients: BalsaClient[] = [];
    try {
      const addresses = cluster.nodes.map((node) => node.client);
      const loadClientsMax = settings.writers + registerWriters + registerReadersPerNode * nodes;
      for (let i = 0; i <= loadClientsMax; i++) {
        // Every client starts at another node, so that not all of them find the leader at once.
        const rotated = addresses.map((_, position) => addresses[(position + i) % addresses.length]!);
        clients.push(await BalsaClient.connect({ nodes: rotated, name: `balsa chaos ${i}` }));
      }
      const [observer, ...loadClients] = clients;
      const chaos = new ChaosCluster(cluster, arms, observer!, signal);
      return await new ChaosRun(settings, arms, chaos, observer!, loadClients).all(events, signal);
    } finally {
      await Promise.all(clients.map((client) => client.close()));
      await cluster.stop();
    }
  } finally {
    arms.remove();
  }
}

interface Round {
  readonly number: number;
  readonly when: string;
  readonly plan: RoundPlan;
  readonly random: Random;
}

class ChaosRun {
  readonly #settings: ChaosSettings;
  readonly #arms: Arms;
  readonly #planner: Planner;
  readonly #cluster: ChaosCluster;
  readonly #findings: Findings;
  readonly #observer: BalsaClient;
  readonly #writerClients: readonly BalsaClient[];
  readonly #registerWriters: readonly BalsaClient[];
  readonly #registerReaders: readonly BalsaClient[];
  readonly #random: Random;
  readonly #vandal: Vandal;
  readonly #history: HistoryWriter | undefined;
  readonly #stalls = new StallStatistics();
  readonly #records: RoundRecord[] = [];

  constructor(
    settings: ChaosSettings,
    arms: Arms,
    cluster: ChaosCluster,
    observer: BalsaClient,
    loadClients: readonly BalsaClient[],
  ) {
    const { seed, kinds, writers, historyFile } = settings;
    this.#settings = settings;
    this.#arms = arms;
    this.#planner = new Planner(kinds, arms.abilities);
    this.#cluster = cluster;
    this.#findings = new Findings(cluster, observer);
    this.#observer = observer;
    this.#writerClients = loadClients.slice(0, writers);
    this.#registerWriters = loadClients.slice(writers, writers + registerWriters);
    this.#registerReaders = loadClients.slice(writers + registerWriters);
    this.#random = new Random(seed);
    this.#vandal = new Vandal(targetsOf(cluster.nodes), this.#random.fork(vandalPart));
    this.#history = historyFile === undefined ? undefined : new HistoryWriter(historyFile, `chaos, seed ${seed}`);
  }

  async all(events: ChaosEvents, signal: AbortSignal): Promise<ChaosReport> {
    const startMs = performance.now();
    const endMs = startMs + this.#settings.minutes * 60_000;
    const peace = new AbortController();
    const raging = this.#vandal.rageUntil(peace.signal);
    let rounds = 0;
    try {
      while (rounds < this.#settings.rounds && performance.now() < endMs && this.#findings.good) {
        rounds++;
        const random = this.#random.fork(rounds);
        const plan = this.#planner.plan(random);
        const round = { number: rounds, when: `round ${rounds} (${plan.kind})`, plan, random };
        await this.#findings.during(round.when, signal, () => this.#round(round, events));
      }
      if (this.#findings.good) await this.#findings.during('the end', signal, () => this.#end());
    } finally {
      peace.abort();
      await raging;
    }
    return this.#report(rounds, (performance.now() - startMs) / 1000);
  }

  async #round({ number, when, plan, random }: Round, events: ChaosEvents): Promise<void> {
    const meter = new StallMeter();
    const writers = this.#writersOf(number, random);
    const registers = this.#registersOf(number, random);
    const ballast = new BallastWriter(this.#observer, ledgerOf(`root.chaos.r${number}.ballast`, random));
    const record = {
      when,
      ledgers: [...writers, ...registers.devices, ballast.device].map(({ ledger }) => ledger),
      overwritten: [...registers.devices, ballast.device],
      operations: registers.operations,
    };
    const stop = new AbortController();
    const load = Promise.all([
      ...writers.map((writer) => writeUntil(stop.signal, writer, meter)),
      ...this.#useRegisters(stop.signal, registers, random.fork(writers.length)),
    ]);
    let stallMs: number;
    try {
      stallMs = await this.#strike(plan, random, meter, ballast);
      stop.abort();
      await load;
      await registers.readAll({ id: 0, client: this.#observer }, this.#addresses());
    } finally {
      stop.abort();
      await load;
      this.#records.push(record);
      // What clients saw may be the best witness of what went wrong.
      this.#writeHistory(record);
      this.#findings.checkRegisters(record);
    }
    this.#stalls.record(plan.kind, stallMs);
    await this.#findings.checkRound(record, this.#records);
    events.onRound(number, plan.kind, countRows(record.ledgers).acknowledged, stallMs);
  }

  async #end(): Promise<void> {
    await this.#cluster.killAll();
    await this.#findings.checkAll('after all nodes were killed at once', this.#records);
  }

  /** Carries the plan out and returns how long writes stood still. */
  async #strike(plan: RoundPlan, random: Random, meter: StallMeter, ballast: BallastWriter): Promise<number> {
    await sleep(plan.beforeMs);
    await meter.next(flowTimeoutMs);
    meter.begin();
    for (const fault of plan.faults) await this.#cluster.strike(fault, random, ballast);
    await meter.next(flowTimeoutMs);
    return meter.end(performance.now());
  }

  #writersOf(round: number, random: Random): Writer[] {
    return this.#writerClients.map((client, i) => ({
      client,
      ledger: ledgerOf(`root.chaos.r${round}.w${i}`, random),
      random: random.fork(i),
    }));
  }

  #registersOf(round: number, random: Random): Registers {
    const devices = Array.from({ length: registersPerRound }, (_, i) => ({
      ledger: ledgerOf(`root.chaos.r${round}.k${i}`, random),
      cells: 1 as const,
    }));
    return new Registers(devices);
  }

  #useRegisters(stop: AbortSignal, registers: Registers, random: Random): Promise<void>[] {
    const addresses = this.#addresses();
    const clientOf = (client: BalsaClient, id: number): RegisterClient => ({ id, client, random: random.fork(id) });
    return [
      ...this.#registerWriters.map((client, i) => registers.writeUntil(stop, clientOf(client, 1 + i))),
      ...this.#registerReaders.map((client, i) =>
        registers.readUntil(stop, clientOf(client, 1 + registerWriters + i), addresses[i % addresses.length]!),
      ),
    ];
  }

  #addresses(): string[] {
    return this.#cluster.nodes.map((node) => node.client);
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
    const { acknowledged, unknown, rejected } = countRows(this.#records.flatMap((record) => record.ledgers));
    return {
      benchmark: 'chaos',
      seed,
      nodes,
      network: this.#arms.network.kind,
      leftOut: this.#planner.leftOut.map(({ kind, ability }) => ({ kind, reason: this.#arms.whyNot(ability) })),
      rounds,
      seconds,
      faults: this.#cluster.counts,
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

function ledgerOf(device: string, random: Random): DeviceLedger {
  return new DeviceLedger(device, random.between(0, 0xffff_ffff), firstTimestampMs);
}
