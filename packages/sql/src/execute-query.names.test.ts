// Names, types and order of results: section 2.4 of the reference, and what IoTDB's documents show.

import { DataType } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { executeQuery } from './execute-query.ts';
import { MemorySource } from './testing/memory-source.ts';
import { runQuery, selectOf } from './testing/run-query.ts';

const { BOOLEAN, DOUBLE, FLOAT, INT32, INT64, STRING, TEXT, TIMESTAMP } = DataType;

const source = new MemorySource({
  'root.ln.wf01.wt01': { status: [BOOLEAN, [1, 1], [2, 0]], temperature: [FLOAT, [1, 20.5], [3, 22]] },
  'root.ln.wf02.wt02': { hardware: [TEXT, [2, 'v1']], status: [BOOLEAN, [2, 1], [4, 1]] },
  'root.sgcc.wf03.wt01': { status: [BOOLEAN, [4, 0]], temperature: [FLOAT, [4, 5]] },
  'root.`a b`.d': { '`1`': [INT32, [1, 1]] },
  'root.level.a': { k: [INT32, [5, 7]] },
  'root.level.b': { k: [INT32, [3, 7], [4, 1]] },
  'root.level.c': { k: [INT32, [3, 1]] },
  'root.types.d': {
    d: [DOUBLE, [1, 0.5]],
    i: [INT32, [1, -3], [2, 3]],
    l: [INT64, [1, 4n]],
    m: [TIMESTAMP, [1, 5n]],
    s: [STRING, [1, 'x']],
  },
});

describe('the headers of results', () => {
  it.each([
    ['select temperature from root.ln.wf01.wt01', ['Time', 'root.ln.wf01.wt01.temperature FLOAT']],
    ['select COUNT( temperature ) from root.ln.wf01.wt01', ['COUNT(root.ln.wf01.wt01.temperature) INT64']],
    ['select temperature as t, status from root.ln.wf01.wt01', ['Time', 't FLOAT', 'root.ln.wf01.wt01.status BOOLEAN']],
    ['select `1` from root.`a b`.d', ['Time', 'root.`a b`.d.`1` INT32']],
    [
      'select status, status from root.ln.wf01.wt01',
      ['Time', 'root.ln.wf01.wt01.status BOOLEAN', 'root.ln.wf01.wt01.status BOOLEAN'],
    ],
    ['select *.temperature from root.ln, root.sgcc.wf03', ['Time', 'root.sgcc.wf03.wt01.temperature FLOAT']],
    [
      'select count(status) from root.** group by level = 1',
      ['count(root.ln.*.*.status) INT64', 'count(root.sgcc.*.*.status) INT64'],
    ],
    [
      'select count(status) from root.** group by level = 3',
      ['count(root.*.*.wt01.status) INT64', 'count(root.*.*.wt02.status) INT64'],
    ],
    [
      'select count(status), avg(temperature) from root.ln.** group by ([0, 5), 5ms) align by device',
      ['Time', 'Device TEXT', 'count(status) INT64', 'avg(temperature) DOUBLE'],
    ],
    [
      'select count(*) from root.ln.** align by device',
      ['Device TEXT', 'count(status) INT64', 'count(temperature) INT64', 'count(hardware) INT64'],
    ],
    ['select last status from root.ln.**', ['Time', 'Timeseries TEXT', 'Value TEXT', 'DataType TEXT']],
    ['select nothing from root.ln.**', ['Time']],
    ['select count(nothing) from root.ln.**', []],
    ['select nothing from root.ln.** align by device', ['Time', 'Device TEXT']],
    ['select status from root.** slimit 1 soffset 1', ['Time', 'root.ln.wf02.wt02.status BOOLEAN']],
    ['select count_time(*) from root.ln.**', ['count_time(*) INT64']],
  ])('%s', async (text, header) => {
    expect((await runQuery(text, source)).header).toEqual(header);
  });

  it.each([
    ['count', 'INT64', 'INT64', 'INT64', 'INT64', 'INT64'],
    ['sum', 'DOUBLE', 'DOUBLE', 'DOUBLE', undefined, undefined],
    ['avg', 'DOUBLE', 'DOUBLE', 'DOUBLE', undefined, undefined],
    ['extreme', 'DOUBLE', 'INT32', 'INT64', undefined, undefined],
    ['stddev', 'DOUBLE', 'DOUBLE', 'DOUBLE', undefined, undefined],
    ['var_pop', 'DOUBLE', 'DOUBLE', 'DOUBLE', undefined, undefined],
    ['min_value', 'DOUBLE', 'INT32', 'INT64', 'TIMESTAMP', 'STRING'],
    ['last_value', 'DOUBLE', 'INT32', 'INT64', 'TIMESTAMP', 'STRING'],
    ['mode', 'DOUBLE', 'INT32', 'INT64', 'TIMESTAMP', 'STRING'],
    ['max_time', 'INT64', 'INT64', 'INT64', 'INT64', 'INT64'],
    ['time_duration', 'INT64', 'INT64', 'INT64', 'INT64', 'INT64'],
  ])('%s of a DOUBLE, INT32, INT64, TIMESTAMP and STRING', async (name, ...types) => {
    for (const [index, measurement] of [...'dilms'].entries()) {
      const query = runQuery(`select ${name}(${measurement}) from root.types.d`, source);
      const type = types[index];
      if (type === undefined) await expect(query).rejects.toMatchObject({ code: 'OPERAND_TYPE_MISMATCH' });
      else expect((await query).header).toEqual([`${name}(root.types.d.${measurement}) ${type}`]);
    }
  });

  it('say what the protocol needs', async () => {
    const result = await executeQuery(selectOf('select status, status + 0 = 0 as x from root.none'), source);
    expect(result).toMatchObject({ columns: [], hasTime: true });
    await result.close();
    const aliased = await executeQuery(selectOf('select i as a, i, i * 2, i as a from root.types.d'), source);
    await aliased.close();
    const series = 'root.types.d.i';
    expect(aliased.columns).toEqual([
      { name: 'a', expression: series, isAlias: true, dataType: INT32, series, blockColumn: 0 },
      { name: series, expression: series, isAlias: false, dataType: INT32, series, blockColumn: 0 },
      {
        name: `${series} * 2`,
        expression: `${series} * 2`,
        isAlias: false,
        dataType: DOUBLE,
        series: undefined,
        blockColumn: 1,
      },
      { name: 'a', expression: series, isAlias: true, dataType: INT32, series, blockColumn: 0 },
    ]);
  });
});

describe('the rows of results', () => {
  it.each([
    [
      'are by device and then by time',
      'select status from root.ln.** align by device',
      [
        [1, 'root.ln.wf01.wt01', true],
        [2, 'root.ln.wf01.wt01', false],
        [2, 'root.ln.wf02.wt02', true],
        [4, 'root.ln.wf02.wt02', true],
      ],
    ],
    [
      'are by time and then by device, if asked so',
      'select status from root.ln.** order by time desc align by device',
      [
        [4, 'root.ln.wf02.wt02', true],
        [2, 'root.ln.wf01.wt01', false],
        [2, 'root.ln.wf02.wt02', true],
        [1, 'root.ln.wf01.wt01', true],
      ],
    ],
    [
      'are left out if nothing is in them',
      'select temperature from root.ln.wf01.wt01 where status or time > 0',
      [
        [1, 20.5],
        [3, 22],
      ],
    ],
    [
      'stay for windows without data',
      'select count(i), sum(i) from root.types.d group by ([0, 6), 2ms)',
      [
        [0, 1n, -3],
        [2, 1n, 3],
        [4, 0n, null],
      ],
    ],
    [
      'take the first time of the largest key by level',
      'select max_by(time, k), first_value(k) from root.level.** group by level = 1',
      [[3n, 7]],
    ],
    ['prefer the positive extreme', 'select extreme(i) from root.types.d', [[3]]],
    [
      'are counted by level',
      'select count(status) from root.** group by ([0, 6), 3ms), level = 1',
      [
        [0, 3n, 0n],
        [3, 1n, 1n],
      ],
    ],
    [
      'are windows of the calendar',
      'select count(i) from root.types.d group by ([1970-01-31, 1970-05-01), 1mo)',
      [
        [Date.UTC(1970, 0, 31), 0n],
        [Date.UTC(1970, 1, 28), 0n],
        [Date.UTC(1970, 2, 31), 0n],
        [Date.UTC(1970, 3, 30), 0n],
      ],
    ],
  ])('%s', async (_what, text, rows) => {
    expect((await runQuery(text, source)).rows).toEqual(rows);
  });
});
