// What a database has to answer, from the seed: a series is made again, and looked at.

import { type DataShape, startMs } from './data-shape.ts';
import { deviceName, sensorName } from './formats.ts';
import { type Answer, type AnswerCell, ordered, type Question, type SeriesId, type TimeRange } from './question.ts';
import { valueSource } from './value-source.ts';

/** Of all rows of a series. */
export function seriesValues(shape: DataShape, { device, sensor }: SeriesId): Float64Array {
  const source = valueSource(shape, device, sensor);
  return Float64Array.from({ length: shape.rows }, () => source.next());
}

export function expectedAnswer(question: Question, shape: DataShape): Answer {
  const { series } = question;
  const cells = (series === null ? allSeries(shape) : [series]).flatMap((id) => {
    const name = `${deviceName(id.device)}.${sensorName(id.sensor)}`;
    return cellsOf(question, shape, name, seriesValues(shape, id));
  });
  return ordered(question, cells);
}

function allSeries({ devices, sensors }: DataShape): SeriesId[] {
  return Array.from({ length: devices * sensors }, (_, i) => {
    return { device: Math.floor(i / sensors), sensor: i % sensors };
  });
}

function cellsOf(question: Question, shape: DataShape, series: string, all: Float64Array): AnswerCell[] {
  const timeOf = (row: number): number => startMs + row * shape.intervalMs;
  const single = (value: number): AnswerCell[] => [{ series, timeMs: null, value }];
  switch (question.kind) {
    case 'points': {
      const { range, above, newestFirst, limit } = question;
      const [from, until] = rowsIn(range, shape);
      const cells: AnswerCell[] = [];
      for (let row = from; row < until; row++) {
        const value = all[row]!;
        if (above === null || value > above) cells.push({ series, timeMs: timeOf(row), value });
      }
      if (newestFirst) cells.reverse();
      return limit === null ? cells : cells.slice(0, limit);
    }
    case 'aggregate': {
      const values = all.subarray(...rowsIn(question.range, shape));
      if (values.length === 0) return [];
      if (question.of === 'count') return single(values.length);
      return single(question.of === 'avg' ? mean(values) : values.reduce((a, b) => Math.max(a, b)));
    }
    case 'countAbove': {
      const count = all.subarray(...rowsIn(question.range, shape)).filter((value) => value > question.above).length;
      return count === 0 ? [] : single(count);
    }
    case 'windows': {
      const { range, windowMs } = question;
      const cells: AnswerCell[] = [];
      for (let fromMs = range.fromMs; fromMs < range.untilMs; fromMs += windowMs) {
        const values = all.subarray(...rowsIn({ fromMs, untilMs: fromMs + windowMs }, shape));
        if (values.length > 0) cells.push({ series, timeMs: fromMs, value: mean(values) });
      }
      return cells;
    }
    case 'latest':
      return [{ series, timeMs: timeOf(all.length - 1), value: all.at(-1)! }];
  }
}

/** From a row up to, but not including, another. */
function rowsIn(range: TimeRange | null, { rows, intervalMs }: DataShape): [from: number, until: number] {
  if (range === null) return [0, rows];
  const rowAt = (timeMs: number): number => Math.min(rows, Math.max(0, Math.ceil((timeMs - startMs) / intervalMs)));
  return [rowAt(range.fromMs), rowAt(range.untilMs)];
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Averages are sums in whatever order; and VictoriaMetrics keeps doubles as decimals, of which the last digits are not exact. */
const tolerance = 1e-9;

/** The first difference between two answers; `undefined`: they agree. What one of them has no time for is not compared by time. */
export function differenceOf(answer: Answer, expected: Answer): string | undefined {
  if (answer.length !== expected.length) return `${answer.length} values, not ${expected.length}`;
  for (const [i, cell] of answer.entries()) {
    const wanted = expected[i]!;
    const isTime = cell.timeMs === null || wanted.timeMs === null || cell.timeMs === wanted.timeMs;
    // Written so that NaN is equal to nothing.
    const isValue = Math.abs(cell.value - wanted.value) <= tolerance * Math.max(1, Math.abs(wanted.value));
    if (cell.series !== wanted.series || !isTime || !isValue) return `${words(cell)}, not ${words(wanted)}`;
  }
  return undefined;
}

function words({ series, timeMs, value }: AnswerCell): string {
  return `${series}${timeMs === null ? '' : ` at ${timeMs}`} is ${value}`;
}
