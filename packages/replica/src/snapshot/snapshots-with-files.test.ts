import { beforeEach, describe, expect, test } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { FileJournal, type JournalFolder } from '../host/testing/file-journal.ts';
import type { SnapshotReader, SnapshotReceiver } from '../ports.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { snapshotStoreCases } from './snapshot-store.conformance.ts';
import { positionAt } from './snapshot-testing.ts';
import { type FindState, SnapshotsWithFiles } from './snapshots-with-files.ts';

/** There is nothing in front of it. */
const findState: FindState = async (_, content) => content;

describe('where no group has files, it is the store that it was given', () => {
  const cases = snapshotStoreCases(async () => {
    const disk = new SimulatedDisk();
    return {
      open: async () => new SnapshotsWithFiles(await SnapshotFiles.open({ disk, folder: '/own' }), findState),
      openOther: async () => new SnapshotsWithFiles(await SnapshotFiles.open({ disk, folder: '/other' }), findState),
      dispose: async () => {},
    };
  });
  for (const { name, run } of cases) test(name, run);
});

interface Node {
  readonly store: SnapshotsWithFiles;
  readonly journal: FileJournal;
  readonly folder: JournalFolder;
  readonly disk: SimulatedDisk;
}

/** Each node writes lines of its own. */
let nodes = 0;

async function startNode(folder: JournalFolder = new Map()): Promise<Node> {
  nodes++;
  const disk = new SimulatedDisk();
  const store = new SnapshotsWithFiles(await SnapshotFiles.open({ disk, folder: '/snapshots' }), findState);
  const journal = new FileJournal(folder);
  store.serve(1, journal.files);
  return { store, journal, folder, disk };
}

async function write({ store, journal }: Node, lines: number): Promise<void> {
  const from = journal.lines.length;
  for (let i = 0; i < lines; i++) journal.apply(from + i + 1, Buffer.from(`line ${from + i} of ${nodes}`));
  const writer = await store.create(1, positionAt(from + lines));
  for (const chunk of journal.snapshot()) await writer.write(chunk);
  await writer.finish();
}

async function copy(reader: SnapshotReader, receiver: SnapshotReceiver, chunkBytes: number): Promise<number> {
  let bytes = 0;
  while (receiver.offset < receiver.bytes) {
    const chunk = await reader.read(receiver.offset, Math.min(chunkBytes, receiver.bytes - receiver.offset));
    bytes += chunk.length;
    await receiver.write(chunk);
  }
  return bytes;
}

let one: Node;
let two: Node;

beforeEach(async () => {
  one = await startNode();
  two = await startNode();
});

test('a snapshot is read with its files behind it, and every read gives what was asked for', async () => {
  await write(one, 100);
  const reader = (await one.store.open(1))!;
  expect(reader.bytes).toBeGreaterThan(reader.snapshot.bytes);
  const inOne = await reader.read(0, 1_000_000);
  expect(inOne).toHaveLength(reader.bytes);
  for (let offset = 0; offset < reader.bytes; offset += 333) {
    const piece = await reader.read(offset, 333);
    expect(piece).toHaveLength(Math.min(333, reader.bytes - offset));
    expect(Buffer.from(piece).equals(inOne.subarray(offset, offset + 333))).toBe(true);
  }
  expect(await reader.read(reader.bytes, 10)).toHaveLength(0);
  await reader.close();
});

test('a copy brings the files that are missing, and counts when they are here', async () => {
  await write(one, 100);
  const first = (await one.store.open(1))!;
  const receiver = await two.store.receive(1, first.snapshot);
  const whole = await copy(first, receiver, 500);
  expect(whole).toBe(first.bytes);
  expect(await receiver.finish()).toEqual(first.snapshot);
  await receiver.close();
  await two.journal.restore((await two.store.open(1))!.content());
  expect(two.journal.lines).toEqual(one.journal.lines);
  await write(one, 20);
  const second = (await one.store.open(1))!;
  const next = await two.store.receive(1, second.snapshot);
  expect(await copy(second, next, 500)).toBeLessThan(0.7 * second.bytes);
  await next.finish();
  await next.close();
  // What only the first named is gone once nobody reads it.
  const filesBefore = one.folder.size;
  await first.close();
  expect(one.folder.size).toBeLessThan(filesBefore);
});

test('a copy is not finished without its files', async () => {
  await write(one, 100);
  const reader = (await one.store.open(1))!;
  const receiver = await two.store.receive(1, reader.snapshot);
  await receiver.write(await reader.read(0, reader.snapshot.bytes));
  expect(receiver.offset).toBe(reader.snapshot.bytes);
  expect(receiver.bytes).toBe(reader.bytes);
  // A file that was damaged on its way begins again.
  const damaged = Buffer.from(await reader.read(receiver.offset, 1_000_000));
  damaged[20]! ^= 1;
  await expect(receiver.write(damaged)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  expect(receiver.offset).toBe(reader.snapshot.bytes);
  await receiver.close();
  // Another attempt goes on with the files.
  const again = await two.store.receive(1, reader.snapshot);
  expect(again.offset).toBe(reader.snapshot.bytes);
  await copy(reader, again, 1000);
  await again.finish();
  await again.close();
  expect(two.store.latest(1)).toEqual(reader.snapshot);
});

test('a snapshot whose files are gone is refused as damaged', async () => {
  await write(one, 40);
  one.folder.clear();
  await expect(one.store.open(1)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
});

// Node seed 60009293: its files were gone before they were held for whoever had opened it.
test('one that another takes the place of while it is opened gives way to that', async () => {
  for (let turns = 0; turns < 100; turns++) {
    const [from, to] = [await startNode(), await startNode()];
    await write(from, 60);
    await write(to, 40);
    // What the journal itself has captured last is no help: it is another.
    to.journal.apply(41, Buffer.from('one more'));
    to.journal.snapshot();
    const source = (await from.store.open(1))!;
    const receiver = await to.store.receive(1, source.snapshot);
    await copy(source, receiver, 500);
    const finishing = receiver.finish();
    for (let turn = 0; turn < turns; turn++) await undefined;
    const [reader] = await Promise.all([to.store.open(1), finishing]);
    expect(await reader!.read(0, 1_000_000)).toHaveLength(reader!.bytes);
    await reader!.close();
    const again = (await to.store.open(1))!;
    expect(again.snapshot).toEqual(source.snapshot);
    expect(await again.read(0, 1_000_000)).toHaveLength(again.bytes);
  }
});

test('whether the files of the latest snapshot are here is known before they are served', async () => {
  expect(await one.store.check(1, one.journal.files)).toBeUndefined();
  await write(one, 40);
  expect(await one.store.check(1, one.journal.files)).toBeUndefined();
  one.folder.delete([...one.folder.keys()][1]!);
  expect(await one.store.check(1, one.journal.files)).toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
});

// Node seed 1796110881135: a node whose disk failed one read at its start forgot what it had acknowledged.
test('a disk that refuses to read does not make a snapshot a damaged one', async () => {
  await write(one, 40);
  one.disk.failNext({ operation: 'read', code: 'EIO', path: '/snapshots', skip: 0 });
  await expect(one.store.check(1, one.journal.files)).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
  const files = { ...one.journal.files, check: () => Promise.reject(Object.assign(new Error(), { code: 'EMFILE' })) };
  await expect(one.store.check(1, files)).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
  expect(await one.store.check(1, one.journal.files)).toBeUndefined();
});

test('the files of the latest snapshot stay until another takes its place, or it is removed', async () => {
  await write(one, 40);
  const { size } = one.folder;
  // What the journal itself captured goes with the next capture.
  one.journal.snapshot();
  expect((await one.store.open(1))!.bytes).toBeGreaterThan(0);
  expect(one.folder.size).toBe(size);
  await one.store.remove(1);
  await one.journal.restore(
    (async function* () {
      yield Buffer.from(JSON.stringify({ files: [], checksum: 0 }));
    })(),
  );
});

test('what is damaged is told from what the disk refuses, so that another snapshot takes its place', async () => {
  await write(one, 10);
  const reason = new Error('bits have turned');
  for (const damage of [undefined, reason]) {
    const { files } = one.journal;
    const hold = async (content: Uint8Array) => ({
      ...(await files.hold(content)),
      read: () => Promise.reject(reason),
      damage,
    });
    one.store.forget(1);
    one.store.serve(1, {
      check: (content) => files.check(content),
      receive: (content) => files.receive(content),
      hold,
    });
    const reader = (await one.store.open(1))!;
    await expect(reader.read(reader.snapshot.bytes, 10)).rejects.toMatchObject({
      code: damage === undefined ? 'SNAPSHOT_FAILED' : 'SNAPSHOT_DAMAGED',
      cause: reason,
    });
    await reader.close();
  }
});
