// What clients do during one round, and the record of it. Every round has devices of its own.

import type { BalsaClient } from '@balsa/client';
import { BallastWriter } from './ballast-writer.ts';
import type { RoundRecord } from './findings.ts';
import { DeviceLedger } from './ledger.ts';
import type { LoadClients } from './load-clients.ts';
import type { Random } from './random.ts';
import { type RegisterClient, Registers } from './registers.ts';
import { StallMeter } from './stall-meter.ts';
import { type Writer, writeUntil } from './writers.ts';

const firstTimestampMs = Date.UTC(2026, 0, 1);
const registersPerRound = 3;

export class RoundLoad {
  readonly record: RoundRecord;
  /** Of the writers of tablets. */
  readonly meter: StallMeter = new StallMeter();
  readonly ballast: BallastWriter;
  readonly #clients: LoadClients;
  readonly #registers: Registers;
  readonly #stop = new AbortController();
  readonly #ended: Promise<unknown>;

  /** Begins. `prefix` of the names of the devices; `when` names the round. */
  constructor(prefix: string, when: string, clients: LoadClients, random: Random) {
    const ledgerOf = (name: string): DeviceLedger =>
      new DeviceLedger(`${prefix}.${name}`, random.between(0, 0xffff_ffff), firstTimestampMs);
    const writers = clients.writers.map((client, i): Writer => {
      return { client, ledger: ledgerOf(`w${i}`), random: random.fork(i) };
    });
    const registers = Array.from({ length: registersPerRound }, (_, i) => {
      return { ledger: ledgerOf(`k${i}`), cells: 1 as const };
    });
    this.#clients = clients;
    this.#registers = new Registers(registers);
    this.ballast = new BallastWriter(clients.observer, ledgerOf('ballast'));
    const overwritten = [...registers, this.ballast.device];
    this.record = {
      when,
      ledgers: [...writers, ...overwritten].map(({ ledger }) => ledger),
      overwritten,
      operations: this.#registers.operations,
    };
    this.#ended = Promise.all([
      ...writers.map((writer) => writeUntil(this.#stop.signal, writer, this.meter)),
      ...this.#useRegisters(random.fork(writers.length)),
    ]);
  }

  /** Ends the load; returns when everything that is under way has been answered or given up. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** Every register, from every node, as a part of the history. */
  async readRegisters(): Promise<void> {
    await this.#registers.readAll({ id: 0, client: this.#clients.observer }, this.#clients.addresses);
  }

  #useRegisters(random: Random): Promise<void>[] {
    const { addresses, registerWriters, registerReaders } = this.#clients;
    const { signal } = this.#stop;
    const clientOf = (client: BalsaClient, id: number): RegisterClient => ({ id, client, random: random.fork(id) });
    return [
      ...registerWriters.map((client, i) => this.#registers.writeUntil(signal, clientOf(client, 1 + i))),
      ...registerReaders.map((client, i) => {
        const reader = clientOf(client, 1 + registerWriters.length + i);
        return this.#registers.readUntil(signal, reader, addresses[i % addresses.length]!);
      }),
    ];
  }
}
