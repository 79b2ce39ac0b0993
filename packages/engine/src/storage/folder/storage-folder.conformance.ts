// What every folder must do while nothing crashes. Cases without a framework, as those of the disk.

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { readWhole, removeIfThere, type StorageFolder, systemCode, writeWhole } from './storage-folder.ts';

async function refuses(work: Promise<unknown>, code: string): Promise<void> {
  equal(await work.then(() => undefined, systemCode), code);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Each is given an empty folder. */
export const storageFolderCases: Readonly<Record<string, (folder: StorageFolder) => Promise<void>>> = {
  'reads what was written, in any piece': async (folder) => {
    const sink = await folder.createSink('a');
    const bytes = Buffer.from('hello ');
    await sink.write(bytes);
    // They are the caller's again.
    bytes.fill(0);
    await sink.write(Buffer.from('world'));
    await sink.finish();
    await folder.sync();
    const source = await folder.openSource('a');
    equal(source.sizeBytes, 11);
    equal(text(await source.read(0, 11)), 'hello world');
    equal(text(await source.read(4, 3)), 'o w');
    equal((await source.read(11, 0)).length, 0);
    await rejects(source.read(5, 7));
    await source.close();
    equal(text(await readWhole(folder, 'a', 11)), 'hello world');
    await rejects(readWhole(folder, 'a', 10), RangeError);
  },

  'lists names in order': async (folder) => {
    deepEqual(await folder.list(), []);
    for (const name of ['b', 'a', 'a.b']) await writeWhole(folder, name, Buffer.from(name));
    deepEqual(await folder.list(), ['a', 'a.b', 'b']);
  },

  'leaves alone what is there': async (folder) => {
    await writeWhole(folder, 'a', Buffer.from('mine'));
    await refuses(folder.createSink('a'), 'EEXIST');
    equal(text(await readWhole(folder, 'a', 100)), 'mine');
  },

  'does not find what is not there': async (folder) => {
    await refuses(folder.openSource('a'), 'ENOENT');
    await refuses(folder.remove('a'), 'ENOENT');
    await refuses(folder.rename('a', 'b'), 'ENOENT');
    await removeIfThere(folder, 'a');
  },

  'a renamed file takes the place of another': async (folder) => {
    await writeWhole(folder, 'old', Buffer.from('old'));
    await writeWhole(folder, 'new', Buffer.from('new'));
    await folder.rename('new', 'old');
    await folder.sync();
    deepEqual(await folder.list(), ['old']);
    equal(text(await readWhole(folder, 'old', 100)), 'new');
  },

  'a removed file stays readable for whoever has it open': async (folder) => {
    await writeWhole(folder, 'a', Buffer.from('still here'));
    const source = await folder.openSource('a');
    await folder.remove('a');
    deepEqual(await folder.list(), []);
    equal(text(await source.read(0, 10)), 'still here');
    await source.close();
  },

  'a file that is given up is gone': async (folder) => {
    const sink = await folder.createSink('a');
    await sink.write(Buffer.from('half'));
    await sink.abort();
    deepEqual(await folder.list(), []);
  },

  'large files, in many pieces': async (folder) => {
    const piece = Buffer.alloc(100_000, 'x');
    const sink = await folder.createSink('a');
    for (let i = 0; i < 20; i++) await sink.write(piece);
    await sink.finish();
    const source = await folder.openSource('a');
    equal(source.sizeBytes, 2_000_000);
    ok((await source.read(1_999_000, 1000)).every((byte) => byte === piece[0]));
    await source.close();
  },
};
