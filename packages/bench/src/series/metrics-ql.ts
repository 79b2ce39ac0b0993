// Questions in MetricsQL, and VictoriaMetrics' answers.
//
// Its windows are (end - length, end], ours [from, until): times are whole milliseconds, so a window that ends a millisecond earlier has the
// same points. A condition on values is evaluated at steps; since there is a point at each step, that makes no difference. There is neither an order
// nor a limit: whoever wants the newest points first fetches the range and turns it around, and so does the client here.
// `nocache=1`: nobody else has a cache of results.

import { isRecord } from '../load/spec.ts';
import { type DataShape, endMs, startMs } from './data-shape.ts';
import { deviceName, influxMeasurement, sensorName } from './formats.ts';
import {
  type Aggregation,
  type Answer,
  type AnswerCell,
  isCount,
  ordered,
  type Question,
  type SeriesId,
} from './question.ts';

const functions: Readonly<Record<Aggregation, string>> = {
  avg: 'avg_over_time',
  count: 'count_over_time',
  max: 'max_over_time',
};

/** How far back the newest point may lie, as the default of `-search.maxLookback` has it. */
const lookbackMs = 300_000;

/** The path of a request. */
export function metricsQl(question: Question, shape: DataShape): string {
  const whole = { fromMs: startMs, untilMs: endMs(shape) };
  const selected = selector(question.series);
  switch (question.kind) {
    case 'points': {
      const { range, above } = question;
      const { fromMs, untilMs } = range;
      if (above === null) return instant(`${selected}[${untilMs - fromMs}ms]`, untilMs);
      return stepwise(`${selected} > ${above}`, fromMs, untilMs - shape.intervalMs, shape.intervalMs);
    }
    case 'aggregate': {
      const { fromMs, untilMs } = question.range ?? whole;
      return instant(`${functions[question.of]}(${selected}[${untilMs - fromMs}ms]) keep_metric_names`, untilMs);
    }
    case 'countAbove': {
      const { fromMs, untilMs } = question.range ?? whole;
      return instant(`count_gt_over_time(${selected}[${untilMs - fromMs}ms], ${question.above})`, untilMs);
    }
    case 'windows': {
      const { range, windowMs } = question;
      const query = `avg_over_time(${selected}[${windowMs}ms]) keep_metric_names`;
      return stepwise(query, range.fromMs + windowMs - 1, range.untilMs - 1, windowMs);
    }
    case 'latest':
      return instant(
        `last_over_time(${selected}[${Math.max(lookbackMs, shape.intervalMs)}ms]) keep_metric_names`,
        whole.untilMs,
      );
  }
}

function selector(series: SeriesId | null): string {
  return series === null
    ? `{__name__=~"${influxMeasurement}_s[0-9]+"}`
    : `${influxMeasurement}_${sensorName(series.sensor)}{device="${deviceName(series.device)}"}`;
}

function instant(query: string, untilMs: number): string {
  return `/api/v1/query?query=${encodeURIComponent(query)}&time=${(untilMs - 1) / 1000}&nocache=1`;
}

function stepwise(query: string, firstMs: number, lastMs: number, stepMs: number): string {
  const times = `start=${firstMs / 1000}&end=${lastMs / 1000}&step=${stepMs}ms`;
  return `/api/v1/query_range?query=${encodeURIComponent(query)}&${times}&nocache=1`;
}

/** Throws SyntaxError or TypeError for what is no answer to a query. */
export function readMetricsAnswer(question: Question, body: string): Answer {
  const answer: unknown = JSON.parse(body);
  const { data } = isRecord(answer) ? answer : {};
  const { result } = isRecord(data) ? data : {};
  if (!Array.isArray(result)) throw new TypeError(body);
  const cells = result.flatMap((series: unknown) => cellsOf(question, series));
  if (question.kind !== 'points') return ordered(question, cells);
  if (question.newestFirst) cells.reverse();
  return question.limit === null ? cells : cells.slice(0, question.limit);
}

function cellsOf(question: Question, found: unknown): AnswerCell[] {
  if (!isRecord(found)) throw new TypeError(JSON.stringify(found));
  const { metric, value, values = [value] } = found;
  if (!isRecord(metric) || !Array.isArray(values)) throw new TypeError(JSON.stringify(found));
  // Functions that make another figure of a series take its name away.
  const { __name__: name, device } = metric;
  const sensor =
    typeof name === 'string' ? name.slice(name.lastIndexOf('_') + 1) : sensorName(question.series?.sensor ?? -1);
  const series = `${String(device)}.${sensor}`;
  return values.flatMap((pair: unknown) => {
    if (!Array.isArray(pair)) throw new TypeError(JSON.stringify(found));
    const number = Number(pair[1]);
    if (number === 0 && isCount(question)) return [];
    return [{ series, timeMs: timeOf(question, Number(pair[0])), value: number }];
  });
}

/** Others have the time of the question. */
function timeOf(question: Question, seconds: number): number | null {
  const ms = Math.round(seconds * 1000);
  if (question.kind === 'points') return ms;
  return question.kind === 'windows' ? ms + 1 - question.windowMs : null;
}
