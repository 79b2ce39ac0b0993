// The checks after a round, and all that they have found so far.

import type { BalsaClient } from '@balsa/client';
import { ClientError } from '@balsa/client';
import type { LocalNode } from '@balsa/server';
import { rangeRowsMax, StatusCode } from '@balsa/wire';
import type { ChaosCluster, NodeStatistics } from './chaos-cluster.ts';
import { checkDevice, type DeviceFindings, type ReadRows } from './check-device.ts';
import { countRows, type DeviceLedger } from './ledger.ts';
import { measurement } from './writers.ts';

export interface FindingsSummary {
  readonly lost: number;
  readonly duplicated: number;
  readonly foreign: number;
  readonly damaged: number;
  readonly torn: number;
  readonly replicasEqual: boolean;
  readonly violations: readonly string[];
}

const readTimeoutMs = 20_000;
const violationsMax = 20;

export class Findings {
  readonly #cluster: ChaosCluster;
  readonly #client: BalsaClient;
  readonly #violations: string[] = [];
  readonly #totals = { lost: 0, duplicated: 0, foreign: 0, damaged: 0, torn: 0 };
  #replicasEqual = true;

  constructor(cluster: ChaosCluster, client: BalsaClient) {
    this.#cluster = cluster;
    this.#client = client;
  }

  get good(): boolean {
    return this.#violations.length === 0;
  }

  /** Runs a part of the chaos; whatever it throws is a finding, except that the run was interrupted. */
  async during(when: string, signal: AbortSignal, part: () => Promise<void>): Promise<void> {
    signal.throwIfAborted();
    try {
      await part();
    } catch (error) {
      signal.throwIfAborted();
      this.#violation(`${when}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The devices of this round on every replica, and the counts of all rounds so far. */
  async checkRound(when: string, ofRound: readonly DeviceLedger[], all: readonly DeviceLedger[]): Promise<void> {
    const statistics = await this.#cluster.awaitEqualIndex();
    this.#compareReplicas(when, statistics);
    this.#checkCounts(when, statistics, all);
    for (const { node } of statistics) await this.#checkRows(when, node, ofRound);
  }

  /** Every device on every replica. */
  async checkAll(when: string, all: readonly DeviceLedger[]): Promise<void> {
    await this.checkRound(when, all, all);
  }

  summary(): FindingsSummary {
    return { ...this.#totals, replicasEqual: this.#replicasEqual, violations: this.#violations };
  }

  #compareReplicas(when: string, statistics: readonly NodeStatistics[]): void {
    const states = statistics.map(({ node, statistics: { checksum } }) => `node ${node.id} ${checksum}`);
    if (new Set(statistics.map(({ statistics: { checksum } }) => checksum)).size === 1) return;
    this.#replicasEqual = false;
    const index = statistics[0]?.statistics.appliedIndex;
    this.#violation(`${when}: checksums differ at applied index ${index}: ${states.join(', ')}`);
  }

  /** No timestamp is ever sent twice, so every row that was applied is a point of its own, unless it was applied twice. */
  #checkCounts(when: string, statistics: readonly NodeStatistics[], all: readonly DeviceLedger[]): void {
    const { acknowledged, unknown } = countRows(all);
    for (const {
      node,
      statistics: { points, rowsApplied },
    } of statistics) {
      if (rowsApplied !== points) {
        this.#totals.duplicated = Math.max(this.#totals.duplicated, rowsApplied - points);
        this.#violation(`${when}: node ${node.id} applied ${rowsApplied} rows, of which ${points} are distinct`);
      }
      if (points < acknowledged || points > acknowledged + unknown) {
        this.#violation(
          `${when}: node ${node.id} holds ${points} points, where ${acknowledged} were acknowledged and ${unknown} are unknown`,
        );
      }
    }
  }

  async #checkRows(when: string, node: LocalNode, ledgers: readonly DeviceLedger[]): Promise<void> {
    const sum: DeviceFindings = { present: 0, lost: 0, foreign: 0, damaged: 0, torn: 0 };
    for (const ledger of ledgers) {
      const found = checkDevice(ledger, await this.#read(ledger.device, node));
      sum.lost += found.lost;
      sum.foreign += found.foreign;
      sum.damaged += found.damaged;
      sum.torn += found.torn;
    }
    const { lost, foreign, damaged, torn } = sum;
    if (lost + foreign + damaged + torn === 0) return;
    // Replicas show the same rows, so the totals are those of the worst one and not their sum.
    this.#totals.lost = Math.max(this.#totals.lost, lost);
    this.#totals.foreign = Math.max(this.#totals.foreign, foreign);
    this.#totals.damaged = Math.max(this.#totals.damaged, damaged);
    this.#totals.torn = Math.max(this.#totals.torn, torn);
    this.#violation(
      `${when}: node ${node.id}: ${lost} rows lost, ${foreign} foreign, ${damaged} damaged, ${torn} writes torn`,
    );
  }

  /** From this very replica, which has applied the index that all have. */
  async #read(device: string, node: LocalNode): Promise<ReadRows> {
    const query = {
      device,
      measurements: [measurement],
      startMs: 0,
      endMs: Number.MAX_SAFE_INTEGER,
      limit: rangeRowsMax,
    };
    try {
      const { timestamps, columns } = await this.#client.queryRange(query, {
        consistency: 'local',
        node: node.client,
        timeoutMs: readTimeoutMs,
      });
      const values = columns[0]?.values;
      return { timestamps, values: values instanceof Float64Array ? values : [] };
    } catch (error) {
      // A device of which nothing was applied does not exist.
      if (error instanceof ClientError && error.status === StatusCode.PATH_NOT_EXIST)
        return { timestamps: [], values: [] };
      throw error;
    }
  }

  #violation(text: string): void {
    if (this.#violations.length < violationsMax) this.#violations.push(text);
  }
}
