// Clients that write and read the same few rows at the same time, and what they saw of it. Every row is a register: the last write wins. There must be an order of all that they did which explains every answer.

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

const pauseMsMax = 15;
/** Shorter than many an outage: a write that was given up may still take effect, long afterwards. */
const writeTimeoutMs = { least: 200, most: 1_500 };
/** A node that is cut off or frozen is asked again soon: what it says then must not be what it knew before. */
const readTimeoutMs = { least: 50, most: 800 };
const lastReadTimeoutMs = 10_000;

export class Registers {
  readonly devices: readonly OverwrittenDevice[];
  readonly operations: RegisterOperation[] = [];

  constructor(devices: readonly OverwrittenDevice[]) {
    this.devices = devices;
  }

  /** Writes through whichever node. Returns when the last operation is answered. Never rejects. */
  async writeUntil(stop: AbortSignal, { id, client, random }: RegisterClient): Promise<void> {
    while (!stop.aborted) {
      await this.#write(id, client, this.#any(random), drawn(writeTimeoutMs, random));
      await sleep(random.between(0, pauseMsMax));
    }
  }

  /** Reads through this node, whatever is the matter with it. Never rejects. */
  async readUntil(stop: AbortSignal, { id, client, random }: RegisterClient, node: string): Promise<void> {
    while (!stop.aborted) {
      await this.#read(id, client, this.#any(random), node, drawn(readTimeoutMs, random));
      await sleep(random.between(0, pauseMsMax));
    }
  }

  /** What these nodes say of every register at the end, part of the history. */
  async readAll({ id, client }: Pick<RegisterClient, 'id' | 'client'>, nodes: readonly string[]): Promise<void> {
    for (const device of this.devices) {
      for (const node of nodes) await this.#read(id, client, device, node, lastReadTimeoutMs);
    }
  }

  #any(random: Random): OverwrittenDevice {
    return this.devices[random.between(0, this.devices.length - 1)]!;
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
    node: string,
    limitMs: number,
  ): Promise<void> {
    const query = { device, measurements: [measurement], startMs: overwrittenMs, endMs: overwrittenMs + 1, limit: 1 };
    const callAt = performance.now();
    let result: number | null;
    try {
      const { columns } = await client.queryRange(query, { node, timeoutMs: limitMs });
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

function drawn({ least, most }: { readonly least: number; readonly most: number }, random: Random): number {
  return random.between(least, most);
}
