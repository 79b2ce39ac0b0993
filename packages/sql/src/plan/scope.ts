// The series that are read together, and where their values stand in the rows that come of it.

import type { DataType } from '@balsa/wire';
import type { DeviceScan } from '../execute/scan-device.ts';
import type { Slot } from '../execute/vector/compile.ts';
import type { SourceSeries } from '../source/series-source.ts';
import type { Expression } from '../tree/expression.ts';
import { type BoundSeries, isBound, seriesKey } from './bound-series.ts';
import { seriesOperandsOf } from './series-operands.ts';

export interface Scope {
  /** By path. */
  readonly devices: readonly (DeviceScan & { readonly dataTypes: readonly DataType[] })[];
  slotOf(expression: Expression): Slot | undefined;
}

export function scopeOf(series: Iterable<SourceSeries>): Scope {
  const byDevice = new Map<string, Map<string, SourceSeries>>();
  for (const one of series) {
    const measurements = byDevice.get(one.device) ?? new Map<string, SourceSeries>();
    byDevice.set(one.device, measurements.set(one.measurement, one));
  }
  const slots = new Map<string, Slot>();
  const devices = [...byDevice.keys()].sort().map((device) => {
    const ofDevice = [...byDevice.get(device)!.values()].sort((a, b) => (a.measurement < b.measurement ? -1 : 1));
    for (const one of ofDevice) slots.set(seriesKey(one), { index: slots.size, dataType: one.dataType });
    const measurements = ofDevice.map(({ measurement }) => measurement);
    return { device, measurements, dataTypes: ofDevice.map(({ dataType }) => dataType) };
  });
  return {
    devices,
    slotOf: (expression) => (isBound(expression) ? slots.get(seriesKey(expression.series)) : undefined),
  };
}

export function seriesIn(expressions: readonly Expression[]): SourceSeries[] {
  return expressions.flatMap((expression) =>
    seriesOperandsOf(expression)
      .filter((operand): operand is BoundSeries => isBound(operand))
      .map(({ series }) => series),
  );
}
