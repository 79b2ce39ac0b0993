// What every peer memory must do, the file and its twin alike; and what the file must survive.

import { describe, expect, test } from 'vitest';
import { writeFile } from '../disk/promises.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { PeerMemory } from '../ports.ts';
import { PeerMemoryFile } from './peer-memory-file.ts';
import { earlierFoldersMax, VolatilePeerMemory } from './volatile-peer-memory.ts';

const path = '/node/peers.json';

async function openFile(disk: SimulatedDisk, damages: string[] = []): Promise<PeerMemoryFile> {
  await disk.createFolder('/node');
  return PeerMemoryFile.open({ disk, path, onDamage: ({ code }) => damages.push(code) });
}

async function textOf(disk: SimulatedDisk): Promise<string> {
  const file = await disk.open(path);
  const bytes = Buffer.alloc(await file.sizeBytes());
  await file.read(bytes, 0);
  await file.close();
  return bytes.toString('utf8');
}

describe.each<[string, () => Promise<PeerMemory>]>([
  ['PeerMemoryFile', () => openFile(new SimulatedDisk())],
  ['VolatilePeerMemory', async () => new VolatilePeerMemory()],
])('%s', (_name, open) => {
  test('knows the folder that a peer has, and those that it had', async () => {
    const memory = await open();
    expect(memory.known(2)).toBeUndefined();
    for (const folder of [5, 5, 6, 7]) await memory.remember(2, folder);
    await memory.remember(3, 2 ** 48);
    expect(memory.known(2)).toEqual({ current: 7, earlier: [5, 6] });
    expect(memory.known(3)).toEqual({ current: 2 ** 48, earlier: [] });
  });

  test('knows at once what it is still about to make durable', async () => {
    const memory = await open();
    const remembered = memory.remember(2, 5);
    expect(memory.known(2)?.current).toBe(5);
    await remembered;
  });

  test('forgets the first of very many folders', async () => {
    const memory = await open();
    for (let folder = 1; folder <= earlierFoldersMax + 2; folder++) await memory.remember(2, folder);
    const { current, earlier } = memory.known(2)!;
    expect([current, earlier.length, earlier[0]]).toEqual([earlierFoldersMax + 2, earlierFoldersMax, 2]);
  });
});

describe('the file', () => {
  test.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'holds after a crash what was remembered before it, and perhaps what was not yet, seed %i',
    async (seed) => {
      const waiting: (() => void)[] = [];
      const disk = new SimulatedDisk({ seed, schedule: (complete) => waiting.push(complete) });
      const turn = async (): Promise<void> => {
        waiting.shift()?.();
        await new Promise(setImmediate);
      };
      const opening = openFile(disk);
      const done: number[] = [];
      // Numbers of very different lengths: what a crash leaves of one file must not become the end of another.
      const folders = [2 ** 48, 7, 2 ** 47, 8];
      void opening.then((memory) => folders.map((folder) => memory.remember(2, folder).then(() => done.push(folder))));
      for (let step = 0; step < seed % 50; step++) await turn();
      const survivor = disk.crash(seed % 3 === 0 ? 'process' : 'power');
      const damages: string[] = [];
      let again: PeerMemoryFile | undefined;
      void openFile(survivor, damages).then((memory) => {
        again = memory;
      });
      for (let step = 0; step < 100 && again === undefined; step++) await turn();
      const known = again?.known(2);
      const found = known === undefined ? [] : [...known.earlier, known.current];
      expect(damages).toEqual([]);
      expect(found).toEqual(folders.slice(0, found.length));
      expect(found.length).toBeGreaterThanOrEqual(done.length);
      let isRemembered = false;
      void again?.remember(3, 1).then(() => {
        isRemembered = true;
      });
      for (let step = 0; step < 100 && !isRemembered; step++) await turn();
      expect(JSON.parse(await readNow(survivor, turn))).toMatchObject({ format: 1 });
    },
  );

  test.each([
    ['nothing', () => ''],
    ['no JSON', (text: string) => text.slice(0, -9)],
    ['a list', () => '[]'],
    ['another format', (text: string) => text.replace('"format":1', '"format":2')],
    ['another folder than was written', (text: string) => text.replace('"folder":77', '"folder":78')],
    ['a folder that is none', (text: string) => text.replace('"folder":77', '"folder":"77"')],
    ['too much', (text: string) => text + ' '.repeat(2 ** 20)],
  ])('that holds %s is as good as none, and says so', async (_what, damage) => {
    const disk = new SimulatedDisk();
    const memory = await openFile(disk);
    await memory.remember(2, 77);
    const damaged = damage(await textOf(disk));
    await disk.remove(path);
    const file = await disk.open(path, { create: true });
    await writeFile(file, Buffer.from(damaged), 0);
    await file.close();
    const damages: string[] = [];
    const again = await openFile(disk, damages);
    expect([damages, again.known(2)]).toEqual([['PEER_MEMORY_DAMAGED'], undefined]);
    await again.remember(2, 78);
    expect((await openFile(disk, damages)).known(2)).toEqual({ current: 78, earlier: [] });
    expect([damages.length, disk.openFiles]).toEqual([1, 0]);
  });

  test('says that the disk failed, and succeeds when it is tried again', async () => {
    const disk = new SimulatedDisk();
    const memory = await openFile(disk);
    disk.failNext({ operation: 'write', path, code: 'ENOSPC' });
    await expect(memory.remember(2, 5)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    await memory.remember(2, 5);
    expect((await openFile(disk)).known(2)?.current).toBe(5);
    disk.failNext({ operation: 'read', path, code: 'EIO' });
    await expect(openFile(disk)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
  });

  test('is written once for what comes together, and not for what is known', async () => {
    const disk = new SimulatedDisk();
    const memory = await openFile(disk);
    const all = Promise.all([2, 3, 4].map((peer) => memory.remember(peer, peer * 10)));
    await memory.close();
    await all;
    disk.failNext({ operation: 'open', path, code: 'EIO' });
    await memory.remember(3, 30);
    disk.failNothing();
    expect((await openFile(disk)).known(4)?.current).toBe(40);
  });
});

async function readNow(disk: SimulatedDisk, turn: () => Promise<void>): Promise<string> {
  let text: string | undefined;
  void textOf(disk).then((read) => {
    text = read;
  });
  for (let step = 0; step < 20 && text === undefined; step++) await turn();
  return text ?? '';
}
