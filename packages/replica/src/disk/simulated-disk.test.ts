import { describe, expect, test } from 'vitest';
import { diskCases } from './disk.conformance.ts';
import type { DiskFile } from './disk.ts';
import { flushFile, readWholeFile, writeFile } from './promises.ts';
import { type SimulatedCrash, SimulatedDisk } from './simulated-disk.ts';

describe('as a disk', () => {
  const cases = diskCases(async () => {
    const disk = new SimulatedDisk();
    await disk.createFolder('/folder');
    return { disk, folder: '/folder', dispose: async () => {} };
  });
  for (const { name, run } of cases) test(name, run);
});

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

/** What a file of two sectors holds after old bytes were flushed, new ones written by `overwrite`, and a crash. */
async function survivors(
  kind: SimulatedCrash,
  overwrite: (file: DiskFile) => Promise<void> | undefined,
  durable = false,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const seed of seeds) {
    const disk = new SimulatedDisk({ seed });
    const file = await disk.open('/file', { create: true, durableWrites: durable });
    await writeFile(file, Buffer.alloc(8192, 'o'), 0);
    await flushFile(file);
    await disk.syncFolder('/');
    // Even a moment's wait would let a write under way complete.
    const completion = overwrite(file);
    if (completion !== undefined) await completion;
    const after = await disk.crash(kind).open('/file');
    const bytes = await readWholeFile(after, 8192);
    found.add([bytes.subarray(0, 4096), bytes.subarray(4096)].map(describeSector).join(' '));
  }
  return found;
}

function describeSector(bytes: Buffer): string {
  const isOld = bytes.includes('o');
  const isNew = bytes.includes('n');
  return isOld && isNew ? 'torn' : isNew ? 'new' : 'old';
}

const newBytes = Buffer.alloc(8192, 'n');

function startWrite(file: DiskFile): undefined {
  file.write(newBytes, 0, () => expect.unreachable('the write completed'));
}

describe('a power failure', () => {
  test('loses, keeps or tears each unflushed sector on its own', async () => {
    const found = await survivors('power', (file) => writeFile(file, newBytes, 0));
    expect(found).toContain('old old');
    expect(found).toContain('new new');
    expect(found).toContain('old new');
    expect(found).toContain('torn old');
  });

  test('leaves alone what was flushed, or written durably', async () => {
    const flushed = await survivors('power', async (file) => {
      await writeFile(file, newBytes, 0);
      await flushFile(file);
    });
    expect([...flushed]).toEqual(['new new']);
    expect([...(await survivors('power', (file) => writeFile(file, newBytes, 0), true))]).toEqual(['new new']);
  });

  test('does as it likes with a durable write under way', async () => {
    const found = await survivors('power', startWrite, true);
    expect(found).toContain('old old');
    expect(found).toContain('new new');
    expect(found).toContain('old new');
    expect(found).toContain('torn new');
  });

  test('reveals that a failed flush forgot what it should have written, whatever later ones said', async () => {
    for (const seed of seeds) {
      const disk = new SimulatedDisk({ seed });
      const file = await disk.open('/file', { create: true });
      await disk.syncFolder('/');
      await writeFile(file, newBytes, 0);
      disk.failNext({ operation: 'flush', code: 'EIO' });
      await expect(flushFile(file)).rejects.toMatchObject({ code: 'EIO' });
      await flushFile(file);
      expect(disk.contentOf('/file')).toHaveLength(8192);
      expect(disk.crash('power').contentOf('/file').includes('n')).toBe(false);
    }
  });

  test('loses names that were not synced, each on its own', async () => {
    const found = new Set<string>();
    for (const seed of seeds) {
      const disk = new SimulatedDisk({ seed });
      await disk.open('/kept', { create: true });
      await disk.open('/removed', { create: true });
      await disk.syncFolder('/');
      await disk.open('/created', { create: true });
      await disk.remove('/removed');
      found.add((await disk.crash('power').list('/')).join(' '));
    }
    expect([...found].sort()).toEqual(['created kept', 'created kept removed', 'kept', 'kept removed']);
  });
});

test('the death of a process loses only what was under way', async () => {
  expect([...(await survivors('process', (file) => writeFile(file, newBytes, 0)))]).toEqual(['new new']);
  const found = await survivors('process', startWrite);
  expect(found).toContain('torn old');
  expect(found).toContain('new torn');
});

test('nothing completes after a crash, and nothing is accepted', async () => {
  const disk = new SimulatedDisk();
  const file = await disk.open('/file', { create: true });
  const late = [disk.list('/'), file.read(Buffer.alloc(1), 0)];
  const after = disk.crash('power');
  late.push(disk.list('/'));
  file.write(newBytes, 0, () => expect.unreachable());
  const winner = await Promise.race([...late, new Promise((resolve) => setImmediate(resolve, 'nothing'))]);
  expect(winner).toBe('nothing');
  expect(await after.list('/')).not.toContain('other');
});

test('the same seed leaves the same bytes', async () => {
  const run = async (): Promise<Buffer> => {
    const disk = new SimulatedDisk({ seed: 5 });
    const file = await disk.open('/file', { create: true });
    await disk.syncFolder('/');
    await writeFile(file, newBytes, 0);
    return disk.crash('power').contentOf('/file');
  };
  expect(await run()).toEqual(await run());
});

test('the owner decides in which order operations complete', async () => {
  const waiting: (() => void)[] = [];
  const disk = new SimulatedDisk({ schedule: (complete) => waiting.push(complete) });
  const opening = disk.open('/file', { create: true });
  waiting.shift()?.();
  const file = await opening;
  const order: string[] = [];
  file.write(Buffer.from('first'), 0, () => order.push('first'));
  file.write(Buffer.from('later'), 0, () => order.push('later'));
  waiting.pop()?.();
  waiting.pop()?.();
  expect(order).toEqual(['later', 'first']);
  expect(disk.contentOf('/file').toString()).toBe('first');
});

test('notices bytes that change while they are being written', async () => {
  const waiting: (() => void)[] = [];
  const disk = new SimulatedDisk({ schedule: (complete) => waiting.push(complete) });
  const opening = disk.open('/file', { create: true });
  waiting.shift()?.();
  const bytes = Buffer.from('stay');
  (await opening).write(bytes, 0, () => {});
  bytes[0] = 0;
  expect(() => waiting.shift()?.()).toThrow('changed while they were being written');
});

test('is full at its capacity, but existing bytes can be written again', async () => {
  const disk = new SimulatedDisk({ capacityBytes: 10_000 });
  const file = await disk.open('/file', { create: true });
  await writeFile(file, newBytes, 0);
  expect(await disk.freeBytes('/')).toBe(10_000 - 8192);
  await expect(writeFile(file, newBytes, 8192)).rejects.toMatchObject({ code: 'ENOSPC' });
  await writeFile(file, Buffer.from('again'), 0);
  expect(disk.contentOf('/file').toString('latin1', 0, 5)).toBe('again');
});

test('a fault hits the operation, the path and the occurrence it is meant for', async () => {
  const disk = new SimulatedDisk();
  const [a, b] = await Promise.all([disk.open('/a', { create: true }), disk.open('/b', { create: true })]);
  disk.failNext({ operation: 'write', path: '/a', code: 'EIO', skip: 1 });
  await writeFile(b, newBytes, 0);
  await writeFile(a, newBytes, 0);
  await expect(writeFile(a, newBytes, 0)).rejects.toMatchObject({ code: 'EIO' });
  await writeFile(a, newBytes, 0);
});

test('moves no file between folders', async () => {
  const disk = new SimulatedDisk();
  await disk.createFolder('/folder');
  await disk.open('/file', { create: true });
  await expect(disk.rename('/file', '/folder/file')).rejects.toMatchObject({ code: 'EXDEV' });
});

test('counts the files that nobody has closed', async () => {
  const disk = new SimulatedDisk();
  const first = await disk.open('/file', { create: true });
  const second = await disk.open('/file');
  await expect(disk.open('/missing')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(disk.openFiles).toBe(2);
  await first.close();
  await first.close();
  expect(disk.openFiles).toBe(1);
  await second.close();
  expect(disk.openFiles).toBe(0);
});
