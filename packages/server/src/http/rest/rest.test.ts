import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusOf } from '../../testing/http-client.ts';
import { startTestNode, type TestNode } from '../../testing/test-node.ts';

let node: TestNode;

beforeAll(async () => {
  node = await startTestNode();
});

afterAll(() => node.stop());

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${node.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function ask(path: string, body: unknown): Promise<unknown> {
  return (await post(path, body)).json();
}

const query = (sql: string, more: object = {}): Promise<unknown> => ask('/rest/v2/query', { sql, ...more });
const nonQuery = (sql: string): Promise<unknown> => ask('/rest/v2/nonQuery', { sql });
const success = { code: 200, message: 'SUCCESS_STATUS' };

describe('databases and series', () => {
  test('are created, shown, counted and dropped', async () => {
    expect(await nonQuery('CREATE DATABASE root.ln WITH TTL=3600000000000')).toEqual(success);
    expect(
      await nonQuery('create timeseries root.ln.wf01.wt01.status(state) BOOLEAN encoding=PLAIN tags(unit=none)'),
    ).toEqual(success);
    expect(await nonQuery('CREATE ALIGNED TIMESERIES root.ln.wf01.gps(lat FLOAT, lon DOUBLE)')).toEqual(success);
    expect(await query('SHOW DATABASES root.ln')).toEqual({
      expressions: null,
      column_names: [
        'Database',
        'SchemaReplicationFactor',
        'DataReplicationFactor',
        'TimePartitionOrigin',
        'TimePartitionInterval',
      ],
      data_types: ['TEXT', 'INT32', 'INT32', 'INT64', 'INT64'],
      timestamps: null,
      values: [['root.ln'], [1], [1], [0], [604_800_000]],
    });
    expect(await query('show timeseries root.ln.**')).toMatchObject({
      values: [
        ['root.ln.wf01.gps.lat', 'root.ln.wf01.gps.lon', 'root.ln.wf01.wt01.status'],
        [null, null, 'state'],
        ['root.ln', 'root.ln', 'root.ln'],
        ['FLOAT', 'DOUBLE', 'BOOLEAN'],
        ['GORILLA', 'GORILLA', 'PLAIN'],
        ['LZ4', 'LZ4', 'LZ4'],
        [null, null, '{"unit":"none"}'],
        [null, null, null],
        [null, null, null],
        [null, null, null],
        ['BASE', 'BASE', 'BASE'],
      ],
    });
    expect(await query('show devices root.ln.**')).toMatchObject({
      column_names: ['Device', 'IsAligned', 'Template', 'TTL(ms)'],
      values: [
        ['root.ln.wf01.gps', 'root.ln.wf01.wt01'],
        ['true', 'false'],
        [null, null],
        ['3600000000000', '3600000000000'],
      ],
    });
    expect(await query('show child paths root.ln')).toMatchObject({ values: [['root.ln.wf01'], ['INTERNAL']] });
    expect(await query('show child paths root.ln.wf01')).toMatchObject({
      values: [
        ['root.ln.wf01.gps', 'root.ln.wf01.wt01'],
        ['DEVICE', 'DEVICE'],
      ],
    });
    expect(await query('show child nodes root.ln.wf01.gps')).toMatchObject({
      column_names: ['ChildNodes'],
      values: [['lat', 'lon']],
    });
    expect(await query('count timeseries root.ln.**')).toMatchObject({
      column_names: ['count(timeseries)'],
      values: [[3]],
    });
    expect(await query('count timeseries root.ln.** group by level=3')).toMatchObject({
      values: [
        ['root.ln.wf01.gps', 'root.ln.wf01.wt01'],
        [2, 1],
      ],
    });
    expect(await query('count nodes root.ln.** level=2')).toMatchObject({ values: [[1]] });
    expect(await query('show all ttl')).toMatchObject({
      values: [
        ['root.**', 'root.ln.**'],
        ['INF', '3600000000000'],
      ],
    });
    expect(await nonQuery('unset ttl from root.ln')).toEqual(success);
    expect(await query('show ttl on root.ln')).toMatchObject({ values: [['root.ln'], ['INF']] });
    expect(await nonQuery('create database root.ln.wf01')).toMatchObject({
      code: 501,
      message: expect.stringContaining('already'),
    });
    expect(await nonQuery('create timeseries root.ln.wf01.wt01.state INT32')).toMatchObject({
      code: 503,
      message: expect.stringContaining('already'),
    });
    expect(await nonQuery('create timeseries root.ln.wf01.gps.alt INT32')).toMatchObject({ code: 609 });
    expect(await nonQuery('create timeseries root.ln.x.y INT99')).toMatchObject({ code: 701 });
    expect(await nonQuery('delete timeseries root.ln.wf01.*.lat')).toEqual(success);
    expect(await nonQuery('delete timeseries root.ln.wf01.*.lat')).toMatchObject({ code: 508 });
    expect(await nonQuery('drop database root.ln')).toEqual(success);
    expect(await nonQuery('drop database root.ln')).toMatchObject({ code: 500 });
    expect(await query('count devices root.ln.**')).toMatchObject({ values: [[0]] });
  });

  test('facts about the cluster', async () => {
    const [host, port] = node.config.listen.client.split(':');
    expect(await query('show available urls')).toMatchObject({
      column_names: ['RpcAddress', 'RpcPort'],
      values: [[host], [Number(port)]],
    });
    expect(await query('show datanodes')).toMatchObject({
      values: [[1], ['Running'], [host], [Number(port)], [1], [1]],
    });
    expect(await query('show cluster')).toMatchObject({
      values: [
        [1],
        ['DataNode'],
        ['Running'],
        [host],
        [expect.any(Number)],
        [expect.any(String)],
        [expect.any(String)],
      ],
    });
    for (const what of [
      'version',
      'cluster details',
      'confignodes',
      'regions',
      'variables',
      'clusterid',
      'queries',
      'current_timestamp',
    ]) {
      expect(await query(`show ${what}`), what).toMatchObject({ expressions: null, column_names: expect.any(Array) });
    }
  });
});

describe('points', () => {
  beforeAll(async () => {
    const measurements = ['temperature', 'running'];
    const data_types = ['DOUBLE', 'BOOLEAN'];
    const values = [
      [20.5, null, 21],
      [true, false, null],
    ];
    const body = {
      timestamps: [1000, 2000, 3000],
      measurements,
      data_types,
      values,
      is_aligned: true,
      device: 'root.plant.line1',
    };
    expect(await ask('/rest/v2/insertTablet', body)).toEqual(success);
  });

  test('are selected', async () => {
    expect(await query('select temperature, running from root.plant.line1 where time >= 2000')).toEqual({
      expressions: ['root.plant.line1.temperature', 'root.plant.line1.running'],
      column_names: null,
      data_types: ['DOUBLE', 'BOOLEAN'],
      timestamps: [2000, 3000],
      values: [
        [null, 21],
        [false, null],
      ],
    });
    expect(await query('select count(*) from root.plant.**')).toMatchObject({
      expressions: ['count(root.plant.line1.running)', 'count(root.plant.line1.temperature)'],
      timestamps: [0],
      values: [[2], [2]],
    });
    expect(await query('select last temperature from root.plant.line1')).toEqual({
      expressions: null,
      column_names: ['timeseries', 'value', 'dataType'],
      data_types: ['TEXT', 'TEXT', 'TEXT'],
      timestamps: [3000],
      values: [['root.plant.line1.temperature'], ['21.0'], ['DOUBLE']],
    });
    expect(
      await query('select temperature from root.plant.* order by time desc limit 1 align by device'),
    ).toMatchObject({
      values: [['root.plant.line1'], [21]],
    });
  });

  test('an aligned device is one from its first write on', async () => {
    expect(await query('show devices root.plant.line1')).toMatchObject({
      values: [['root.plant.line1'], ['true'], [null], ['INF']],
    });
  });

  test('the newest of all below a path', async () => {
    expect(await ask('/rest/v2/fastLastQuery', { prefix_paths: ['root', 'plant'] })).toMatchObject({
      timestamps: [2000, 3000],
      values: [
        ['root.plant.line1.running', 'root.plant.line1.temperature'],
        ['false', '21.0'],
        ['BOOLEAN', 'DOUBLE'],
      ],
    });
  });

  test('in version 1 have fields in camel case', async () => {
    expect(await ask('/rest/v1/query', { sql: 'select temperature from root.plant.line1', rowLimit: 2 })).toEqual({
      expressions: ['root.plant.line1.temperature'],
      columnNames: null,
      dataTypes: ['DOUBLE'],
      timestamps: [1000, 3000],
      values: [[20.5, 21]],
    });
    const body = {
      timestamps: [1],
      measurements: ['s'],
      dataTypes: ['INT32'],
      values: [[1]],
      isAligned: false,
      deviceId: 'root.v1.d',
    };
    expect(await ask('/rest/v1/insertTablet', body)).toEqual(success);
    expect(await ask('/rest/v1/nonQuery', { sql: 'drop database root.v1' })).toEqual(success);
  });

  test('over the limit of rows are refused, and streamed', async () => {
    const sql = 'select temperature from root.plant.line1';
    expect(await query(sql, { row_limit: 1 })).toMatchObject({ code: 411 });
    const csv = await post('/rest/v2/query', { sql, row_limit: 1 }, { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(await csv.text()).toBe('Time,root.plant.line1.temperature\n1000,20.5\n3000,21\n');
    const ndjson = await post('/rest/v2/query', { sql }, { accept: 'application/x-ndjson' });
    expect(await ndjson.text()).toBe(
      '{"columns":[{"name":"root.plant.line1.temperature","dataType":"DOUBLE"}],"hasTime":true}\n[1000,20.5]\n[3000,21]\n',
    );
  });

  test('keep the sign of zero when they are streamed', async () => {
    const written = { sql: 'insert into root.zero.d(time, s) values (1, -0.0), (2, 0.0)' };
    expect(await ask('/rest/v2/nonQuery', written)).toEqual(success);
    const sql = 'select s from root.zero.d';
    const csv = await post('/rest/v2/query', { sql }, { accept: 'text/csv' });
    expect(await csv.text()).toBe('Time,root.zero.d.s\n1,-0\n2,0\n');
    const ndjson = await post('/rest/v2/query', { sql }, { accept: 'application/x-ndjson' });
    expect((await ndjson.text()).split('\n').slice(1)).toEqual(['[1,-0]', '[2,0]', '']);
  });

  test('are written as records, in order', async () => {
    const body = {
      timestamps: [1, 2, 1],
      measurements_list: [['a'], ['a', 'b'], ['a']],
      data_types_list: [['INT32'], ['INT32', 'TEXT'], ['INT32']],
      values_list: [[1], [2, 'x'], [3]],
      devices: ['root.records.d', 'root.records.d', 'root.records.d'],
      is_aligned: false,
    };
    expect(await ask('/rest/v2/insertRecords', body)).toEqual(success);
    expect(await query('select a, b from root.records.d')).toMatchObject({
      timestamps: [1, 2],
      values: [
        [3, 2],
        [null, 'x'],
      ],
    });
    expect(await ask('/rest/v2/insertRecords', { ...body, devices: [] })).toMatchObject({ code: 303 });
    expect(await ask('/rest/v2/insertRecords', { ...body, values_list: [['x'], [2, 'x'], [3]] })).toMatchObject({
      code: 303,
    });
  });

  test('older than their time to live are not shown', async () => {
    const device = 'root.ttl.d';
    const now = Date.now();
    const body = {
      timestamps: [now - 100_000, now],
      measurements: ['s'],
      data_types: ['INT32'],
      values: [[1, 2]],
      device,
    };
    await ask('/rest/v2/insertTablet', body);
    expect(await nonQuery('set ttl to root.ttl.** 60000')).toEqual(success);
    expect(await query(`select s from ${device}`)).toMatchObject({ timestamps: [now] });
    expect(await query(`select count(s) from ${device}`)).toMatchObject({ values: [[1]] });
  });

  test('a type that was created holds, whatever of it is written first', async () => {
    expect(await nonQuery('create timeseries root.typed.d.s INT64')).toEqual(success);
    const body = { timestamps: [1], measurements: ['s'], data_types: ['INT32'], values: [[7]], device: 'root.typed.d' };
    expect(await ask('/rest/v2/insertTablet', body)).toEqual(success);
    expect(await query('select s from root.typed.d')).toMatchObject({ data_types: ['INT64'], values: [[7]] });
  });

  test('a dropped series comes back empty', async () => {
    const body = {
      timestamps: [1, 2],
      measurements: ['s'],
      data_types: ['INT32'],
      values: [[1, 2]],
      device: 'root.dropped.d',
    };
    await ask('/rest/v2/insertTablet', body);
    expect(await nonQuery('drop timeseries root.dropped.d.s')).toEqual(success);
    expect(await query('select s from root.dropped.d')).toMatchObject({ timestamps: [], values: [] });
    const texts = { ...body, timestamps: [3], data_types: ['TEXT'], values: [['x']] };
    expect(await ask('/rest/v2/insertTablet', texts)).toEqual(success);
    expect(await query('select s from root.dropped.d')).toMatchObject({ timestamps: [3], values: [['x']] });
  });
});

describe('statements that write', () => {
  test('INSERT takes types and aliases from what there is, and infers the others', async () => {
    expect(await nonQuery('create timeseries root.ins.d.count(c) INT32')).toEqual(success);
    const values = "(1000, 7, 1.5, true, 'x'), (2024-01-31T08:00:00+08:00, 8, null, false, 'y')";
    expect(await nonQuery(`insert into root.ins.d(time, c, speed, running, note) values ${values}`)).toEqual(success);
    expect(await query('select count, speed, running, note from root.ins.d')).toMatchObject({
      data_types: ['INT32', 'DOUBLE', 'BOOLEAN', 'TEXT'],
      timestamps: [1000, Date.UTC(2024, 0, 31)],
      values: [
        [7, 8],
        [1.5, null],
        [true, false],
        ['x', 'y'],
      ],
    });
    expect(await nonQuery("insert into root.ins.d(time, c) values (1, 'text')")).toMatchObject({ code: 614 });
    expect(await nonQuery('insert into root.ins.a(time, s) aligned values (1, 1)')).toEqual(success);
    expect(await query('show devices root.ins.**')).toMatchObject({
      values: [
        ['root.ins.a', 'root.ins.d'],
        ['true', 'false'],
        [null, null],
        ['INF', 'INF'],
      ],
    });
  });

  test('a measurement may be called root', async () => {
    const body = {
      timestamps: [1],
      measurements: ['root'],
      data_types: ['INT32'],
      values: [[7]],
      device: 'root.odd.d',
    };
    expect(await ask('/rest/v2/insertTablet', body)).toEqual(success);
    expect(await query('show timeseries root.odd.**')).toMatchObject({
      values: expect.arrayContaining([['root.odd.d.root']]),
    });
    expect(await query('select `root` from root.odd.d')).toMatchObject({
      expressions: ['root.odd.d.root'],
      values: [[7]],
    });
    expect(await nonQuery('insert into root.odd.d(time, `root`) values (2, 8)')).toEqual(success);
    expect(await query('select count(*) from root.odd.d')).toMatchObject({ values: [[2]] });
  });

  test('days and bytes are written and read', async () => {
    expect(await nonQuery('create aligned timeseries root.ins.b(day DATE, raw BLOB)')).toEqual(success);
    const rows = "(1, '2024-02-29', '0x00ff'), (2, 2023-01-31, 'ä'), (3, null, '0x00ff')";
    expect(await nonQuery(`insert into root.ins.b(time, day, raw) aligned values ${rows}`)).toEqual(success);
    expect(await query('select day, raw from root.ins.b')).toMatchObject({
      data_types: ['DATE', 'BLOB'],
      values: [
        [20240229, 20230131, null],
        ['AP8=', 'w6Q=', 'AP8='],
      ],
    });
    expect(await query('select max_value(day), mode(raw), count(raw) from root.ins.b')).toMatchObject({
      values: [[20240229], ['AP8='], [3]],
    });
    expect(await query('select last day, raw from root.ins.b order by timeseries')).toMatchObject({
      timestamps: [2, 3],
      values: [
        ['root.ins.b.day', 'root.ins.b.raw'],
        ['2023-01-31', '0x00ff'],
        ['DATE', 'BLOB'],
      ],
    });
    expect(await query('select raw from root.ins.b where day > 20240101')).toMatchObject({ timestamps: [1] });
    for (const wrong of ["(4, '2023-02-29', null)", "(4, null, '0x0')"]) {
      expect(await nonQuery(`insert into root.ins.b(time, day, raw) values ${wrong}`)).toMatchObject({ code: 614 });
    }
    expect(await query('select sum(raw) from root.ins.b')).toMatchObject({ code: 701 });
    expect(await query('select max_value(raw) from root.ins.b')).toMatchObject({ code: 701 });
  });

  test('DELETE takes a range of times, and the series stay', async () => {
    expect(await nonQuery('insert into root.del.d(time, s) values (1, 1), (2, 2), (3, 3)')).toEqual(success);
    expect(await nonQuery('delete from root.del.*.s where time >= 2 and time < 3')).toEqual(success);
    expect(await query('select s from root.del.d')).toMatchObject({ timestamps: [1, 3] });
    expect(await nonQuery('delete from root.del.**')).toEqual(success);
    expect(await query('select count(s) from root.del.d')).toMatchObject({ values: [[0]] });
    expect(await nonQuery('delete from root.del.d.s where s > 1')).toMatchObject({ code: 701 });
  });

  test('FLUSH puts what was acknowledged into files of the node that is asked', async () => {
    expect(await nonQuery('insert into root.flush.d(time, s) values (1, 1)')).toEqual(success);
    expect(await nonQuery('flush')).toEqual(success);
    const { store } = await statusOf(node.config.listen.http);
    expect(store!.files).toBeGreaterThan(0);
    expect(store!.durableIndex).toBe(store!.appliedIndex);
  });
});

describe('what is wrong', () => {
  test.each([
    ['no statement', {}, 303],
    ['a syntax error', { sql: 'select from' }, 700],
    ['a change as a query', { sql: 'create database root.x1' }, 301],
    ['sums of texts', { sql: 'select sum(text) from root.wrong.d' }, 701],
    ['a time zone that is none', { sql: 'select s from root.wrong.d', time_zone: 'Mars' }, 703],
    [
      'more windows than may be',
      { sql: 'select count(text) from root.wrong.d group by ([0, 1000000000000), 1ms)' },
      301,
    ],
    ['a limit of no rows', { sql: 'show databases', row_limit: 0 }, 303],
  ])('%s has a code and says why', async (_what, body, code) => {
    await ask('/rest/v2/insertTablet', {
      timestamps: [1],
      measurements: ['text'],
      data_types: ['TEXT'],
      values: [['x']],
      device: 'root.wrong.d',
    });
    const answer = (await ask('/rest/v2/query', body)) as { code: number; message: string };
    expect(answer.code, answer.message).toBe(code);
    expect(answer.message.length).toBeGreaterThan(10);
  });

  test('a column that is named twice', async () => {
    const body = { timestamps: [1], measurements: ['s', 's'], data_types: ['INT32', 'INT32'], values: [[1], [2]] };
    expect(await ask('/rest/v2/insertTablet', { ...body, device: 'root.twice.d' })).toMatchObject({ code: 303 });
    expect(await nonQuery('insert into root.twice.d(time, s, s) values (1, 1, 2)')).toMatchObject({ code: 701 });
  });

  test('a query that takes too long, or is not there', async () => {
    const times = Array.from({ length: 50_000 }, (_, i) => i);
    const body = { timestamps: times, measurements: ['s'], data_types: ['DOUBLE'], values: [times] };
    await ask('/rest/v2/insertTablet', { ...body, device: 'root.slow.d' });
    const sum = Array.from({ length: 200 }, (_, i) => `sin(s + ${i})`).join(', ');
    expect(await query(`select ${sum} from root.slow.d`, { timeout_ms: 1 })).toMatchObject({ code: 720 });
    expect(await query('select s from root.nowhere.d')).toMatchObject({ expressions: [], timestamps: [], values: [] });
  });

  test('a query as a change', async () => {
    expect(await nonQuery('show databases')).toMatchObject({ code: 301 });
    expect(await query('count databases root.x1')).toMatchObject({ values: [[0]] });
  });
});

describe('the Grafana plugin', () => {
  test('logs in, finds paths and draws', async () => {
    await ask('/rest/v2/insertTablet', {
      timestamps: [1000, 2000],
      measurements: ['s'],
      data_types: ['INT32'],
      values: [[1, 3]],
      device: 'root.graf.d1',
    });
    for (const version of ['v1', 'v2']) {
      expect(await (await fetch(`${node.url}/grafana/${version}/login`)).json()).toEqual(success);
      expect(await ask(`/grafana/${version}/variable`, { sql: 'show child paths root.graf' })).toEqual([
        'root.graf.d1',
      ]);
      expect(await ask(`/grafana/${version}/node`, ['root', 'graf'])).toEqual(['d1']);
    }
    const control = 'group by ([1000, 3000), 1s)';
    const v1 = {
      expression: ['avg(s)'],
      prefixPath: ['root.graf.d1'],
      startTime: 1000,
      endTime: 3000,
      condition: 's > 1',
      control,
    };
    expect(await ask('/grafana/v1/query/expression', v1)).toMatchObject({
      expressions: ['avg(root.graf.d1.s)'],
      timestamps: [1000, 2000],
      values: [[null, 3]],
    });
    const v2 = { expression: ['s'], prefix_path: ['root.graf.*'], start_time: 0, end_time: 5000 };
    expect(await ask('/grafana/v2/query/expression', v2)).toMatchObject({ timestamps: [1000, 2000], values: [[1, 3]] });
  });
});

describe('a node with little memory for queries', () => {
  test('gives a query up that needs more, and goes on', async () => {
    const small = await startTestNode({ 'limits-query-bytes-max': String(1 << 20) });
    try {
      const send = async (path: string, body: object): Promise<unknown> => {
        const headers = { 'content-type': 'application/json' };
        return (await fetch(`${small.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
      };
      const times = Array.from({ length: 200_000 }, (_, i) => i);
      const body = {
        timestamps: times,
        measurements: ['s'],
        data_types: ['INT32'],
        values: [times],
        device: 'root.m.d',
      };
      expect(await send('/rest/v2/insertTablet', body)).toEqual(success);
      const sorted = { sql: 'select s from root.m.d order by s desc align by device' };
      expect(await send('/rest/v2/query', sorted)).toMatchObject({
        code: 709,
        message: expect.stringContaining('memory'),
      });
      expect(await send('/rest/v2/query', { sql: 'select count(s) from root.m.d' })).toMatchObject({
        values: [[200_000]],
      });
      expect(await send('/rest/v2/query', { sql: 'show queries' })).toMatchObject({ values: [[], [], [], [], []] });
    } finally {
      await small.stop();
    }
  });
});
