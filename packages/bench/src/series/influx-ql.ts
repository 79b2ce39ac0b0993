// Questions in InfluxQL, and InfluxDB's answers with `epoch=ms`.

import { isRecord } from '../load/spec.ts';
import { deviceName, influxMeasurement, sensorName } from './formats.ts';
import {
  type Aggregation,
  type Answer,
  type AnswerCell,
  isCount,
  ordered,
  type Question,
  type SeriesId,
  type TimeRange,
} from './question.ts';

const functions: Readonly<Record<Aggregation, string>> = { avg: 'mean', count: 'count', max: 'max' };

export function influxQl(question: Question): string {
  const { series } = question;
  const field = series === null ? '*' : sensorName(series.sensor);
  const from = `from ${influxMeasurement}`;
  const eachDevice = series === null ? ' group by device' : '';
  switch (question.kind) {
    case 'points': {
      const { range, above, newestFirst, limit } = question;
      const order = newestFirst ? ' order by time desc' : '';
      return `select ${field} ${from}${where(series, range, above)}${order}${limit === null ? '' : ` limit ${limit}`}`;
    }
    case 'aggregate':
      return `select ${functions[question.of]}(${field}) ${from}${where(series, question.range, null)}${eachDevice}`;
    case 'countAbove':
      return `select count(${field}) ${from}${where(series, question.range, question.above)}`;
    case 'windows': {
      const { range, windowMs } = question;
      const offset = range.fromMs % windowMs;
      const windows = `time(${windowMs}ms${offset === 0 ? '' : `, ${offset}ms`})`;
      const by = series === null ? `${windows}, device` : windows;
      return `select mean(${field}) ${from}${where(series, range, null)} group by ${by} fill(none)`;
    }
    case 'latest':
      return `select last(${field}) ${from}${where(series, null, null)}${eachDevice}`;
  }
}

function where(series: SeriesId | null, range: TimeRange | null, above: number | null): string {
  const conditions = [
    ...(series === null ? [] : [`device = '${deviceName(series.device)}'`]),
    ...(range === null ? [] : [`time >= ${range.fromMs}ms`, `time < ${range.untilMs}ms`]),
    ...(series === null || above === null ? [] : [`${sensorName(series.sensor)} > ${above}`]),
  ];
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
}

/** Throws SyntaxError or TypeError for what is no answer to a query. */
export function readInfluxAnswer(question: Question, body: string): Answer {
  const answer: unknown = JSON.parse(body);
  const { results } = isRecord(answer) ? answer : {};
  const [result] = Array.isArray(results) ? results : [];
  if (!isRecord(result) || 'error' in result) throw new TypeError(body);
  const { series: found = [] } = result;
  if (!Array.isArray(found)) throw new TypeError(body);
  // The time of the newest point is told of one field only.
  const hasTime =
    question.kind === 'points' ||
    question.kind === 'windows' ||
    (question.kind === 'latest' && question.series !== null);
  const cells = found.flatMap((series: unknown) => cellsOf(question, hasTime, series));
  return ordered(question, cells);
}

function cellsOf(question: Question, hasTime: boolean, found: unknown): AnswerCell[] {
  if (!isRecord(found)) throw new TypeError(JSON.stringify(found));
  const { tags, columns, values } = found;
  if (!Array.isArray(columns) || !Array.isArray(values)) throw new TypeError(JSON.stringify(found));
  const { device: tag } = isRecord(tags) ? tags : {};
  const device = question.series === null ? String(tag) : deviceName(question.series.device);
  return columns.slice(1).flatMap((column: unknown, i) => {
    const sensor = question.series === null ? sensorIn(String(column)) : sensorName(question.series.sensor);
    return values.flatMap((row: unknown) => {
      if (!Array.isArray(row)) throw new TypeError(JSON.stringify(row));
      const value: unknown = row[i + 1];
      if (value === null || (value === 0 && isCount(question))) return [];
      return [{ series: `${device}.${sensor}`, timeMs: hasTime ? Number(row[0]) : null, value: Number(value) }];
    });
  });
}

/** `mean_s2` is about `s2`. */
function sensorIn(column: string): string {
  return column.slice(column.lastIndexOf('_') + 1);
}
