// The load: every write is a row of its own, every read asks for the first row and sees all that was acknowledged before it.

import { BalsaClient, ClientError } from '@balsa/client';
import { DataType } from '@balsa/wire';
import { Outcome } from '../chaos/ledger.ts';
import { outcomeOf } from '../chaos/write-outcome.ts';
import { OpenLoop } from './open-loop.ts';

const device = 'root.failover.writer';
const measurement = 'value';
const firstTimestampMs = Date.UTC(2026, 0, 1);
/** Much longer than any outage, so that every write ends with an answer. */
const requestTimeoutMs = 60_000;
const inFlightMax = 4096;

/** Rows by what their writer was told. */
export interface RowCounts {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly rejected: number;
}

export class RowLoad {
  readonly writes: OpenLoop;
  readonly reads: OpenLoop;
  readonly #clients: readonly BalsaClient[];
  readonly #refused = { unknown: 0, rejected: 0 };

  /** Connects and begins. */
  static async start(nodes: readonly string[], ratePerSecond: number): Promise<RowLoad> {
    const writer = await BalsaClient.connect({ nodes, inFlightMax, name: 'balsa bench writer' });
    try {
      // A device that was never written cannot be read.
      await writeRow(writer, 0);
      const reader = await BalsaClient.connect({ nodes, name: 'balsa bench reader' });
      return new RowLoad(writer, reader, ratePerSecond);
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  private constructor(writer: BalsaClient, reader: BalsaClient, ratePerSecond: number) {
    this.#clients = [writer, reader];
    this.writes = new OpenLoop('writes', ratePerSecond, async (number) => {
      try {
        await writeRow(writer, 1 + number);
      } catch (error) {
        this.#refused[outcomeOf(error) === Outcome.rejected ? 'rejected' : 'unknown']++;
        throw error;
      }
    });
    this.reads = new OpenLoop('reads', ratePerSecond, () => readFirstRow(reader));
  }

  get rows(): RowCounts {
    return { acknowledged: 1 + this.writes.counts.succeeded, ...this.#refused };
  }

  /** Sends no more, and waits until everything has been answered or given up. */
  async end(): Promise<void> {
    await Promise.all([this.writes.stop(), this.reads.stop()]);
  }

  async close(): Promise<void> {
    const closed = Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all([closed, this.end()]);
  }
}

async function writeRow(client: BalsaClient, row: number): Promise<void> {
  const tablet = {
    device,
    measurements: [measurement],
    dataTypes: [DataType.DOUBLE],
    timestamps: Float64Array.of(firstTimestampMs + row),
    columns: [{ values: Float64Array.of(row) }],
  };
  await client.insertTablet(tablet, { timeoutMs: requestTimeoutMs });
}

async function readFirstRow(client: BalsaClient): Promise<void> {
  const query = {
    device,
    measurements: [measurement],
    startMs: firstTimestampMs,
    endMs: firstTimestampMs + 1,
    limit: 1,
  };
  const { timestamps } = await client.queryRange(query, { timeoutMs: requestTimeoutMs });
  if (timestamps.length !== 1) throw new ClientError('PROTOCOL_VIOLATION', 'the first row is not there any more');
}
