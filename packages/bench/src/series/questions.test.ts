// Each question in the words of each database, and what they answer to it.

import { describe, expect, test } from 'vitest';
import { balsaSql, readBalsaAnswer } from './balsa-sql.ts';
import { type DataShape, endMs, startMs } from './data-shape.ts';
import { influxQl, readInfluxAnswer } from './influx-ql.ts';
import { metricsQl, readMetricsAnswer } from './metrics-ql.ts';
import type { Question } from './question.ts';

const shape: DataShape = {
  devices: 2,
  sensors: 2,
  rows: 720,
  batchRows: 100,
  outOfOrderPercent: 0,
  intervalMs: 10_000,
  kind: 'gauge',
  seed: 1,
};
const series = { device: 1, sensor: 0 };
const range = { fromMs: startMs, untilMs: startMs + 20_000 };
const hours = { fromMs: startMs, untilMs: startMs + 7_200_000 };

const newest: Question = { kind: 'points', series, range, above: 1.5, newestFirst: true, limit: 2 };
const points: Question = { ...newest, above: null, newestFirst: false, limit: null };
const countAbove: Question = { kind: 'countAbove', series, range: null, above: 1.5 };
const counts: Question = { kind: 'aggregate', of: 'count', series: null, range: null };
const largest: Question = { kind: 'aggregate', of: 'max', series, range };
const windows: Question = { kind: 'windows', series: null, range: hours, windowMs: 3_600_000 };
const latest: Question = { kind: 'latest', series };
const allLatest: Question = { kind: 'latest', series: null };

/** The query and the other parameters of a request. */
function parameters(path: string): Record<string, string> {
  const url = new URL(path, 'http://localhost');
  return { path: url.pathname, ...Object.fromEntries(url.searchParams) };
}

test.each([
  [points, `select s0 from root.bench.d1 where time >= ${startMs} and time < ${startMs + 20_000}`],
  [
    newest,
    `select s0 from root.bench.d1 where time >= ${startMs} and time < ${startMs + 20_000} and s0 > 1.5 order by time desc limit 2`,
  ],
  [countAbove, 'select count(s0) from root.bench.d1 where s0 > 1.5'],
  [counts, 'select count(*) from root.bench.*'],
  [largest, `select max_value(s0) from root.bench.d1 where time >= ${startMs} and time < ${startMs + 20_000}`],
  [windows, `select avg(*) from root.bench.* group by ([${startMs}, ${startMs + 7_200_000}), 3600000ms)`],
  [latest, 'select last s0 from root.bench.d1'],
  [allLatest, 'select last * from root.bench.*'],
])('Balsa: %j', (question, sql) => {
  expect(balsaSql(question)).toBe(sql);
});

test.each([
  [points, `select s0 from bench where device = 'd1' and time >= ${startMs}ms and time < ${startMs + 20_000}ms`],
  [
    newest,
    `select s0 from bench where device = 'd1' and time >= ${startMs}ms and time < ${startMs + 20_000}ms and s0 > 1.5 order by time desc limit 2`,
  ],
  [countAbove, "select count(s0) from bench where device = 'd1' and s0 > 1.5"],
  [counts, 'select count(*) from bench group by device'],
  [largest, `select max(s0) from bench where device = 'd1' and time >= ${startMs}ms and time < ${startMs + 20_000}ms`],
  [
    windows,
    `select mean(*) from bench where time >= ${startMs}ms and time < ${startMs + 7_200_000}ms group by time(3600000ms), device fill(none)`,
  ],
  [latest, "select last(s0) from bench where device = 'd1'"],
  [allLatest, 'select last(*) from bench group by device'],
])('InfluxDB: %j', (question, query) => {
  expect(influxQl(question)).toBe(query);
});

const endSeconds = (endMs(shape) - 1) / 1000;

test.each([
  [points, { path: '/api/v1/query', query: 'bench_s0{device="d1"}[20000ms]', time: '1735689619.999' }],
  [
    newest,
    {
      path: '/api/v1/query_range',
      query: 'bench_s0{device="d1"} > 1.5',
      start: '1735689600',
      end: '1735689610',
      step: '10000ms',
    },
  ],
  [countAbove, { query: 'count_gt_over_time(bench_s0{device="d1"}[7200000ms], 1.5)', time: String(endSeconds) }],
  [counts, { query: 'count_over_time({__name__=~"bench_s[0-9]+"}[7200000ms]) keep_metric_names' }],
  [largest, { query: 'max_over_time(bench_s0{device="d1"}[20000ms]) keep_metric_names', time: '1735689619.999' }],
  [
    windows,
    {
      query: 'avg_over_time({__name__=~"bench_s[0-9]+"}[3600000ms]) keep_metric_names',
      start: '1735693199.999',
      end: '1735696799.999',
      step: '3600000ms',
    },
  ],
  [latest, { query: 'last_over_time(bench_s0{device="d1"}[300000ms]) keep_metric_names', time: String(endSeconds) }],
])('VictoriaMetrics: %j', (question, expected) => {
  expect(parameters(metricsQl(question, shape))).toMatchObject({ ...expected, nocache: '1' });
});

describe('answers', () => {
  test('of points, newest first', () => {
    const expected = [
      { series: 'd1.s0', timeMs: startMs + 10_000, value: 3.5 },
      { series: 'd1.s0', timeMs: startMs, value: 2 },
    ];
    const times = [startMs + 10_000, startMs];
    const balsa = { expressions: ['root.bench.d1.s0'], column_names: null, timestamps: times, values: [[3.5, 2]] };
    expect(readBalsaAnswer(newest, JSON.stringify(balsa))).toEqual(expected);
    const rows = [
      [times[0], 3.5],
      [times[1], 2],
    ];
    const influx = { results: [{ series: [{ name: 'bench', columns: ['time', 's0'], values: rows }] }] };
    expect(readInfluxAnswer(newest, JSON.stringify(influx))).toEqual(expected);
    const values = [
      [startMs / 1000, '2'],
      [startMs / 1000 + 10, '3.5'],
    ];
    const metric = { __name__: 'bench_s0', device: 'd1' };
    const victoria = { status: 'success', data: { resultType: 'matrix', result: [{ metric, values }] } };
    expect(readMetricsAnswer(newest, JSON.stringify(victoria))).toEqual(expected);
  });

  test('of windows of all series, in the order of series and times', () => {
    const [first, second] = [startMs, startMs + 3_600_000];
    const cell = (name: string, timeMs: number, value: number) => ({ series: name, timeMs, value });
    const expected = [cell('d0.s0', first, 1), cell('d0.s0', second, 2), cell('d1.s0', first, 3)];
    const balsa = {
      expressions: ['avg(root.bench.d1.s0)', 'avg(root.bench.d0.s0)'],
      timestamps: [first, second],
      values: [
        [3, null],
        [1, 2],
      ],
    };
    expect(readBalsaAnswer(windows, JSON.stringify(balsa))).toEqual(expected);
    const columns = ['time', 'mean_s0'];
    const influx = [
      {
        tags: { device: 'd0' },
        columns,
        values: [
          [first, 1],
          [second, 2],
        ],
      },
      {
        tags: { device: 'd1' },
        columns,
        values: [
          [first, 3],
          [second, null],
        ],
      },
    ];
    expect(readInfluxAnswer(windows, JSON.stringify({ results: [{ series: influx }] }))).toEqual(expected);
    const metric = (device: string) => ({ __name__: 'bench_s0', device });
    const victoria = [
      { metric: metric('d1'), values: [[1735693199.999, '3']] },
      {
        metric: metric('d0'),
        values: [
          [1735693199.999, '1'],
          [1735696799.999, '2'],
        ],
      },
    ];
    expect(readMetricsAnswer(windows, JSON.stringify({ data: { result: victoria } }))).toEqual(expected);
  });

  test('of aggregates have no time, and a count of nothing is no answer', () => {
    const expected = [{ series: 'd1.s0', timeMs: null, value: 7 }];
    expect(
      readBalsaAnswer(
        counts,
        '{"expressions":["count(root.bench.d0.s0)","count(root.bench.d1.s0)"],"timestamps":[0],"values":[[0],[7]]}',
      ),
    ).toEqual(expected);
    expect(
      readInfluxAnswer(
        counts,
        '{"results":[{"series":[{"tags":{"device":"d1"},"columns":["time","count_s0"],"values":[[0,7]]}]}]}',
      ),
    ).toEqual(expected);
    expect(
      readMetricsAnswer(
        counts,
        '{"data":{"result":[{"metric":{"__name__":"bench_s0","device":"d0"},"value":[1,"0"]},{"metric":{"__name__":"bench_s0","device":"d1"},"value":[1,"7"]}]}}',
      ),
    ).toEqual(expected);
    // Nothing at all.
    expect(readInfluxAnswer(countAbove, '{"results":[{"statement_id":0}]}')).toEqual([]);
    expect(readMetricsAnswer(countAbove, '{"data":{"result":[{"metric":{"device":"d1"},"value":[1,"4"]}]}}')).toEqual([
      { series: 'd1.s0', timeMs: null, value: 4 },
    ]);
  });

  test('of newest points', () => {
    expect(
      readBalsaAnswer(
        latest,
        '{"expressions":null,"column_names":["timeseries","value","dataType"],"timestamps":[5],"values":[["root.bench.d1.s0"],["2.5"],["DOUBLE"]]}',
      ),
    ).toEqual([{ series: 'd1.s0', timeMs: 5, value: 2.5 }]);
    expect(
      readInfluxAnswer(
        allLatest,
        '{"results":[{"series":[{"tags":{"device":"d1"},"columns":["time","last_s0","last_s1"],"values":[[0,1,2]]}]}]}',
      ),
    ).toEqual([
      { series: 'd1.s0', timeMs: null, value: 1 },
      { series: 'd1.s1', timeMs: null, value: 2 },
    ]);
    expect(
      readMetricsAnswer(
        latest,
        '{"data":{"result":[{"metric":{"__name__":"bench_s0","device":"d1"},"value":[9,"2.5"]}]}}',
      ),
    ).toEqual([{ series: 'd1.s0', timeMs: null, value: 2.5 }]);
  });

  test.each([
    ['Balsa', readBalsaAnswer, '{"code":411,"message":"too many"}'],
    ['InfluxDB', readInfluxAnswer, '{"results":[{"error":"no"}]}'],
    ['VictoriaMetrics', readMetricsAnswer, '{"status":"error","error":"no"}'],
  ])('of %s that are none are refused', (_, read, body) => {
    expect(() => read(points, body)).toThrow(TypeError);
    expect(() => read(points, 'nothing')).toThrow(SyntaxError);
  });
});
