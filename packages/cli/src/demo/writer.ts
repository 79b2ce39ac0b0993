// Sensors that never stop: several loops that write through one client, one write in flight each, and remember what
// was acknowledged to them and how long they had to wait.

import { setMaxListeners } from 'node:events';
import type { BalsaClient } from '@balsa/client';
import { DataType, type Tablet } from '@balsa/wire';
import type { Recording } from './fleet.ts';
import { pause } from './wait.ts';

export const SENSORS = 8;
const ROWS_PER_WRITE = 10;
/** One reading per millisecond, starting where the weather record is long over. */
const START_MS = Date.UTC(2026, 0, 1);
const WRITE_TIMEOUT_MS = 20_000;
/** After a failure: long enough not to hammer a cluster in trouble. */
const RETRY_DELAY_MS = 50;

interface Sensor {
  readonly device: string;
  readonly number: number;
  /** Rows sent so far, acknowledged or not. */
  rowsSent: number;
  /** First rows of the writes that were acknowledged. */
  readonly acknowledged: number[];
}

export class SensorWriters {
  readonly #client: BalsaClient;
  readonly #signal: AbortSignal;
  readonly #sensors: readonly Sensor[];
  readonly #stop = new AbortController();
  readonly #loops: Promise<unknown>;
  #acknowledgedWrites = 0;
  #unconfirmedWrites = 0;
  #lastAcknowledgedMs = performance.now();
  #longestGapMs = 0;

  /** Writes until `stop`; the signal ends even the writes in flight. */
  constructor(client: BalsaClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
    setMaxListeners(SENSORS * 2, signal);
    this.#sensors = Array.from({ length: SENSORS }, (_, at) => ({
      device: `root.seattle.sensor${at + 1}`,
      number: at + 1,
      rowsSent: 0,
      acknowledged: [],
    }));
    this.#loops = Promise.all(this.#sensors.map((sensor) => this.#run(sensor)));
  }

  get acknowledgedWrites(): number {
    return this.#acknowledgedWrites;
  }

  /** One reading in every row. */
  get acknowledgedPoints(): number {
    return this.#acknowledgedWrites * ROWS_PER_WRITE;
  }

  /** Writes that ended in an error; they may or may not be in the cluster, and nobody was told that they are. */
  get unconfirmedPoints(): number {
    return this.#unconfirmedWrites * ROWS_PER_WRITE;
  }

  /** The longest time between two acknowledgements in a row since `watchGaps`, the wait that still lasts included. */
  get longestGapMs(): number {
    return Math.max(this.#longestGapMs, performance.now() - this.#lastAcknowledgedMs);
  }

  /** Forgets the gaps so far; the wait since the last acknowledgement counts for what follows. */
  watchGaps(): void {
    this.#longestGapMs = 0;
  }

  /** Lets the writes in flight end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loops;
  }

  /** Everything that was acknowledged, sensor by sensor. */
  records(): Recording[] {
    return this.#sensors.map(({ device, number, acknowledged }) => {
      const rows = acknowledged.flatMap((first) => Array.from({ length: ROWS_PER_WRITE }, (_, at) => first + at));
      return {
        device,
        timestamps: Float64Array.from(rows, timestampOf),
        measurements: ['reading'],
        columns: [Float64Array.from(rows, (row) => readingOf(number, row))],
      };
    });
  }

  async #run(sensor: Sensor): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted && !this.#signal.aborted) {
      const first = sensor.rowsSent;
      sensor.rowsSent += ROWS_PER_WRITE;
      try {
        await this.#client.insertTablet(tabletOf(sensor, first), {
          timeoutMs: WRITE_TIMEOUT_MS,
          signal: this.#signal,
        });
        sensor.acknowledged.push(first);
        this.#countAcknowledgement();
      } catch {
        // Whether it was written is unknown. The rows are given up, so that what was acknowledged stays exact.
        this.#unconfirmedWrites += 1;
        await pause(RETRY_DELAY_MS, signal).catch(() => {});
      }
    }
  }

  #countAcknowledgement(): void {
    const nowMs = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastAcknowledgedMs);
    this.#lastAcknowledgedMs = nowMs;
    this.#acknowledgedWrites += 1;
  }
}

function tabletOf({ device, number }: Sensor, first: number): Tablet {
  const timestamps = new Float64Array(ROWS_PER_WRITE);
  const values = new Float64Array(ROWS_PER_WRITE);
  for (let at = 0; at < ROWS_PER_WRITE; at++) {
    timestamps[at] = timestampOf(first + at);
    values[at] = readingOf(number, first + at);
  }
  return { device, measurements: ['reading'], dataTypes: [DataType.DOUBLE], timestamps, columns: [{ values }] };
}

function timestampOf(row: number): number {
  return START_MS + row;
}

/** A different wave for every sensor, so that a value in the wrong place shows. */
function readingOf(sensor: number, row: number): number {
  return sensor * 100 + Math.sin(row / 50);
}
