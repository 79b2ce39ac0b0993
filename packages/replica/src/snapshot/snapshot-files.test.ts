import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32c } from '@balsa/wire';
import { beforeEach, describe, expect, test } from 'vitest';
import { NodeDisk } from '../disk/node-disk.ts';
import { flushFile, writeFile } from '../disk/promises.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { SnapshotStore } from '../ports.ts';
import { encodeEnd } from './layout.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { snapshotStoreCases } from './snapshot-store.conformance.ts';
import { contentOf, fileOf, makeSnapshot, pattern, positionAt, send } from './snapshot-testing.ts';

describe('on the real disk', () => {
  const cases = snapshotStoreCases(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'balsa-snapshots-'));
    const disk = new NodeDisk();
    const others: SnapshotStore[] = [];
    return {
      open: () => SnapshotFiles.open({ disk, folder: `${folder}/own` }),
      openOther: async () => {
        others.push(await SnapshotFiles.open({ disk, folder: `${folder}/other` }));
        return others[0]!;
      },
      dispose: async () => {
        for (const other of others) await other.close();
        await rm(folder, { recursive: true });
      },
    };
  });
  for (const { name, run } of cases) test(name, run);
});

describe('on the simulated disk', () => {
  const cases = snapshotStoreCases(async () => {
    const disk = new SimulatedDisk();
    return {
      open: () => SnapshotFiles.open({ disk, folder: '/own' }),
      openOther: () => SnapshotFiles.open({ disk, folder: '/other' }),
      dispose: async () => {},
    };
  });
  for (const { name, run } of cases) test(name, run);
});

const folder = '/snapshots';
const headerBytes = 96;
const chunkBytes = 256 * 1024 + 8;

let disk: SimulatedDisk;
let lastId: number;

beforeEach(() => {
  disk = new SimulatedDisk();
  lastId = 0;
});

function open(): Promise<SnapshotFiles> {
  return SnapshotFiles.open({ disk, folder, drawId: () => ++lastId });
}

function names(): string[] {
  return disk
    .files()
    .filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length + 1));
}

async function put(name: string, bytes: Buffer): Promise<void> {
  await disk.createFolder(folder);
  const file = await disk.open(`${folder}/${name}`, { create: true });
  await writeFile(file, bytes, 0);
  await flushFile(file);
  await file.close();
  await disk.syncFolder(folder);
}

describe('the files', () => {
  test('are these bytes, for good', async () => {
    const store = await open();
    await makeSnapshot(store, 7, 258, Buffer.from('content'));
    expect((await fileOf(store, 7)).toString('hex')).toBe(
      [
        '42534e50 a9b1669e 01000000 07000000', // magic, checksum, version, group
        '0100000000000000 0201000000000000 0301000000000000', // id, index, term
        '30000000 00000000', // length of the configuration
        '01 00 03 00 01 000000 0000000000000000', // configuration
        '0100000000000000 0200000000000000 0300000000000000 0c01000000000000',
        '9be2cb96 07000000 636f6e74656e74', // a chunk
        '844bd573 00000000 0700000000000000 0100000000000000', // the end
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  test('have names that tell group and order; ids come from whoever draws them', async () => {
    const store = await open();
    await makeSnapshot(store, 7, 1, pattern(10));
    const { id } = await makeSnapshot(store, 4_294_967_295, 1, pattern(10));
    await makeSnapshot(store, 7, 2, pattern(10));
    expect(id).toBe(2);
    expect(names()).toEqual(['group-4294967295.4.snapshot', 'group-7.6.snapshot']);
  });

  test('of a reader that is left behind go when it is closed', async () => {
    const store = await open();
    await makeSnapshot(store, 7, 1, pattern(10));
    const [first, second] = [await store.open(7), await store.open(7)];
    await makeSnapshot(store, 7, 2, pattern(10));
    await first!.close();
    expect(names()).toHaveLength(2);
    await second!.close();
    expect(names()).toHaveLength(1);
    expect(disk.openFiles).toBe(0);
  });

  test('are durable bit by bit while they are written or received', async () => {
    const flushed: string[] = [];
    class Watched extends SimulatedDisk {
      override startFlush(...args: Parameters<SimulatedDisk['startFlush']>): void {
        flushed.push(args[0]);
        super.startFlush(...args);
      }
    }
    disk = new Watched();
    const store = await open();
    const snapshot = await makeSnapshot(store, 1, 5, Buffer.alloc(20 * 1024 * 1024), 1024 * 1024);
    expect(flushed.filter((path) => path.endsWith('.new'))).toHaveLength(3);
    const receiver = await store.receive(2, { ...snapshot, id: 99 });
    await expect(receiver.write(Buffer.alloc(1000))).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
    const other = await SnapshotFiles.open({ disk, folder: '/other' });
    await send(await other.receive(1, snapshot), await fileOf(store, 1), 1024 * 1024);
    expect(flushed.filter((path) => path.endsWith('.partial'))).toHaveLength(2);
    await store.close();
    await other.close();
    expect(disk.openFiles).toBe(0);
  });
});

describe('what an earlier process left', () => {
  test('is removed if nobody can use it, and left alone if it is not ours', async () => {
    const store = await open();
    await makeSnapshot(store, 1, 10, pattern(10));
    const file = await fileOf(store, 1);
    await store.close();
    const [own] = names();
    const foreign = [
      'group-01.partial',
      'group-1.01.snapshot',
      'group-1.snapshot',
      'group-5000000000.1.snapshot',
      'group-1.2.new.txt',
      'notes.txt',
      'group-x.partial',
    ];
    for (const name of foreign) await put(name, Buffer.from('mine'));
    await put('group-1.9.new', file);
    await put('group-1.1.snapshot', file);
    // Copies: of nothing that is newer, of another group, without a whole header.
    await put('group-1.partial', file);
    await put('group-2.partial', file);
    await put('group-3.partial', file.subarray(0, headerBytes - 1));
    const again = await open();
    expect(names()).toEqual([own!, ...foreign].sort());
    expect(again.groups()).toEqual([1]);
    expect(again.damage(1)).toBeUndefined();
  });

  test('of a snapshot that has a successor does not matter, damaged or not', async () => {
    await makeSnapshot(await open(), 1, 10, pattern(10));
    await put('group-1.1.snapshot', Buffer.from('damaged'));
    const store = await open();
    expect(store.damage(1)).toBeUndefined();
    expect(store.latest(1)?.index).toBe(10);
    expect(names()).toHaveLength(1);
  });

  test('of a copy that is longer than it should be is not gone on with', async () => {
    const other = await SnapshotFiles.open({ disk, folder: '/other' });
    const snapshot = await makeSnapshot(other, 1, 10, pattern(1000));
    const file = await fileOf(other, 1);
    await put('group-1.partial', Buffer.concat([file.subarray(0, 500), Buffer.alloc(1000)]));
    const store = await open();
    const receiver = await store.receive(1, snapshot);
    expect(receiver.offset).toBe(0);
    await send(receiver, file, 100);
    await receiver.finish();
    expect(disk.contentOf(`${folder}/${names()[0]}`).equals(file)).toBe(true);
  });

  test('of a newer version is refused, not damaged', async () => {
    await makeSnapshot(await open(), 1, 10, pattern(10));
    const [name] = names();
    const bytes = disk.contentOf(`${folder}/${name}`);
    bytes.writeUInt32LE(2, 8);
    bytes.writeUInt32LE(crc32c(bytes.subarray(8, headerBytes)), 4);
    await put(name!, bytes);
    await expect(open()).rejects.toMatchObject({ code: 'RECORD_UNKNOWN' });
    await disk.rename(`${folder}/${name}`, `${folder}/group-1.partial`);
    const store = await open();
    expect(store.groups()).toEqual([]);
    expect(disk.openFiles).toBe(0);
  });
});

describe('a damaged snapshot', () => {
  const content = pattern(600_000);

  /** Where a file of three chunks has something of each kind, and some places between. */
  function places(length: number): number[] {
    const starts = [0, headerBytes, headerBytes + chunkBytes, headerBytes + 2 * chunkBytes, length - 24];
    const near = starts.flatMap((start) => Array.from({ length: 48 }, (_, i) => start + i));
    const between = Array.from({ length: 40 }, (_, i) => Math.floor((i * length) / 40) + 3);
    return [...near, ...between].filter((at) => at < length);
  }

  test('does not count, whatever bit of it is wrong; the report names file and place', async () => {
    const { bytes } = await makeSnapshot(await open(), 1, 10, content);
    const [name] = names();
    for (const at of places(bytes)) {
      disk.flipBit(`${folder}/${name}`, at * 8 + (at % 8));
      const store = await open();
      const message = store.damage(1)?.message;
      expect(message, `byte ${at}`).toMatch(`snapshot damaged at ${folder}/${name}, offset `);
      const offset = Number(/offset (\d+)/.exec(message!)![1]);
      expect([offset <= at, offset > at - chunkBytes]).toEqual([true, true]);
      expect(store.damage(1)).toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
      expect(store.latest(1)).toBeUndefined();
      expect(names()).toEqual([name]);
      disk.flipBit(`${folder}/${name}`, at * 8 + (at % 8));
    }
    const store = await open();
    expect((await contentOf(store, 1))!.equals(content)).toBe(true);
    expect(disk.openFiles).toBe(0);
  });

  test('nor one that was cut, or is longer', async () => {
    const { bytes } = await makeSnapshot(await open(), 1, 10, content);
    const [name] = names();
    const file = disk.contentOf(`${folder}/${name}`);
    await put(name!, Buffer.concat([file, Buffer.alloc(1)]));
    expect((await open()).damage(1)?.message).toContain('bytes follow its end');
    for (const at of [...places(bytes), bytes].sort((a, b) => b - a)) {
      disk.truncate(`${folder}/${name}`, at);
      expect((await open()).damage(1)?.code, `cut to ${at}`).toBe(at === bytes ? undefined : 'SNAPSHOT_DAMAGED');
    }
  });

  test('nor one whose pieces are sound, but not in their place', async () => {
    const store = await open();
    await makeSnapshot(store, 1, 10, content);
    const file = await fileOf(store, 1);
    await makeSnapshot(store, 2, 10, content);
    const other = await fileOf(store, 2);
    const [first, second, rest, end] = [
      file.subarray(headerBytes, headerBytes + chunkBytes),
      file.subarray(headerBytes + chunkBytes, headerBytes + 2 * chunkBytes),
      file.subarray(headerBytes + 2 * chunkBytes, file.length - 24),
      file.subarray(file.length - 24),
    ];
    const header = file.subarray(0, headerBytes);
    for (const pieces of [
      [header, second, first, rest, end],
      [header, first, second, end],
      [header, first, second, second, rest, end],
      [other.subarray(0, headerBytes), first, second, rest, end],
      [header, first, second, rest, other.subarray(other.length - 24)],
    ]) {
      await put('group-1.99.snapshot', Buffer.concat(pieces));
      const damaged = await open();
      expect(damaged.damage(1)).toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
      expect(damaged.latest(1)).toMatchObject({ id: 1 });
      await disk.remove(`${folder}/group-1.99.snapshot`);
    }
    await put('group-3.99.snapshot', file);
    expect((await open()).damage(3)?.message).toContain('it is of group 1');
  });

  test('nor one whose end counts otherwise', async () => {
    const store = await open();
    await makeSnapshot(store, 1, 10, content);
    const file = await fileOf(store, 1);
    const lastChunk = headerBytes + 2 * chunkBytes;
    for (const end of [
      { contentBytes: content.length, chunks: 2 },
      { contentBytes: content.length - 1, chunks: 3 },
    ]) {
      const sealed = encodeEnd(end, file.readUInt32LE(lastChunk));
      await put('group-1.99.snapshot', Buffer.concat([file.subarray(0, file.length - 24), sealed]));
      expect((await open()).damage(1)?.message).toContain('its end counts otherwise');
    }
  });

  test('leaves the one before it, until a newer one takes their place', async () => {
    await makeSnapshot(await open(), 1, 10, pattern(10));
    await put('group-1.90.snapshot', Buffer.from('damaged'));
    await put('group-1.80.snapshot', Buffer.from('damaged'));
    const store = await open();
    expect(store.latest(1)?.index).toBe(10);
    expect(store.damage(1)?.message).toContain('group-1.90');
    expect(names()).toHaveLength(3);
    await makeSnapshot(store, 1, 20, pattern(20));
    expect(store.damage(1)).toBeUndefined();
    expect(names()).toEqual(['group-1.92.snapshot']);
  });

  test('is removed with the group', async () => {
    await put('group-1.90.snapshot', Buffer.from('damaged'));
    const store = await open();
    expect(store.groups()).toEqual([1]);
    await store.remove(1);
    expect(store.groups()).toEqual([]);
    expect(store.damage(1)).toBeUndefined();
    expect(names()).toEqual([]);
  });

  test('is noticed by whoever reads it', async () => {
    const store = await open();
    await makeSnapshot(store, 1, 10, content);
    const [name] = names();
    disk.flipBit(`${folder}/${name}`, (headerBytes + chunkBytes + 5000) * 8);
    const reader = await store.open(1);
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of reader!.content()) bytes += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
    expect(bytes).toBe(chunkBytes - 8);
    // Another of the same index may take its place.
    await makeSnapshot(store, 1, 10, content);
    expect((await contentOf(store, 1))!.equals(content)).toBe(true);
    await reader!.close();
  });

  test('with a number beyond 2^53, or of no entry, is one whose checksum proves nothing', async () => {
    await makeSnapshot(await open(), 1, 10, pattern(10));
    const [name] = names();
    const intact = disk.contentOf(`${folder}/${name}`);
    const numbers = [0n, 2n ** 53n, 2n ** 64n - 1n];
    const wrong = [16, 24, 32].flatMap((offset) => numbers.map((number) => [offset, number] as const));
    // The last: bytes that should be zero behind the length of the configuration.
    for (const [offset, number] of [...wrong, [40, 48n + 2n ** 32n] as const]) {
      const bytes = Buffer.from(intact);
      bytes.writeBigUInt64LE(number, offset);
      bytes.writeUInt32LE(crc32c(bytes.subarray(8, headerBytes)), 4);
      await put(name!, bytes);
      expect((await open()).damage(1)?.message, `${number} at ${offset}`).toContain('the header is damaged');
    }
  });

  test('takes no memory that its bytes do not need', async () => {
    const { bytes } = await makeSnapshot(await open(), 1, 10, pattern(10));
    const [name] = names();
    for (const at of [40, headerBytes + 4]) {
      const file = disk.contentOf(`${folder}/${name}`);
      file.writeUInt32LE(0xffff_ffff, at);
      await put('group-2.50.snapshot', file);
      expect((await open()).damage(2)?.code).toBe('SNAPSHOT_DAMAGED');
      const store = await open();
      const receiver = await store.receive(3, { ...positionAt(10), id: 1, bytes });
      await expect(receiver.write(file)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
      await store.close();
    }
  });
});

describe('a full disk', () => {
  test('ends a snapshot that is being made, and leaves room for the next', async () => {
    disk = new SimulatedDisk({ capacityBytes: 1_000_000 });
    const store = await open();
    const first = await makeSnapshot(store, 1, 10, pattern(300_000));
    const writer = await store.create(1, positionAt(20));
    await expect(writer.write(pattern(900_000))).rejects.toThrow('ENOSPC');
    await expect(writer.finish()).rejects.toMatchObject({ code: 'STOPPED' });
    expect(store.latest(1)).toEqual(first);
    expect(names()).toHaveLength(1);
    await makeSnapshot(store, 1, 30, pattern(500_000));
    expect(store.latest(1)?.index).toBe(30);
  });

  test('lets a copy wait for room', async () => {
    const other = await SnapshotFiles.open({ disk: new SimulatedDisk(), folder });
    const snapshot = await makeSnapshot(other, 1, 10, pattern(700_000));
    const file = await fileOf(other, 1);
    disk = new SimulatedDisk({ capacityBytes: 400_000 });
    const store = await open();
    const receiver = await store.receive(1, snapshot);
    await expect(send(receiver, file, 100_000)).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
    await expect(receiver.write(file)).rejects.toMatchObject({ code: 'STOPPED' });
    disk.capacityBytes = 2_000_000;
    const again = await store.receive(1, snapshot);
    expect(again.offset).toBe(headerBytes + chunkBytes);
    await send(again, file, 100_000);
    await again.finish();
    expect((await contentOf(store, 1))!.equals(pattern(700_000))).toBe(true);
  });
});

test('what is no position is refused before a file is made', async () => {
  const store = await open();
  await expect(store.create(1, { ...positionAt(0) })).rejects.toThrow(RangeError);
  await expect(store.create(1, { ...positionAt(1), term: 0 })).rejects.toThrow(RangeError);
  const configuration = { ...positionAt(1).configuration, voters: [] };
  await expect(store.create(1, { ...positionAt(1), configuration })).rejects.toThrow(RangeError);
  expect(names()).toEqual([]);
  expect(store.groups()).toEqual([]);
});

test.each(['open', 'read', 'createFolder', 'syncFolder', 'remove'] as const)(
  'a failed %s at the start is reported, and leaves nothing open',
  async (operation) => {
    await makeSnapshot(await open(), 1, 10, pattern(10));
    await put('group-1.1.snapshot', pattern(10));
    await put('group-2.partial', pattern(10));
    const openFiles = disk.openFiles;
    for (let skip = 0; skip < 4; skip++) {
      disk.failNext({ operation, code: 'EIO', skip });
      const opening = open();
      if (skip === 0) await expect(opening).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
      else await opening.catch(() => {});
      disk.failNothing();
      expect(disk.openFiles).toBe(openFiles);
    }
    expect((await open()).latest(1)?.index).toBe(10);
  },
);

test('what could not be removed when its successor came goes with the group', async () => {
  const store = await open();
  await makeSnapshot(store, 1, 10, pattern(10));
  await makeSnapshot(store, 11, 10, pattern(10));
  disk.failNext({ operation: 'remove', code: 'EIO' });
  await makeSnapshot(store, 1, 20, pattern(10));
  expect(names()).toHaveLength(3);
  await store.remove(1);
  expect(names()).toEqual(['group-11.4.snapshot']);
});

test('a failed removal of a group is reported, and can be tried again', async () => {
  const store = await open();
  await makeSnapshot(store, 1, 10, pattern(10));
  for (const operation of ['remove', 'syncFolder'] as const) {
    disk.failNext({ operation, code: 'EIO' });
    await expect(store.remove(1)).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
  }
  await store.remove(1);
  expect(names()).toEqual([]);
});

test('a reader that cannot be opened holds nothing', async () => {
  const store = await open();
  await makeSnapshot(store, 1, 10, pattern(10));
  disk.failNext({ operation: 'open', code: 'EMFILE' });
  await expect(store.open(1)).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
  await makeSnapshot(store, 1, 20, pattern(10));
  expect(names()).toHaveLength(1);
});
