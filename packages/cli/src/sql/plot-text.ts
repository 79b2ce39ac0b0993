// Curves one below the other, all over the same time.

import type { Zone } from '@balsa/sql';
import { formatPlural } from '../terminal/format.ts';
import { renderPlot } from '../terminal/plot.ts';
import { cutToWidth, shownText } from '../terminal/text-width.ts';
import { timeText } from './output/cell-text.ts';
import type { Curve, PlotSamples } from './plot-samples.ts';

export interface PlotTextOptions {
  readonly zone: Zone;
  readonly widthColumns: number;
}

const PLOTS_MAX = 8;
const HEIGHT_ROWS = 8;
const LOW_HEIGHT_ROWS = 5;
/** Dots beside each other in a character. */
const DOTS_ACROSS = 2;
const WIDTH_COLUMNS_MIN = 30;
const TICK_COLUMNS = 22;

/** No lines: there are no numbers. */
export function plotText({ curves, hasTime, leftOut }: PlotSamples, options: PlotTextOptions): string[] {
  const drawable = curves.filter(({ values }) => values.some((value) => Number.isFinite(value)));
  const shown = drawable.slice(0, PLOTS_MAX);
  if (shown.length === 0) return [];
  const widthColumns = Math.max(WIDTH_COLUMNS_MIN, options.widthColumns);
  const range = timeRange(shown);
  const heightRows = shown.length > 2 ? LOW_HEIGHT_ROWS : HEIGHT_ROWS;
  const dots = DOTS_ACROSS * widthColumns;
  const ticks = ticksOf(range, dots, widthColumns, hasTime ? options.zone : undefined);
  // Labels of one width put all curves over the same times.
  const labels = shown.map(({ values }) => labelsFor(values));
  const labelWidth = Math.max(...labels.map(({ width }) => width));
  const lines = shown.flatMap((curve, at) => [
    cutToWidth(shownText(curve.name), widthColumns, 'end'),
    ...renderPlot(spread(curve, range, dots), {
      widthColumns,
      heightRows,
      ticks: at === shown.length - 1 ? ticks : [],
      formatValue: (value) => labels[at]!.format(value).padStart(labelWidth),
    }),
  ]);
  const others = drawable.length - shown.length + leftOut;
  return others === 0 ? lines : [...lines, `(${formatPlural(others, 'more curve')} not drawn)`];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function timeRange(curves: readonly Curve[]): Range {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { times } of curves) {
    for (const time of times) {
      from = Math.min(from, time);
      to = Math.max(to, time);
    }
  }
  return { from, to };
}

/** A value for each dot: the mean of the points that fall on it, and a straight line where there are none; where values are null, a gap. */
function spread({ times, values }: Curve, { from, to }: Range, dots: number): Float64Array {
  const sums = new Float64Array(dots);
  const counts = new Int32Array(dots);
  const isGap = new Uint8Array(dots);
  const dotOf = (time: number): number => (to === from ? 0 : Math.round(((time - from) / (to - from)) * (dots - 1)));
  for (const [i, time] of times.entries()) {
    const value = values[i]!;
    const dot = dotOf(time);
    if (Number.isNaN(value)) isGap[dot] = 1;
    else {
      sums[dot] = sums[dot]! + value;
      counts[dot] = counts[dot]! + 1;
    }
  }
  const spreadValues = new Float64Array(dots).fill(Number.NaN);
  let before = -1;
  let hasGap = false;
  for (let dot = 0; dot < dots; dot++) {
    if (counts[dot]! > 0) {
      spreadValues[dot] = sums[dot]! / counts[dot]!;
      if (before >= 0 && !hasGap) joinDots(spreadValues, before, dot);
      before = dot;
      hasGap = false;
    } else if (isGap[dot]) {
      hasGap = true;
    }
  }
  // A single time is drawn all across.
  return to === from ? spreadValues.fill(spreadValues[0]!) : spreadValues;
}

function joinDots(values: Float64Array, from: number, to: number): void {
  const step = (values[to]! - values[from]!) / (to - from);
  for (let dot = from + 1; dot < to; dot++) values[dot] = values[from]! + step * (dot - from);
}

/** As many digits as the range asks for, never more than a double has. */
function labelsFor(values: readonly number[]): { readonly width: number; readonly format: (value: number) => string } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const span = max - min || Math.abs(max) || 1;
  const size = Math.max(Math.abs(min), Math.abs(max));
  const isExponential = size >= 1e9 || (size !== 0 && size < 1e-4);
  const digits = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(span))));
  const format = (value: number): string => (isExponential ? value.toExponential(3) : value.toFixed(digits));
  return { width: Math.max(...[min, (min + max) / 2, max].map((value) => format(value).length)), format };
}

function ticksOf(
  { from, to }: Range,
  dots: number,
  widthColumns: number,
  zone: Zone | undefined,
): { at: number; label: string }[] {
  const count = Math.max(1, Math.floor(widthColumns / TICK_COLUMNS));
  return Array.from({ length: count }, (_, i) => {
    const time = Math.round(from + ((to - from) * i) / count);
    return {
      at: Math.floor((dots * i) / count),
      label: zone === undefined ? String(time) : tickText(time, to - from, zone),
    };
  });
}

const dayMs = 86_400_000;

/** As much of a time as tells those of a picture apart. */
function tickText(time: number, spanMs: number, zone: Zone): string {
  const text = timeText(time, zone);
  if (!text.includes('T')) return text;
  const [date = '', clock = ''] = text.split('T');
  if (spanMs > 20 * dayMs) return date;
  if (spanMs < 10_000) return clock.slice(0, 12);
  return spanMs < dayMs ? clock.slice(0, 8) : `${date.slice(5)} ${clock.slice(0, 5)}`;
}
