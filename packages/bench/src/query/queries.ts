// The queries: those of iot-benchmark by their numbers, each about a series and a range that are drawn, and some about all series at once.

import type { Random } from '../chaos/random.ts';
import { type DataShape, endMs, startMs } from '../series/data-shape.ts';
import { seriesValues } from '../series/expected-answer.ts';
import type { Question, SeriesId, TimeRange } from '../series/question.ts';

export const queryNames = [
  'q1',
  'q2',
  'q3',
  'q4',
  'q5',
  'q6',
  'q7',
  'q8',
  'q9',
  'q10',
  'avg-by-hour',
  'count-all',
  'max-all',
  'last-all',
] as const;
export type QueryName = (typeof queryNames)[number];

export interface QueryKind {
  readonly title: string;
  /** Asked less often. */
  readonly ofAllSeries: boolean;
  question(random: Random, settings: QuestionSettings): Question;
}

export interface QuestionSettings {
  readonly shape: DataShape;
  /** Of the ranges that are drawn. */
  readonly rangeRows: number;
}

const hourMs = 3_600_000;
const windows = 10;
const newest = 10;

export const queryKinds: Readonly<Record<QueryName, QueryKind>> = {
  q1: one('one point', (random, settings) => {
    const { fromMs } = drawRange(random, settings);
    return points({ ...drawn(random, settings), range: { fromMs, untilMs: fromMs + 1 } });
  }),
  q2: one('range', (random, settings) => points(drawn(random, settings))),
  q3: one('range, above a value', (random, settings) => {
    const { series, range } = drawn(random, settings);
    return points({ series, range, above: median(settings, series, range) });
  }),
  q4: one('avg of a range', (random, settings) => ({ kind: 'aggregate', of: 'avg', ...drawn(random, settings) })),
  q5: one('count above a value', (random, settings) => {
    const series = drawSeries(random, settings);
    return { kind: 'countAbove', series, range: null, above: median(settings, series, null) };
  }),
  q6: one('count of a range above a value', (random, settings) => {
    const { series, range } = drawn(random, settings);
    return { kind: 'countAbove', series, range, above: median(settings, series, range) };
  }),
  q7: one(`avg of a range by ${windows} windows`, (random, settings) => {
    const { series, range } = drawn(random, settings);
    const { intervalMs } = settings.shape;
    const windowMs = Math.ceil((range.untilMs - range.fromMs) / windows / intervalMs) * intervalMs;
    const count = Math.ceil((range.untilMs - range.fromMs) / windowMs);
    return { kind: 'windows', series, range: { ...range, untilMs: range.fromMs + count * windowMs }, windowMs };
  }),
  q8: one('newest point', (random, settings) => ({ kind: 'latest', series: drawSeries(random, settings) })),
  q9: one(`newest ${newest} of a range`, (random, settings) => {
    return points({ ...drawn(random, settings), newestFirst: true, limit: newest });
  }),
  q10: one('range, above a value, newest first', (random, settings) => {
    const { series, range } = drawn(random, settings);
    return points({ series, range, above: median(settings, series, range), newestFirst: true });
  }),
  'avg-by-hour': all('avg of each series by hour', (shape) => {
    const untilMs = startMs + Math.ceil((endMs(shape) - startMs) / hourMs) * hourMs;
    return { kind: 'windows', series: null, range: { fromMs: startMs, untilMs }, windowMs: hourMs };
  }),
  'count-all': all('count of each series', () => ({ kind: 'aggregate', of: 'count', series: null, range: null })),
  'max-all': all('max of each series', () => ({ kind: 'aggregate', of: 'max', series: null, range: null })),
  'last-all': all('newest point of each series', () => ({ kind: 'latest', series: null })),
};

function one(title: string, question: QueryKind['question']): QueryKind {
  return { title, ofAllSeries: false, question };
}

function all(title: string, question: (shape: DataShape) => Question): QueryKind {
  return { title, ofAllSeries: true, question: (_, { shape }) => question(shape) };
}

type Points = Extract<Question, { readonly kind: 'points' }>;

function points(asked: Pick<Points, 'series' | 'range'> & Partial<Points>): Points {
  return { above: null, newestFirst: false, limit: null, ...asked, kind: 'points' };
}

function drawn(random: Random, settings: QuestionSettings): { readonly series: SeriesId; readonly range: TimeRange } {
  return { series: drawSeries(random, settings), range: drawRange(random, settings) };
}

function drawSeries(random: Random, { shape }: QuestionSettings): SeriesId {
  return { device: random.between(0, shape.devices - 1), sensor: random.between(0, shape.sensors - 1) };
}

function drawRange(random: Random, { shape: { rows, intervalMs }, rangeRows }: QuestionSettings): TimeRange {
  const fromMs = startMs + random.between(0, rows - rangeRows) * intervalMs;
  return { fromMs, untilMs: fromMs + rangeRows * intervalMs };
}

/** About half of the points are above it. Rounded: of noise, VictoriaMetrics does not keep the last digits, so no threshold may be a value. */
function median({ shape }: QuestionSettings, series: SeriesId, range: TimeRange | null): number {
  const values = seriesValues(shape, series);
  const rowAt = (timeMs: number): number => (timeMs - startMs) / shape.intervalMs;
  const found = range === null ? values : values.slice(rowAt(range.fromMs), rowAt(range.untilMs));
  return Math.round(found.sort()[Math.floor(found.length / 2)]! * 1000) / 1000;
}
