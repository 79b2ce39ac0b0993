// The load: writers that each write tablets to a device of their own, and keep a ledger of what they were told.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BalsaClient } from '@balsa/client';
import { DataType, type Tablet } from '@balsa/wire';
import { type DeviceLedger, Outcome, type SentTablet } from './ledger.ts';
import type { Random } from './random.ts';
import type { StallMeter } from './stall-meter.ts';
import { outcomeOf } from './write-outcome.ts';

export const measurement = 'value';

const rowsMax = 10;
const pauseMsMax = 8;
/** Longer than any outage of a round, so that most writes end with an answer ... */
const patientTimeoutMs = 10_000;
/** ... except these, whose clients give up in the middle: their writes must happen once or not at all. */
const impatientTimeoutMs = 30;
const impatientShare = 0.1;

export interface Writer {
  readonly client: BalsaClient;
  readonly ledger: DeviceLedger;
  readonly random: Random;
}

/** Writes one tablet after the other until `stop`; returns when the last one is answered. Never rejects. */
export async function writeUntil(
  stop: AbortSignal,
  { client, ledger, random }: Writer,
  meter: StallMeter,
): Promise<void> {
  while (!stop.aborted) {
    const sent = ledger.send(random.between(1, rowsMax));
    const timeoutMs = random.next() < impatientShare ? impatientTimeoutMs : patientTimeoutMs;
    try {
      await client.insertTablet(tabletOf(ledger, sent), { timeoutMs });
      sent.outcome = Outcome.acknowledged;
      meter.acknowledged(performance.now());
    } catch (error) {
      sent.outcome = outcomeOf(error);
    }
    await sleep(random.between(0, pauseMsMax));
  }
}

function tabletOf(ledger: DeviceLedger, { firstMs, rows }: SentTablet): Tablet {
  const timestamps = Float64Array.from({ length: rows }, (_, row) => firstMs + row);
  return {
    device: ledger.device,
    measurements: [measurement],
    dataTypes: [DataType.DOUBLE],
    timestamps,
    columns: [{ values: timestamps.map((timestampMs) => ledger.valueAt(timestampMs)) }],
  };
}
