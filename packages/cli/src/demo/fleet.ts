// One weather record made into a fleet of stations, each with values of its own that anyone can recompute.

import { DataType, type Tablet } from '@balsa/wire';
import type { TimeTable } from './weather.ts';

/** Rows of a tablet: enough that the cost of a replicated write spreads, few enough that progress shows. */
const ROWS_PER_TABLET = 1000;

/**
 * What changes from one station to the next, which stands ten metres higher: by the International Standard Atmosphere
 * the air grows thinner (hPa) and cooler (degrees C); that there is more wind (m/s) is an assumption.
 */
const STEP_UP: Readonly<Record<string, number>> = { pressure: -1.2, temperature: -0.065, wind: 0.02 };

/** What one device measured, in ascending order of time. */
export interface Recording {
  readonly device: string;
  readonly timestamps: Float64Array;
  readonly measurements: readonly string[];
  readonly columns: readonly Float64Array[];
}

/** Station `number`, counted from 1; the first has the record as it is. */
export function recordingOf(table: TimeTable, number: number): Recording {
  const { timestamps, measurements } = table;
  const columns = table.columns.map((column, at) => {
    const step = STEP_UP[measurements[at] ?? ''] ?? 0;
    return column.map((value) => value + step * (number - 1));
  });
  return { device: stationName(number), timestamps, measurements, columns };
}

export function stationName(number: number): string {
  return `root.seattle.station${`${number}`.padStart(2, '0')}`;
}

/** The rows of a recording in the pieces in which they are written. */
export function* tabletsOf({ device, timestamps, measurements, columns }: Recording): Generator<Tablet> {
  const dataTypes = measurements.map(() => DataType.DOUBLE);
  for (let start = 0; start < timestamps.length; start += ROWS_PER_TABLET) {
    const end = start + ROWS_PER_TABLET;
    yield {
      device,
      measurements: [...measurements],
      dataTypes,
      timestamps: timestamps.slice(start, end),
      columns: columns.map((column) => ({ values: column.slice(start, end) })),
    };
  }
}

/** Single values, null or not: what the tour counts as points. */
export function pointsOf(tablet: Tablet): number {
  return tablet.timestamps.length * tablet.measurements.length;
}
