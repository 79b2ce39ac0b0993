import { DataType } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { MemorySource } from './testing/memory-source.ts';
import { runQuery } from './testing/run-query.ts';

const { BOOLEAN, DOUBLE, FLOAT, INT32, INT64, TEXT } = DataType;

const plant = new MemorySource({
  'root.ln.wf01.wt01': {
    status: [BOOLEAN, [1, 1], [2, 0], [3, 1], [5, 1]],
    temperature: [FLOAT, [1, 25.5], [2, 26.5], [4, 20.25], [5, 21]],
    hardware: [TEXT, [1, 'v1'], [3, 'v2']],
  },
  'root.ln.wf02.wt02': {
    status: [BOOLEAN, [2, 1], [6, 0]],
    speed: [INT32, [2, 7], [3, -8], [6, 9]],
    total: [INT64, [2, 2n ** 60n], [3, 5n]],
  },
  'root.sg.d': { s: [DOUBLE, [10, 1], [20, 2], [30, 4], [40, 8]] },
});

const rowsOf = async (text: string): Promise<unknown> => (await runQuery(text, plant)).rows;
const headerOf = async (text: string): Promise<unknown> => (await runQuery(text, plant)).header;

describe('a query of series', () => {
  it('joins rows of one time, with columns by path', async () => {
    expect(await runQuery('select * from root.ln.**', plant)).toEqual({
      header: [
        'Time',
        'root.ln.wf01.wt01.hardware TEXT',
        'root.ln.wf01.wt01.status BOOLEAN',
        'root.ln.wf01.wt01.temperature FLOAT',
        'root.ln.wf02.wt02.speed INT32',
        'root.ln.wf02.wt02.status BOOLEAN',
        'root.ln.wf02.wt02.total INT64',
      ],
      rows: [
        [1, 'v1', true, 25.5, null, null, null],
        [2, null, false, 26.5, 7, true, 2n ** 60n],
        [3, 'v2', true, null, -8, null, 5n],
        [4, null, null, 20.25, null, null, null],
        [5, null, true, 21, null, null, null],
        [6, null, null, null, 9, false, null],
      ],
    });
  });

  it('takes each column for each prefix of FROM', async () => {
    expect(await headerOf('select status, speed as v from root.ln.wf02.wt02, root.ln.wf01.wt01')).toEqual([
      'Time',
      'root.ln.wf02.wt02.status BOOLEAN',
      'root.ln.wf01.wt01.status BOOLEAN',
      'v INT32',
    ]);
  });

  it.each([
    ['where time >= 3 and time < 5', [[3], [4]]],
    ['where time = 1 or time = 4 or time in (5, 99)', [[1], [4], [5]]],
    ['where not (time between 2 and 4)', [[1], [5]]],
    ['where temperature > 21 and time < 9', [[1], [2]]],
    ["where hardware like 'v_' or temperature = 21", [[1], [3], [5]]],
    ["where hardware regexp '^v[2-9]$'", [[3]]],
    ['where hardware is null', [[2], [4], [5]]],
    ['where status and not temperature > 22', [[5]]],
    ['order by time desc limit 2', [[5], [4]]],
    ['limit 2 offset 1', [[2], [3]]],
  ])('%s', async (clauses, expected) => {
    const rows = (await rowsOf(`select * from root.ln.wf01.wt01 ${clauses}`)) as unknown[][];
    expect(rows.map(([time]) => [time])).toEqual(expected);
  });

  it('computes expressions', async () => {
    expect(await runQuery('select speed * 2 + 1, -speed, total > 5, speed % 4 from root.ln.wf02.wt02', plant)).toEqual({
      header: [
        'Time',
        'root.ln.wf02.wt02.speed * 2 + 1 DOUBLE',
        '-root.ln.wf02.wt02.speed INT32',
        'root.ln.wf02.wt02.total > 5 BOOLEAN',
        'root.ln.wf02.wt02.speed % 4 DOUBLE',
      ],
      rows: [
        [2, 15, -7, true, 3],
        [3, -15, 8, false, -0],
        [6, 19, -9, null, 1],
      ],
    });
  });
});

describe('an aggregation', () => {
  it('has one row without a time', async () => {
    expect(await runQuery('select count(*), sum(s), avg(s), max_time(s) from root.sg.d', plant)).toEqual({
      header: [
        'count(root.sg.d.s) INT64',
        'sum(root.sg.d.s) DOUBLE',
        'avg(root.sg.d.s) DOUBLE',
        'max_time(root.sg.d.s) INT64',
      ],
      rows: [[4n, 15, 3.75, 40n]],
    });
  });

  it('has a row for each window', async () => {
    expect(await rowsOf('select count(s), last_value(s) from root.sg.d group by ([0, 50), 15ms)')).toEqual([
      [0, 1n, 1],
      [15, 1n, 2],
      [30, 2n, 8],
      [45, 0n, null],
    ]);
    expect(await rowsOf('select count(s), last_value(s) from root.sg.d group by ((0, 40], 10ms, 20ms)')).toEqual([
      [10, 1n, 1],
      [30, 1n, 4],
    ]);
  });
});

describe('alignment by device', () => {
  it('has rows of each device', async () => {
    expect(await runQuery('select status, speed from root.ln.** where time < 4 align by device', plant)).toEqual({
      header: ['Time', 'Device TEXT', 'status BOOLEAN', 'speed INT32'],
      rows: [
        [1, 'root.ln.wf01.wt01', true, null],
        [2, 'root.ln.wf01.wt01', false, null],
        [3, 'root.ln.wf01.wt01', true, null],
        [2, 'root.ln.wf02.wt02', true, 7],
        [3, 'root.ln.wf02.wt02', null, -8],
      ],
    });
  });
});

describe('SELECT LAST', () => {
  it('has a row for each series', async () => {
    expect(await runQuery('select last * from root.ln.**', plant)).toEqual({
      header: ['Time', 'Timeseries TEXT', 'Value TEXT', 'DataType TEXT'],
      rows: [
        [3, 'root.ln.wf01.wt01.hardware', 'v2', 'TEXT'],
        [5, 'root.ln.wf01.wt01.status', 'true', 'BOOLEAN'],
        [5, 'root.ln.wf01.wt01.temperature', '21.0', 'FLOAT'],
        [6, 'root.ln.wf02.wt02.speed', '9', 'INT32'],
        [6, 'root.ln.wf02.wt02.status', 'false', 'BOOLEAN'],
        [3, 'root.ln.wf02.wt02.total', '5', 'INT64'],
      ],
    });
  });
});
