// Devices whose row at time 0 is written again and again. Each of these writes puts a row of its own beside it, in the
// same tablet: so it can be told how many writes were applied, although each hides the one before.

import { DataType, type Tablet } from '@balsa/wire';
import type { DeviceLedger, SentTablet } from './ledger.ts';
import { measurement } from './writers.ts';

export interface OverwrittenDevice {
  /** Of the rows beside it. */
  readonly ledger: DeviceLedger;
  /** Points of the row that is overwritten: its value, and the ballast if it carries some. */
  readonly cells: 1 | 2;
}

export const overwrittenMs = 0;

/** Both rows hold the value that the ledger has for the second one. */
export function overwritingTablet(ledger: DeviceLedger, { firstMs }: SentTablet): Tablet {
  const value = ledger.valueAt(firstMs);
  return {
    device: ledger.device,
    measurements: [measurement],
    dataTypes: [DataType.DOUBLE],
    timestamps: Float64Array.of(overwrittenMs, firstMs),
    columns: [{ values: Float64Array.of(value, value) }],
  };
}

/** The same with a long text in the first row, which the second does not have. */
export function withBallast(tablet: Tablet, ballast: string): Tablet {
  return {
    ...tablet,
    measurements: [...tablet.measurements, 'ballast'],
    dataTypes: [...tablet.dataTypes, DataType.TEXT],
    columns: [...tablet.columns, { values: [ballast, ''], nulls: Uint8Array.of(0b10) }],
  };
}
