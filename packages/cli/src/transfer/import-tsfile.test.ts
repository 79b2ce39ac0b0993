import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binariesOf, createTsFile, DataType as FileType } from '@balsa/tsfile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../node-client/node-client.ts';
import { createScreen } from '../terminal/screen.ts';
import { CollectedOutput } from '../testing/collect-output.ts';
import { inScratchFolder } from '../testing/run-balsa.ts';
import { type ServingNode, serveNode } from '../testing/serve-node.ts';
import { importTsFile } from './import-tsfile.ts';

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

const { signal } = new AbortController();

async function rowsOf(sql: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const some of (await client.query(sql)).blocks) rows.push(...some);
  return rows;
}

describe('a TsFile', () => {
  it('of an official writer is imported', async () => {
    const path = fileURLToPath(new URL('../../../tsfile/testdata/java-v3.tsfile', import.meta.url));
    const { rows } = await importTsFile(path, client, createScreen(new CollectedOutput(), {}), {
      isDryRun: false,
      signal,
    });
    expect(rows).toBeGreaterThan(0);
    const [counted] = (await rowsOf('count timeseries root.**')) as [[number]];
    expect(counted[0]).toBeGreaterThan(0);
  });

  it('has series that are aligned and series that are not', () =>
    inScratchFolder(async (folder) => {
      const path = join(folder, 'some.tsfile');
      const writer = await createTsFile(path);
      const times = Float64Array.of(1, 2);
      await writer.writeSeries('root.file.d', { measurement: 'blob', dataType: FileType.BLOB }, times, {
        values: binariesOf(['a', 'b']),
      });
      await writer.writeSeries('root.file.d', { measurement: 'a b', dataType: FileType.TEXT }, times, {
        values: binariesOf(['a', '']),
      });
      await writer.writeAligned('root.file.aligned', times, [
        {
          schema: { measurement: 's', dataType: FileType.INT32 },
          column: { values: Int32Array.of(1, 0), nulls: Uint8Array.of(2) },
        },
      ]);
      await writer.finish();
      const done = await importTsFile(path, client, createScreen(new CollectedOutput(), {}), {
        isDryRun: false,
        signal,
      });
      expect(done).toEqual({ rows: 5 });
      expect(await rowsOf('select blob from root.file.d')).toEqual([
        [1, 'YQ=='],
        [2, 'Yg=='],
      ]);
      expect(await rowsOf('select `a b` from root.file.d')).toEqual([
        [1, 'a'],
        [2, ''],
      ]);
      expect(await rowsOf('select s from root.file.aligned')).toEqual([[1, 1]]);
      expect(await rowsOf('show devices root.file.aligned')).toEqual([['root.file.aligned', 'true', null, 'INF']]);
    }));

  it.each([
    ['table.t1', 1n, 'is no path from root on'],
    ['root.nano.d', 1_767_225_600_000_000_000n, 'is none in milliseconds'],
  ])('of %s at %i is refused', (device, time, reason) =>
    inScratchFolder(async (folder) => {
      const path = join(folder, 'some.tsfile');
      const writer = await createTsFile(path);
      const schema = { measurement: 's', dataType: FileType.DOUBLE };
      await writer.writeSeries(device, schema, BigInt64Array.of(time), { values: Float64Array.of(1) });
      await writer.finish();
      const screen = createScreen(new CollectedOutput(), {});
      await expect(importTsFile(path, client, screen, { isDryRun: false, signal })).rejects.toMatchObject({
        code: 'TSFILE_UNFIT',
        message: expect.stringContaining(reason),
      });
    }),
  );

  it('changes nothing in a dry run', () =>
    inScratchFolder(async (folder) => {
      const path = join(folder, 'some.tsfile');
      const writer = await createTsFile(path);
      const schema = { measurement: 's', dataType: FileType.DOUBLE };
      await writer.writeSeries('root.dry.d', schema, Float64Array.of(1), { values: Float64Array.of(1) });
      await writer.finish();
      const screen = createScreen(new CollectedOutput(), {});
      expect(await importTsFile(path, client, screen, { isDryRun: true, signal })).toEqual({ rows: 1 });
      expect(await rowsOf('show devices root.dry.**')).toEqual([]);
    }));
});
