// Questions in Balsa's SQL, and its answers over REST.

import { isRecord } from '../load/spec.ts';
import { balsaDevice, balsaPrefix, sensorName } from './formats.ts';
import {
  type Aggregation,
  type Answer,
  type AnswerCell,
  isCount,
  ordered,
  type Question,
  type TimeRange,
} from './question.ts';

const functions: Readonly<Record<Aggregation, string>> = { avg: 'avg', count: 'count', max: 'max_value' };

export function balsaSql(question: Question): string {
  const { series } = question;
  const measurement = series === null ? '*' : sensorName(series.sensor);
  const from = `from ${series === null ? `${balsaPrefix}.*` : balsaDevice(series.device)}`;
  switch (question.kind) {
    case 'points': {
      const { range, above, newestFirst, limit } = question;
      const order = newestFirst ? ' order by time desc' : '';
      return `select ${measurement} ${from}${where(range, measurement, above)}${order}${limit === null ? '' : ` limit ${limit}`}`;
    }
    case 'aggregate':
      return `select ${functions[question.of]}(${measurement}) ${from}${where(question.range, measurement, null)}`;
    case 'countAbove':
      return `select count(${measurement}) ${from}${where(question.range, measurement, question.above)}`;
    case 'windows': {
      const { range, windowMs } = question;
      return `select avg(${measurement}) ${from} group by ([${range.fromMs}, ${range.untilMs}), ${windowMs}ms)`;
    }
    case 'latest':
      return `select last ${measurement} ${from}`;
  }
}

function where(range: TimeRange | null, measurement: string, above: number | null): string {
  const conditions = [
    ...(range === null ? [] : [`time >= ${range.fromMs}`, `time < ${range.untilMs}`]),
    ...(above === null ? [] : [`${measurement} > ${above}`]),
  ];
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
}

/** Throws SyntaxError or TypeError for what is no answer to a query. */
export function readBalsaAnswer(question: Question, body: string): Answer {
  const answer: unknown = JSON.parse(body);
  const { expressions, timestamps, values } = isRecord(answer) ? answer : {};
  if (!Array.isArray(values)) throw new TypeError(body);
  const cells =
    question.kind === 'latest' ? latest(timestamps, values) : columns(question, expressions, timestamps, values);
  return ordered(question, cells);
}

/** Columns of series, values and types. */
function latest(timestamps: unknown, [series, values]: readonly unknown[]): AnswerCell[] {
  const [times, numbers] = [listOf(timestamps), listOf(values)];
  return listOf(series).map((name, row) => {
    return { series: seriesIn(String(name)), timeMs: Number(times[row]), value: Number(numbers[row]) };
  });
}

function columns(question: Question, names: unknown, timestamps: unknown, values: readonly unknown[]): AnswerCell[] {
  const times = listOf(timestamps).map(Number);
  const hasTime = question.kind === 'points' || question.kind === 'windows';
  return listOf(names).flatMap((name, column) => {
    const series = seriesIn(String(name));
    return listOf(values[column]).flatMap((value, row) =>
      value === null || (value === 0 && isCount(question))
        ? []
        : [{ series, timeMs: hasTime ? times[row]! : null, value: Number(value) }],
    );
  });
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${JSON.stringify(value)} stands where a list belongs`);
  return value;
}

/** `avg(root.bench.d1.s2)` is about `d1.s2`. */
function seriesIn(name: string): string {
  return /d\d+\.s\d+/.exec(name)?.[0] ?? name;
}
