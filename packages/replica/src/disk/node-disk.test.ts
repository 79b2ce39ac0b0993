import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diskCases } from './disk.conformance.ts';
import { NodeDisk } from './node-disk.ts';
import { flushFile, writeFile } from './promises.ts';

describe('as a disk', () => {
  const cases = diskCases(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'balsa-disk-'));
    return { disk: new NodeDisk(), folder, dispose: () => rm(folder, { recursive: true }) };
  });
  for (const { name, run } of cases) test(name, run);
});

test('takes a relative path for a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'balsa-disk-'));
  const disk = new NodeDisk();
  await disk.createFolder(relative(process.cwd(), join(folder, 'a', 'b')));
  expect(await disk.list(join(folder, 'a'))).toEqual(['b']);
  await rm(folder, { recursive: true });
});

test.runIf(process.platform === 'linux')('tells what the system answers: a device that is always full', async () => {
  const file = await new NodeDisk().open('/dev/full', { durableWrites: true });
  await expect(writeFile(file, Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
  await expect(flushFile(file)).rejects.toMatchObject({ code: 'EINVAL' });
  await file.close();
});
