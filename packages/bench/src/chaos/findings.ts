// The checks after a round, and all that they have found so far.

import type { BalsaClient } from '@balsa/client';
import { ClientError } from '@balsa/client';
import type { LocalNode } from '@balsa/server';
import { rangeRowsMax, StatusCode } from '@balsa/wire';
import { checkCounts } from './check-counts.ts';
import { checkDevice, type DeviceFindings, type ReadRows } from './check-device.ts';
import { checkRegisters } from './check-registers.ts';
import type { ClusterWatch, NodeStatistics } from './cluster-watch.ts';
import { countRows, type DeviceLedger } from './ledger.ts';
import { type OverwrittenDevice, overwrittenMs } from './overwritten.ts';
import type { RegisterOperation } from './registers.ts';
import { measurement } from './writers.ts';

/** What one round has written. */
export interface RoundRecord {
  /** Names the round. */
  readonly when: string;
  /** Of all devices. */
  readonly ledgers: readonly DeviceLedger[];
  /** Those of them that have a row which is overwritten. */
  readonly overwritten: readonly OverwrittenDevice[];
  readonly operations: readonly RegisterOperation[];
}

export interface FindingsSummary {
  readonly lost: number;
  readonly duplicated: number;
  readonly foreign: number;
  readonly damaged: number;
  readonly torn: number;
  readonly replicasEqual: boolean;
  readonly registerWrites: number;
  readonly registerReads: number;
  readonly registersUndecided: number;
  readonly violations: readonly string[];
}

interface WrongCount {
  readonly text: string;
  readonly duplicated: number;
}

const readTimeoutMs = 20_000;
const violationsMax = 20;
const recountsMax = 3;

export class Findings {
  readonly #watch: ClusterWatch;
  readonly #client: BalsaClient;
  readonly #violations: string[] = [];
  readonly #totals = {
    lost: 0,
    duplicated: 0,
    foreign: 0,
    damaged: 0,
    torn: 0,
    registerWrites: 0,
    registerReads: 0,
    registersUndecided: 0,
  };
  /** How many rows of a device were there when it was last read. */
  readonly #present = new WeakMap<DeviceLedger, number>();
  #replicasEqual = true;

  constructor(watch: ClusterWatch, client: BalsaClient) {
    this.#watch = watch;
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

  /** Whether there is an order of what clients saw of the registers. */
  checkRegisters({ when, operations }: RoundRecord): void {
    const { writes, reads, undecided, violations } = checkRegisters(operations);
    this.#totals.registerWrites += writes;
    this.#totals.registerReads += reads;
    this.#totals.registersUndecided += undecided;
    for (const violation of violations) this.#violation(`${when}: ${violation}`);
  }

  /** Everything of this round on every replica, and the counts of all rounds so far. */
  async checkRound({ when, ledgers }: RoundRecord, all: readonly RoundRecord[]): Promise<void> {
    await this.#checkReplicas(when, ledgers, all);
  }

  /** Every device on every replica. */
  async checkAll(when: string, all: readonly RoundRecord[]): Promise<void> {
    const ledgers = all.flatMap((record) => record.ledgers);
    await this.#checkReplicas(when, ledgers, all);
  }

  summary(): FindingsSummary {
    return { ...this.#totals, replicasEqual: this.#replicasEqual, violations: this.#violations };
  }

  async #checkReplicas(when: string, ledgers: readonly DeviceLedger[], all: readonly RoundRecord[]): Promise<void> {
    const statistics = await this.#watch.awaitEqualIndex();
    this.#compareReplicas(when, statistics);
    for (const { node } of statistics) await this.#checkRows(when, node, ledgers);
    let wrong = this.#wrongCounts(statistics, all);
    // A write that a client gave up in an earlier round may have been applied only now: then that round's devices tell.
    for (let attempt = 0; attempt < recountsMax && wrong.length > 0; attempt++) {
      const overwritten = all.flatMap((record) => record.overwritten.map(({ ledger }) => ledger));
      for (const { node } of statistics) await this.#checkRows(when, node, overwritten);
      wrong = this.#wrongCounts(await this.#watch.awaitEqualIndex(), all);
    }
    for (const { text, duplicated } of wrong) {
      this.#totals.duplicated = Math.max(this.#totals.duplicated, duplicated);
      this.#violation(`${when}: ${text}`);
    }
  }

  #compareReplicas(when: string, statistics: readonly NodeStatistics[]): void {
    const states = statistics.map(({ node, statistics: { checksum } }) => `node ${node.id} ${checksum}`);
    if (new Set(statistics.map(({ statistics: { checksum } }) => checksum)).size === 1) return;
    this.#replicasEqual = false;
    const index = statistics[0]?.statistics.appliedIndex;
    this.#violation(`${when}: checksums differ at applied index ${index}: ${states.join(', ')}`);
  }

  #wrongCounts(statistics: readonly NodeStatistics[], all: readonly RoundRecord[]): WrongCount[] {
    const sent = countRows(all.flatMap((record) => record.ledgers));
    const overwritten = all
      .flatMap((record) => record.overwritten)
      .map(({ ledger, cells }) => ({ writes: this.#present.get(ledger) ?? 0, cells }));
    return statistics.flatMap(({ node: { id }, statistics: store }): WrongCount[] => {
      const { rows, duplicated, isOutOfBounds } = checkCounts(store, sent, overwritten);
      const { acknowledged, unknown } = sent;
      const holds = `node ${id} holds ${rows} rows, where ${acknowledged} were acknowledged and ${unknown} are unknown`;
      return [
        ...(duplicated === 0 ? [] : [{ text: `node ${id} applied ${duplicated} rows more than once`, duplicated }]),
        ...(isOutOfBounds ? [{ text: holds, duplicated: 0 }] : []),
      ];
    });
  }

  async #checkRows(when: string, node: LocalNode, ledgers: readonly DeviceLedger[]): Promise<void> {
    const sum: DeviceFindings = { present: 0, lost: 0, foreign: 0, damaged: 0, torn: 0 };
    for (const ledger of ledgers) {
      const found = checkDevice(ledger, await this.#read(ledger.device, node));
      this.#present.set(ledger, found.present);
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
      startMs: overwrittenMs + 1,
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
