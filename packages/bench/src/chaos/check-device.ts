// Compares what a node returns for a device with what was sent to it.

import { type DeviceLedger, Outcome } from './ledger.ts';

/** Rows as read, ascending by timestamp. */
export interface ReadRows {
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export interface DeviceFindings {
  /** Rows that are there. */
  present: number;
  /** Acknowledged rows that are missing. */
  lost: number;
  /** Rows that were never sent, that belong to a write which was refused, or that come twice. */
  foreign: number;
  /** Rows with another value than the one sent. */
  damaged: number;
  /** Tablets of which some rows are there and others are not. */
  torn: number;
}

export function checkDevice(ledger: DeviceLedger, { timestamps, values }: ReadRows): DeviceFindings {
  const findings: DeviceFindings = { present: timestamps.length, lost: 0, foreign: 0, damaged: 0, torn: 0 };
  let at = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { firstMs, rows, outcome } of ledger.tablets) {
    let found = 0;
    for (; at < timestamps.length && timestamps[at]! < firstMs + rows; at++) {
      const timestampMs = timestamps[at]!;
      if (timestampMs < firstMs || timestampMs <= lastMs) {
        findings.foreign++;
        continue;
      }
      lastMs = timestampMs;
      found++;
      if (values[at] !== ledger.valueAt(timestampMs)) findings.damaged++;
    }
    if (outcome === Outcome.acknowledged) findings.lost += rows - found;
    if (outcome === Outcome.rejected) findings.foreign += found;
    if (found > 0 && found < rows) findings.torn++;
  }
  findings.foreign += timestamps.length - at;
  return findings;
}
