// Clients that write and read the same few rows at the same time, through whichever node, and what they saw of it. Every
// row is a register: the last write wins. There must be an order of all that they did which explains every answer.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BalsaClient, ClientError } from '@balsa/client';
import type { Operation, RegisterAction } from '@balsa/linearizability';
import { StatusCode } from '@balsa/wire';
import { Outcome } from './ledger.ts';
import { type OverwrittenDevice, overwritingTablet, overwrittenMs } from './overwritten.ts';
import type { Random } from './random.ts';
import { outcomeOf } from './write-outcome.ts';
import { measurement } from './writers.ts';

export type RegisterOperation = Operation<RegisterAction>;

export interface RegisterClient {
  readonly id: number;
  readonly client: BalsaClient;
  readonly random: Random;
}

const pauseMsMax = 10;
const writeShare = 0.5;
/** Shorter than many an outage: a write that was given up may still take effect, long afterwards. */
const timeoutMs = { least: 300, most: 2_000 };
const lastReadTimeoutMs = 10_000;

export class Registers {
  readonly devices: readonly OverwrittenDevice[];
  readonly operations: RegisterOperation[] = [];
  readonly #addresses: readonly string[];

  /** `addresses` of the nodes, for reads that ask a certain one. */
  constructor(devices: readonly OverwrittenDevice[], addresses: readonly string[]) {
    this.devices = devices;
    this.#addresses = addresses;
  }

  /** Returns when the last operation is answered. Never rejects. */
  async useUntil(stop: AbortSignal, { id, client, random }: RegisterClient): Promise<void> {
    while (!stop.aborted) {
      const device = this.devices[random.between(0, this.devices.length - 1)]!;
      const limitMs = random.between(timeoutMs.least, timeoutMs.most);
      if (random.next() < writeShare) await this.#write(id, client, device, limitMs);
      else
        await this.#read(id, client, device, this.#addresses[random.between(0, this.#addresses.length - 1)], limitMs);
      await sleep(random.between(0, pauseMsMax));
    }
  }

  /** What every node says of every register at the end, part of the history. */
  async readAll({ id, client }: Pick<RegisterClient, 'id' | 'client'>): Promise<void> {
    for (const device of this.devices) {
      for (const address of this.#addresses) await this.#read(id, client, device, address, lastReadTimeoutMs);
    }
  }

  async #write(id: number, client: BalsaClient, { ledger }: OverwrittenDevice, limitMs: number): Promise<void> {
    const sent = ledger.send(1);
    const action: RegisterAction = { op: 'write', value: ledger.valueAt(sent.firstMs) };
    const callAt = performance.now();
    try {
      await client.insertTablet(overwritingTablet(ledger, sent), { timeoutMs: limitMs });
      sent.outcome = Outcome.acknowledged;
      this.#note({ client: id, key: ledger.device, callAt, returnAt: performance.now(), action });
    } catch (error) {
      sent.outcome = outcomeOf(error);
      // What was refused never took effect, and does not belong into a history.
      if (sent.outcome === Outcome.rejected) return;
      this.#note({ client: id, key: ledger.device, callAt, returnAt: undefined, action });
    }
  }

  /** A read that was not answered says nothing. */
  async #read(
    id: number,
    client: BalsaClient,
    { ledger: { device } }: OverwrittenDevice,
    node: string | undefined,
    limitMs: number,
  ): Promise<void> {
    const query = { device, measurements: [measurement], startMs: overwrittenMs, endMs: overwrittenMs + 1, limit: 1 };
    const callAt = performance.now();
    let result: number | null;
    try {
      const { columns } = await client.queryRange(query, {
        timeoutMs: limitMs,
        ...(node === undefined ? {} : { node }),
      });
      const value = columns[0]?.values[0];
      result = typeof value === 'number' ? value : null;
    } catch (error) {
      const isUnwritten = error instanceof ClientError && error.status === StatusCode.PATH_NOT_EXIST;
      if (!isUnwritten) return;
      result = null;
    }
    this.#note({ client: id, key: device, callAt, returnAt: performance.now(), action: { op: 'read', result } });
  }

  #note(operation: RegisterOperation): void {
    this.operations.push(operation);
  }
}
