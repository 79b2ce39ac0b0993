import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseZone } from '@balsa/sql';
import { DataType } from '@balsa/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../node-client/node-client.ts';
import { createScreen } from '../terminal/screen.ts';
import { CollectedOutput } from '../testing/collect-output.ts';
import { inScratchFolder } from '../testing/run-balsa.ts';
import { type ServingNode, serveNode } from '../testing/serve-node.ts';
import { type ImportCsvOptions, importCsv } from './import-csv.ts';

let node: ServingNode;
let client: NodeClient;

beforeAll(async () => {
  node = await serveNode();
  client = new NodeClient([node.url]);
});
afterAll(async () => {
  client.close();
  await node.stop();
});

const defaults: ImportCsvOptions = {
  zone: parseZone('+08:00'),
  isAligned: false,
  types: new Map(),
  sampleRows: 1000,
  badLinesMax: 100,
  isDryRun: false,
  signal: new AbortController().signal,
};

interface Outcome {
  readonly rows: number;
  readonly bad: number;
  /** What was said. */
  readonly said: string;
  /** What was kept aside. */
  readonly kept: string | undefined;
}

function run(text: string, changed: Partial<ImportCsvOptions> = {}): Promise<Outcome> {
  return inScratchFolder(async (folder) => {
    const path = join(folder, 'data.csv');
    await writeFile(path, text);
    const output = new CollectedOutput();
    const done = await importCsv(path, client, createScreen(output, {}), { ...defaults, ...changed });
    const kept = await readFile(`${path}.bad.csv`, 'utf8').catch(() => undefined);
    const said = output.text.replaceAll(/^ {5}/gm, '');
    return { ...done, said, kept };
  });
}

async function rowsOf(sql: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const some of (await client.query(sql)).blocks) rows.push(...some);
  return rows;
}

describe('CSV', () => {
  it('of paths side by side, with the types that the rows look like', async () => {
    const text = `Time,root.wide.d1.on,root.wide.d1.load,root.wide.d2.serial,root.wide.d2.note
0,true,1,9007199254740993,"a, ""b"""
2026-01-01T08:00:00,false,2.5,1,
2026-01-01T00:00:01Z,,NaN,-2,""
`;
    const { rows, bad, said, kept } = await run(text);
    expect({ rows, bad, kept }).toEqual({ rows: 6, bad: 0, kept: undefined });
    expect(said).toMatchInlineSnapshot(`
      "root.wide.d1.on  BOOLEAN  inferred
      root.wide.d1.load  DOUBLE  inferred
      root.wide.d2.serial  INT64  inferred
      root.wide.d2.note  TEXT  inferred
      "
    `);
    const start = Date.UTC(2026, 0, 1);
    expect(await rowsOf('select on, load from root.wide.d1')).toEqual([
      [0, true, 1],
      [start, false, 2.5],
      [start + 1000, null, 'NaN'],
    ]);
    expect(await rowsOf('select serial, note from root.wide.d2')).toEqual([
      [0, '9007199254740993', 'a, "b"'],
      [start, 1, null],
      [start + 1000, -2, ''],
    ]);
  });

  it('aligned by device, with types in its head and given ones, into aligned devices', async () => {
    const text = 'Time,Device,s1(INT32),s2,s3\r\n1,root.by.d1,7,1,\r\n1,root.by.`d 2`,,2,x\r\n2,root.by.d1,8,,\r\n';
    const { rows, said } = await run(text, { isAligned: true, types: new Map([['s2', DataType.FLOAT]]) });
    expect(rows).toBe(3);
    expect(said).toMatchInlineSnapshot(`
      "s1  INT32  as the file says
      s2  FLOAT  as given
      s3  TEXT  inferred
      "
    `);
    expect(await rowsOf('select s1, s2 from root.by.d1')).toEqual([
      [1, 7, 1],
      [2, 8, null],
    ]);
    expect(await rowsOf('show timeseries root.by.** limit 10')).toHaveLength(4);
    expect(await rowsOf('show devices root.by.**')).toEqual([
      ['root.by.`d 2`', 'true', null, 'INF'],
      ['root.by.d1', 'true', null, 'INF'],
    ]);
  });

  it('keeps lines aside that are wrong, says why, and imports the others', async () => {
    const text = `Time,root.bad.d.count(INT32),root.bad.d.note
1,1,good
x,2,no time
3,three,mixed
4,4
5,99999999999,too large
6,6,"never closed
7,7,good
8,8,"closed"?
9,9,"good
over two lines"
10,,
`;
    const { rows, bad, said, kept } = await run(text);
    expect(said).toMatchInlineSnapshot(`
      "root.bad.d.count  INT32  as the file says
      root.bad.d.note  TEXT  inferred
      line 3: "x" is no time
      line 4: root.bad.d.count: "three" is no INT32
      line 5: 2 columns, and the head has 3
      line 6: root.bad.d.count: "99999999999" is no INT32
      line 7: something stands behind a closing quote
      line 9: something stands behind a closing quote
      "
    `);
    expect({ rows, bad }).toEqual({ rows: 3, bad: 6 });
    expect(kept).toMatchInlineSnapshot(`
      "Time,root.bad.d.count(INT32),root.bad.d.note
      x,2,no time
      3,three,mixed
      4,4
      5,99999999999,too large
      6,6,"never closed
      8,8,"closed"?
      "
    `);
    expect(await rowsOf('select count, note from root.bad.d')).toEqual([
      [1, 1, 'good'],
      [7, 7, 'good'],
      [9, 9, 'good\nover two lines'],
    ]);
  });

  it('gives up when too many lines are wrong', async () => {
    await expect(run(`Time,root.many.d.s(INT32)\n${'x,1\n'.repeat(6)}`, { badLinesMax: 5 })).rejects.toMatchObject({
      code: 'BAD_LINES_OVER_LIMIT',
    });
  });

  it('takes the type of the series that there is', async () => {
    await client.execute('create timeseries root.known.d.s INT64');
    const { said } = await run('Time,root.known.d.s\n1,5\n2,1.5\n');
    expect(said).toContain('root.known.d.s  INT64  as the series is\n');
    expect(said).toContain('line 3: root.known.d.s: "1.5" is no INT64\n');
    const { said: byDevice } = await run('Time,Device,s\n3,root.known.d,5\n');
    expect(byDevice).toContain('s  INT64  as the series is\n');
  });

  it('lets the first value tell the type where the sample has none, and says what is mixed', async () => {
    const { said, rows } = await run('Time,root.late.d.a,root.late.d.b\n1,,1\n2,,n/a\n3,true,2\n', { sampleRows: 2 });
    expect(rows).toBe(3);
    expect(said).toMatchInlineSnapshot(`
      "root.late.d.a  ?  no value yet: the first will tell
      root.late.d.b  TEXT  mixed, such as "1" and "n/a": --types can say otherwise
      "
    `);
    expect(await rowsOf('select a, b from root.late.d')).toEqual([
      [1, null, '1'],
      [2, null, 'n/a'],
      [3, true, '2'],
    ]);
  });

  it('lets the last of equal times count, however many tablets they are in', async () => {
    const lines = Array.from({ length: 60_000 }, (_, at) => `${at % 3},${at}`);
    const { rows } = await run(`Time,root.order.d.s(INT32)\n${lines.join('\n')}\n`);
    expect(rows).toBe(60_000);
    expect(await rowsOf('select s from root.order.d')).toEqual([
      [0, 59_997],
      [1, 59_998],
      [2, 59_999],
    ]);
  });

  it('changes nothing in a dry run', async () => {
    const { rows, bad, kept } = await run('Time,root.dry.d.s\n1,1\n2,x,\n', { isDryRun: true });
    expect({ rows, bad, kept }).toEqual({ rows: 1, bad: 1, kept: undefined });
    expect(await rowsOf('show devices root.dry.**')).toEqual([]);
  });

  it.each([
    ['', 'is empty'],
    ['\ntime\n', 'there are no columns beside the time'],
    ['a,b\n', 'the first line must be'],
    ['Time,s1\n', 'column 2, "s1": this is no path such as root.device.measurement'],
    ['Time,root.d.s(INT)\n', 'column 2, "root.d.s(INT)": there is no type INT'],
    ['Time,root.d.s,root.d.`s`\n', 'there are two columns of root.d.s'],
    ['Time,Device,a.b\n', 'column 3, "a.b": this is no measurement'],
    ['"Time,root.d.s\n', 'a quote that begins here has no end'],
  ])('%j is refused', async (text, reason) => {
    await expect(run(text)).rejects.toMatchObject({ code: 'CSV_BROKEN', message: expect.stringContaining(reason) });
  });
});
