import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openTsFile, textAt } from '@balsa/tsfile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient, type QueryRows } from '../node-client/node-client.ts';
import { inScratchFolder } from '../testing/run-balsa.ts';
import { type ServingNode, serveNode } from '../testing/serve-node.ts';
import { type ExportOptions, type ExportSource, exportFile } from './export-file.ts';

let node: ServingNode;
let client: NodeClient;

beforeAll(async () => {
  node = await serveNode();
  client = new NodeClient([node.url]);
  for (const sql of [
    'create aligned timeseries root.plant.line1(temperature FLOAT, note TEXT)',
    "insert into root.plant.line1(time, temperature, note) aligned values (1, 0.1, 'a,b'), (2, null, ''), (3, -0.0, null)",
    'insert into root.plant.line2(time, temperature, count) values (1, 7, 1), (2, null, 2)',
  ]) {
    await client.execute(sql);
  }
});
afterAll(async () => {
  client.close();
  await node.stop();
});

const options: Omit<ExportOptions, 'output' | 'format'> = {
  replaces: false,
  shape: 'device',
  withTypes: true,
  zone: 'Z',
  signal: new AbortController().signal,
  onRows: () => {},
};
const everything = { from: undefined, to: undefined };

function select(sql: string): ExportSource {
  return { kind: 'select', sql };
}

function csvOf(source: ExportSource, changed: Partial<ExportOptions> = {}): Promise<string> {
  return inScratchFolder(async (folder) => {
    const output = join(folder, 'out.csv');
    await exportFile(client, source, { ...options, output, format: 'csv', ...changed });
    expect(await readdir(folder)).toEqual(['out.csv']);
    return readFile(output, 'utf8');
  });
}

describe('an export to CSV', () => {
  it('of a SELECT', async () => {
    const sql = 'select temperature, note from root.plant.line1';
    expect(await csvOf(select(sql))).toMatchInlineSnapshot(`
      "Time,root.plant.line1.temperature(FLOAT),root.plant.line1.note(TEXT)
      1,0.1,"a,b"
      2,,""
      3,-0,
      "
    `);
    expect(await csvOf(select(`${sql} align by device`))).toMatchInlineSnapshot(`
      "Time,Device,temperature(FLOAT),note(TEXT)
      1,root.plant.line1,0.1,"a,b"
      2,root.plant.line1,,""
      3,root.plant.line1,-0,
      "
    `);
    expect(await csvOf(select('select count(*) from root.plant.line1'), { withTypes: false })).toMatchInlineSnapshot(`
      "count(root.plant.line1.note),count(root.plant.line1.temperature)
      2,2
      "
    `);
  });

  it('of what is below a path, in a range of times', async () => {
    const path = 'root.plant.*.n*';
    expect(await csvOf({ kind: 'path', pattern: path, span: everything })).toMatchInlineSnapshot(`
      "Time,Device,note(TEXT)
      1,root.plant.line1,"a,b"
      2,root.plant.line1,""
      "
    `);
    const span = { from: 2, to: 3 };
    const source: ExportSource = { kind: 'path', pattern: 'root.plant.**', span };
    expect(await csvOf(source, { shape: 'wide' })).toMatchInlineSnapshot(`
      "Time,root.plant.line1.note(TEXT),root.plant.line1.temperature(FLOAT),root.plant.line2.count(DOUBLE),root.plant.line2.temperature(DOUBLE)
      2,"",,2,
      "
    `);
  });

  it('refuses a measurement of several types, which side by side may be', async () => {
    const source: ExportSource = { kind: 'path', pattern: 'root.plant.**', span: everything };
    await expect(csvOf(source)).rejects.toMatchObject({
      code: 'EXPORT_UNFIT',
      message: 'temperature is FLOAT and DOUBLE (root.plant.line2): take --shape wide, or a TsFile',
    });
    expect(await csvOf(source, { shape: 'wide' })).toMatch(/^Time,root\.plant\.line1\.note\(TEXT\),/);
  });
});

describe('an export to a TsFile', () => {
  it.each([
    ['what is below a path', { kind: 'path', pattern: 'root.plant.**', span: everything }],
    ['a SELECT', select('select ** from root.plant')],
    ['a SELECT aligned by device', select('select note from root.plant.* align by device')],
  ] as const)('of %s keeps aligned devices aligned', (_what, source) =>
    inScratchFolder(async (folder) => {
      const output = join(folder, 'out.tsfile');
      await exportFile(client, source, { ...options, output, format: 'tsfile' });
      const reader = await openTsFile(output);
      const roles: string[] = [];
      for await (const { role, measurement } of reader.seriesOf('root.plant.line1'))
        roles.push(`${role} ${measurement}`);
      expect(roles).toEqual(expect.arrayContaining(['time ', 'value note']));
      const notes: unknown[] = [];
      for await (const { times, column } of reader.scan('root.plant.line1', 'note')) {
        for (const [row, time] of times.entries()) notes.push([Number(time), textAt(column.values as never, row)]);
      }
      expect(notes).toEqual([
        [1, 'a,b'],
        [2, ''],
      ]);
      for await (const { role } of reader.seriesOf('root.plant.line2')) expect(role).toBe('plain');
      await reader.close();
    }),
  );

  it.each([
    ['select temperature * 2 from root.plant.line1', '"root.plant.line1.temperature * 2" is none'],
    ['select temperature as t from root.plant.line1', '"t" is none'],
    ['select count(*) from root.plant.line1', 'it has no times'],
    ['select last * from root.plant.line1', 'is none'],
  ])('refuses %s', (sql, reason) =>
    inScratchFolder(async (folder) => {
      const output = join(folder, 'out.tsfile');
      await expect(exportFile(client, select(sql), { ...options, output, format: 'tsfile' })).rejects.toMatchObject({
        code: 'EXPORT_UNFIT',
        message: expect.stringContaining(reason),
      });
      expect(await readdir(folder)).toEqual([]);
    }),
  );
});

describe('the file', () => {
  it('takes the place of no other, unless that is wanted', () =>
    inScratchFolder(async (folder) => {
      const output = join(folder, 'out.csv');
      await writeFile(output, 'mine');
      const source = select('select count from root.plant.line2');
      const exporting = exportFile(client, source, { ...options, output, format: 'csv' });
      await expect(exporting).rejects.toMatchObject({ code: 'FILE_EXISTS' });
      expect(await readFile(output, 'utf8')).toBe('mine');
      await exportFile(client, source, { ...options, output, format: 'csv', replaces: true });
      expect(await readFile(output, 'utf8')).toBe('Time,root.plant.line2.count(DOUBLE)\n1,1\n2,2\n');
    }));

  it.each(['csv', 'tsfile'] as const)(
    'is not there when a %s was not finished, and what was there still is',
    (format) =>
      inScratchFolder(async (folder) => {
        const output = join(folder, 'out');
        await writeFile(output, 'mine');
        const breaking = new BreakingClient([node.url]);
        const source = select('select count from root.plant.line2');
        const exporting = exportFile(breaking, source, { ...options, output, format, replaces: true });
        await expect(exporting).rejects.toThrow('the node is away');
        breaking.close();
        expect(await readdir(folder)).toEqual(['out']);
        expect(await readFile(output, 'utf8')).toBe('mine');
      }),
  );
});

/** Its results break after their first rows. */
class BreakingClient extends NodeClient {
  override async query(sql: string): Promise<QueryRows> {
    const result = await super.query(sql);
    return { ...result, blocks: breakingOff(result.blocks) };
  }
}

async function* breakingOff<Block>(blocks: AsyncIterable<Block>): AsyncGenerator<Block> {
  for await (const block of blocks) {
    yield block;
    throw new Error('the node is away');
  }
}
