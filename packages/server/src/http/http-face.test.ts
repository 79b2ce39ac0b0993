import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeStatisticsOf } from '../testing/store-statistics.ts';
import { startTestNode, type TestNode } from '../testing/test-node.ts';

const bodyBytesMax = 64 * 1024;
let node: TestNode;

beforeAll(async () => {
  node = await startTestNode({ 'limits-http-body-bytes-max': String(bodyBytesMax) });
});

afterAll(() => node.stop());

interface Answer {
  readonly http: number;
  readonly body: unknown;
}

async function ask(path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(`${node.url}${path}`, init);
  return { http: response.status, body: await response.json() };
}

function post(path: string, body: unknown, type = 'application/json'): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ask(path, { method: 'POST', headers: { 'content-type': type }, body: text });
}

const insert = (body: unknown): Promise<Answer> => post('/rest/v2/insertTablet', body);
const success = { http: 200, body: { code: 200, message: 'SUCCESS_STATUS' } };

const tablet = {
  timestamps: [1, 2, 3],
  measurements: ['temperature', 'running'],
  data_types: ['DOUBLE', 'BOOLEAN'],
  values: [
    [20.5, null, 21],
    [true, false, null],
  ],
  is_aligned: false,
  device: 'root.plant.line1',
};

describe('state', () => {
  test('ping', async () => {
    expect(await ask('/ping')).toEqual(success);
  });

  test('status names the groups', async () => {
    const { http, body } = await ask('/status');
    expect(http).toBe(200);
    expect(body).toMatchObject({
      nodeId: 1,
      health: 'ready',
      groups: [
        { group: 0, name: 'metadata', role: 'leader', leader: 1, members: [{ id: 1, lag: 0, applyLag: 0 }] },
        { group: 1, name: 'data', role: 'leader', leader: 1, members: [{ id: 1, lag: 0, applyLag: 0 }] },
      ],
    });
  });

  test('what was measured is in the status, in statistics and in metrics', async () => {
    const groupsOf = (body: unknown) =>
      (body as { groups: { name: string; slowBatches: object[]; figures: { totalP99Ms: number } }[] }).groups;
    await ask('/statistics');
    expect(await insert({ ...tablet, device: 'root.plant.measured' })).toEqual(success);
    const { http, body } = await ask('/statistics');
    expect(http).toBe(200);
    expect(body).toMatchObject({ nodeId: 1, health: 'ready', host: { log: { writeMs: { max: expect.any(Number) } } } });
    const data = groupsOf(body).find(({ name }) => name === 'data');
    expect(data).toMatchObject({ group: 1, proposals: { totalMs: { count: expect.any(Number) } } });
    expect(data!.slowBatches).not.toEqual([]);
    const status = groupsOf((await ask('/status')).body)[1];
    expect(status!.figures).toMatchObject({ windowMs: 60_000, totalP99Ms: expect.any(Number) });
    expect(status!.figures.totalP99Ms).toBeGreaterThan(0);
    const metrics = await fetch(`${node.url}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('version=0.0.4');
    expect(await metrics.text()).toContain('balsa_group_leads{group="1",name="data"} 1\n');
  });

  test('what the store has is told without reading it; its checksum once somebody has asked for statistics', async () => {
    expect(await insert({ ...tablet, device: 'root.plant.stored' })).toEqual(success);
    const dataGroup = async () => {
      const { body } = await ask('/status');
      return (body as { groups: { checksum?: object; appliedIndex: number }[] }).groups[1]!;
    };
    expect((await ask('/status')).body).toMatchObject({
      store: { rowsApplied: expect.any(Number), memoryBytes: expect.any(Number), files: 0, damagedFiles: 0 },
    });
    expect(await (await fetch(`${node.url}/metrics`)).text()).toContain('balsa_node_store_files 0\n');
    expect((await ask('/report')).body).toMatchObject({ store: { durableIndex: 0, reads: { pagesRead: 0 } } });
    expect((await dataGroup()).checksum).toBeUndefined();
    const { appliedIndex: index, checksum: value } = await storeStatisticsOf(node.config.listen.client);
    expect((await dataGroup()).checksum).toEqual({ index, value });
  });

  test('an unknown path', async () => {
    expect(await ask('/nothing/here?x=1')).toEqual({
      http: 404,
      body: { code: 300, message: 'there is no GET /nothing/here; see docs/http.md for what there is' },
    });
  });
});

describe('insertTablet', () => {
  test('what was written is read back, nulls included', async () => {
    expect(await insert(tablet)).toEqual(success);
    const query = { device: tablet.device, measurements: tablet.measurements, startMs: 0, endMs: 10 };
    const expected = {
      http: 200,
      body: {
        timestamps: tablet.timestamps,
        measurements: tablet.measurements,
        data_types: tablet.data_types,
        values: tablet.values,
      },
    };
    expect(await post('/api/v1/range', query)).toEqual(expected);
    const text = 'device=root.plant.line1&measurements=temperature,running&startMs=0&endMs=10&consistency=local';
    expect(await ask(`/api/v1/range?${text}`)).toEqual(expected);
  });

  test('every type, with what JSON numbers cannot hold as strings', async () => {
    const columns: readonly (readonly [string, readonly unknown[]])[] = [
      ['BOOLEAN', [true, false]],
      ['INT32', [-(2 ** 31), 2 ** 31 - 1]],
      ['INT64', ['-9223372036854775808', 9007199254740991]],
      ['FLOAT', [0.5, 'NaN']],
      ['DOUBLE', ['Infinity', '-Infinity']],
      ['TEXT', ['', 'grün']],
      ['STRING', ['a', 'b']],
      ['TIMESTAMP', [0, 1700000000000]],
      ['DATE', [19700101, 20240229]],
      ['BLOB', ['', 'AP8=']],
    ];
    const device = 'root.plant.types';
    const measurements = columns.map((_, i) => `s${i}`);
    const values = columns.map(([, column]) => column);
    const dataTypes = columns.map(([type]) => type);
    expect(await insert({ device, timestamps: [5, 6], measurements, data_types: dataTypes, values })).toEqual(success);
    const { body } = await post('/api/v1/range', { device, measurements, startMs: 0, endMs: 10 });
    expect(body).toEqual({ timestamps: [5, 6], measurements, data_types: dataTypes, values });
  });

  test('unsorted and repeated timestamps are accepted; the last value wins', async () => {
    const device = 'root.plant.disorder';
    const body = {
      device,
      timestamps: [30, 10, 20, 10],
      measurements: ['s'],
      data_types: ['INT32'],
      values: [[3, 1, 2, 9]],
    };
    expect(await insert(body)).toEqual(success);
    const read = await post('/api/v1/range', { device, measurements: ['s'], startMs: 0, endMs: 100 });
    expect(read.body).toMatchObject({ timestamps: [10, 20, 30], values: [[9, 2, 3]] });
  });

  test.each([
    [
      'columns of different lengths',
      {
        ...tablet,
        values: [
          [1, 2],
          [true, false, true],
        ],
      },
      'values[0] must be an array of 3',
    ],
    ['too few columns', { ...tablet, values: [[1, 2, 3]] }, '2 measurements, 2 data_types and 1 columns'],
    ['an unknown type', { ...tablet, data_types: ['DECIMAL', 'BOOLEAN'] }, 'data_types[0] must be one of BOOLEAN'],
    [
      'a value of another type',
      {
        ...tablet,
        values: [
          ['x', 1, 2],
          [true, true, true],
        ],
      },
      'values[0][0] is no DOUBLE',
    ],
    [
      'bytes that are no base64',
      { device: 'root.plant.x', timestamps: [1], measurements: ['b'], data_types: ['BLOB'], values: [['ä']] },
      'values[0][0] is no BLOB',
    ],
    ['a timestamp that is none', { ...tablet, timestamps: [1, 2, 3.5] }, 'timestamps[2] must be a whole number'],
    ['no device', { ...tablet, device: undefined }, 'device must be a string'],
    ['no timestamps', { ...tablet, timestamps: 5 }, 'timestamps must be an array'],
    ['a measurement twice', { ...tablet, measurements: ['a', 'a'] }, 'named twice'],
    [
      'an integer that lost digits',
      {
        ...tablet,
        data_types: ['INT64', 'BOOLEAN'],
        values: [
          [2 ** 60, 1, 2],
          [true, true, true],
        ],
      },
      'values[0][0] is no INT64',
    ],
    ['a list', [], 'the body must be a JSON object'],
    ['broken JSON', '{"device": ', 'JSON'],
    ['a poisoned prototype', '{"__proto__": {"x": 1}}', 'not valid JSON'],
  ])('refuses %s', async (_, body, message) => {
    const answer = await insert(body);
    expect(answer).toMatchObject({ http: 200, body: { code: 303 } });
    expect(JSON.stringify(answer.body)).toContain(message);
  });

  test('refuses an illegal path with its own code', async () => {
    expect(await insert({ ...tablet, device: 'plant.line1' })).toMatchObject({ http: 200, body: { code: 509 } });
  });

  test('refuses a value of a type that the series does not take', async () => {
    const typed = { device: 'root.plant.typed', timestamps: [1], measurements: ['s'] };
    expect(await insert({ ...typed, data_types: ['INT32'], values: [[1]] })).toEqual(success);
    const answer = await insert({ ...typed, data_types: ['TEXT'], values: [['x']] });
    expect(answer.body).not.toMatchObject({ code: 200 });
  });

  test('refuses a body over the limit, and goes on', async () => {
    const body = { ...tablet, device: `root.${'x'.repeat(bodyBytesMax)}` };
    expect(await insert(body)).toMatchObject({ http: 413, body: { code: 9003 } });
    expect(await ask('/ping')).toEqual(success);
  });

  test('refuses what is not declared as JSON', async () => {
    const answer = await post('/rest/v2/insertTablet', tablet, 'text/plain');
    expect(answer).toMatchObject({ body: { code: 303 } });
  });
});

describe('aggregate', () => {
  test('by window, null where there is nothing', async () => {
    const device = 'root.plant.windows';
    const rows = { device, timestamps: [0, 5, 25], measurements: ['s'], data_types: ['DOUBLE'], values: [[1, 3, 7]] };
    expect(await insert(rows)).toEqual(success);
    const expected = {
      windowStarts: [0, 10, 20],
      columns: [
        { measurement: 's', function: 'avg', values: [2, null, 7] },
        { measurement: 's', function: 'count', values: [2, 0, 1] },
      ],
    };
    const query = { device, measurements: ['s'], functions: ['avg', 'count'], startMs: 0, endMs: 30, windowMs: 10 };
    expect((await post('/api/v1/aggregate', query)).body).toEqual(expected);
    const text = `device=${device}&measurements=s&functions=avg,count&startMs=0&endMs=30&windowMs=10`;
    expect((await ask(`/api/v1/aggregate?${text}`)).body).toEqual(expected);
  });

  test.each([
    ['a missing field', { device: 'root.a' }, 'measurements: expected'],
    ['an unknown field', { device: 'root.a', measurement: 's' }, 'measurement'],
    [
      'an unknown function',
      { device: 'root.a.b', measurements: ['s'], functions: ['median'], startMs: 0, endMs: 1, windowMs: 1 },
      'functions.0: expected some of avg',
    ],
    [
      'a reversed range',
      { device: 'root.a.b', measurements: ['s'], functions: ['avg'], startMs: 5, endMs: 1, windowMs: 1 },
      'startMs <= endMs',
    ],
    [
      'a window of nothing',
      { device: 'root.a.b', measurements: ['s'], functions: ['avg'], startMs: 0, endMs: 1, windowMs: 0 },
      'window',
    ],
    [
      'too many windows',
      { device: 'root.a.b', measurements: ['s'], functions: ['avg'], startMs: 0, endMs: 1e12, windowMs: 1 },
      'over the limit',
    ],
    ['no body', 'null', 'expected'],
  ])('refuses %s', async (_, query, message) => {
    const answer = await post('/api/v1/aggregate', query);
    expect(answer).toMatchObject({ http: 400, body: { code: 303 } });
    expect(JSON.stringify(answer.body)).toContain(message);
  });

  test('refuses more values than JSON should carry', async () => {
    const query = { device: 'root.a.b', measurements: ['s'], startMs: 0, endMs: 1, limit: 1_000_000 };
    const answer = await post('/api/v1/range', query);
    expect(answer).toMatchObject({ http: 400, body: { code: 303 } });
  });
});
