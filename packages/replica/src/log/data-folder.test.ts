import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32c } from '@balsa/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NodeDisk } from '../disk/node-disk.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { DataFolder, type DataFolderOptions } from './data-folder.ts';
import { type FolderLock, lockAddress, lockAddressOf } from './folder-lock.ts';

let parent: string;
let path: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'balsa-folder-'));
  path = join(parent, 'nested', 'node-1');
});

afterEach(() => rm(parent, { recursive: true }));

function options(overrides: Partial<DataFolderOptions> = {}): DataFolderOptions {
  return { disk: new NodeDisk(), path, cluster: 'farm', nodeId: 1, freeBytesMin: 0, ...overrides };
}

test('makes the folder once, and opens it again', async () => {
  const first = await DataFolder.open(options());
  expect(first.isNew).toBe(true);
  const hardStates = await first.openHardStates();
  await hardStates.save(1, { term: 2, votedFor: 1, incident: 0 });
  await hardStates.close();
  await first.close();
  const second = await DataFolder.open(options());
  expect(second.isNew).toBe(false);
  const again = await second.openHardStates();
  expect(again.current(1)).toEqual({ term: 2, votedFor: 1, incident: 0 });
  await again.close();
  await second.close();
});

describe('what tells a folder from all others', () => {
  test('is drawn when it is made, and stays', async () => {
    const draws = [17, 18];
    const drawFolderId = () => draws.shift()!;
    const first = await DataFolder.open(options({ drawFolderId }));
    expect(first.identity).toEqual({ id: 17, replacesLostDisk: false });
    await first.close();
    const again = await DataFolder.open(options({ drawFolderId, replacesLostDisk: true }));
    expect(again.identity).toEqual({ id: 17, replacesLostDisk: false });
    await again.close();
    await rm(path, { recursive: true });
    const replacement = await DataFolder.open(options({ drawFolderId, replacesLostDisk: true }));
    await replacement.close();
    const later = await DataFolder.open(options({ drawFolderId }));
    expect([replacement.identity, later.identity]).toEqual([
      { id: 18, replacesLostDisk: true },
      { id: 18, replacesLostDisk: true },
    ]);
    await later.close();
  });

  test('is drawn at random, from 1 to 2^48', async () => {
    const ids = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const folder = await DataFolder.open(options());
      ids.add(folder.identity.id);
      await folder.close();
      await rm(path, { recursive: true });
    }
    expect(ids.size).toBe(20);
    for (const id of ids) expect(Number.isSafeInteger(id) && id >= 1 && id <= 2 ** 48).toBe(true);
  });
});

describe('the lock', () => {
  test('keeps others out until it is released, whatever path they take', async () => {
    const folder = await DataFolder.open(options());
    await symlink(path, join(parent, 'alias'));
    for (const alias of [path, join(parent, 'alias')]) {
      const refused = DataFolder.open(options({ path: alias }));
      await expect(refused).rejects.toMatchObject({ code: 'DATA_FOLDER_LOCKED' });
      await expect(DataFolder.open(options({ path: alias }))).rejects.toThrow(`process ${process.pid}`);
    }
    await folder.close();
    await (await DataFolder.open(options())).close();
  });

  test('ends with its owner, even by SIGKILL', async () => {
    await (await DataFolder.open(options())).close();
    const address = await lockAddressOf(path, process.platform);
    const script = `require('node:net').createServer((s) => s.end(process.pid + '\\n'))
      .listen(process.argv[1].replace('@', '\\0'), () => process.send('locked'))`;
    const child = fork('-e', [script, address.replace('\0', '@')], { execArgv: [], execPath: process.execPath });
    await once(child, 'message');
    await expect(DataFolder.open(options())).rejects.toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await DataFolder.open(options())).close();
  });

  test('as a socket file, it outlives nobody either', async () => {
    const address = join(parent, 'socket.lock');
    const lock = await lockAddress(address);
    expect(await lockAddress(address)).toEqual({ processId: process.pid });
    await (lock as FolderLock).release();
    // What a killed owner leaves behind: a socket that nobody listens on.
    const script = `require('node:net').createServer().listen(process.argv[1], () => process.send('bound'))`;
    const child = fork('-e', [script, address], { execArgv: [], execPath: process.execPath });
    await once(child, 'message');
    expect(await lockAddress(address)).toEqual({ processId: undefined });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = await lockAddress(address);
    expect(again).toHaveProperty('release');
    await (again as FolderLock).release();
  });

  test('has a name on every platform', async () => {
    expect(await lockAddressOf(parent, 'linux')).toMatch(/^\0balsa-data-folder-\d+-\d+$/);
    expect(await lockAddressOf(parent, 'win32')).toMatch(/^\\\\\.\\pipe\\balsa-data-folder-\d+-\d+$/);
    expect(await lockAddressOf(parent, 'darwin')).toMatch(/balsa-data-folder-\d+-\d+\.lock$/);
  });
});

describe('refuses', () => {
  test.each([{ nodeId: 2 }, { cluster: 'barn' }])('the folder of another node or cluster: %o', async (other) => {
    await (await DataFolder.open(options())).close();
    await expect(DataFolder.open(options(other))).rejects.toMatchObject({ code: 'DATA_FOLDER_FOREIGN' });
    await (await DataFolder.open(options())).close();
  });

  test('a path that is, or leads through, a file', async () => {
    await writeFile(join(parent, 'file'), 'text');
    for (const wrong of ['file', 'file/below']) {
      const refused = DataFolder.open(options({ path: join(parent, wrong) }));
      await expect(refused).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    }
  });

  test('a full disk', async () => {
    const refused = DataFolder.open(options({ freeBytesMin: Number.MAX_SAFE_INTEGER }));
    await expect(refused).rejects.toThrow(/DATA_FOLDER_UNUSABLE|the disk is full/);
  });

  test.each([
    ['{"identity":{"format":2', 'damaged'],
    ['{"identity":{"format":2,"cluster":"farm"},"crc32c":1}', 'damaged'],
    [sealed({ format: 2, cluster: 'farm' }), 'damaged'],
    [sealed({ format: 2, cluster: 'farm', nodeId: 1 }), 'damaged'],
    [sealed({ format: 2, cluster: 'farm', nodeId: 1, folder: 0, replacesLostDisk: false }), 'damaged'],
    [sealed({ format: 9, cluster: 'farm', nodeId: 1, folder: 5, replacesLostDisk: false }), 'format 9'],
    ['null', 'damaged'],
    ['x'.repeat(5000), 'damaged'],
  ])('an identity that is %s', async (text, reason) => {
    await (await DataFolder.open(options())).close();
    await writeFile(join(path, 'identity.json'), text);
    const refused = DataFolder.open(options());
    await expect(refused).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    await expect(DataFolder.open(options())).rejects.toThrow(reason);
  });

  test('an identity of which a bit has flipped, rather than being another node', async () => {
    const disk = new SimulatedDisk();
    const lock = async () => ({ release: async () => {} });
    const folderOptions = options({ disk, path: '/node', lock, drawFolderId: () => 123_456_789 });
    const { identity } = await DataFolder.open(folderOptions);
    const intact = Buffer.from(disk.contentOf('/node/identity.json'));
    for (let bit = 0; bit < intact.length * 8; bit++) {
      const damaged = Buffer.from(intact);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      disk.overwrite('/node/identity.json', damaged, 0);
      const outcome = await DataFolder.open(folderOptions).catch((error: unknown) => error);
      if (outcome instanceof DataFolder) expect(outcome.identity, `bit ${bit}`).toEqual(identity);
      else expect(outcome, `bit ${bit}`).toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    }
  });

  test('whose term and vote are gone', async () => {
    await (await DataFolder.open(options())).close();
    await rm(join(path, 'hard-state'));
    const folder = await DataFolder.open(options());
    await expect(folder.openHardStates()).rejects.toMatchObject({ code: 'HARD_STATE_DAMAGED' });
    await folder.close();
  });

  test.each(['logFolder', 'snapshotsFolder'] as const)('a %s without identity', async (what) => {
    const folder = await DataFolder.open(options());
    await new NodeDisk().createFolder(folder[what]);
    await folder.close();
    await rm(join(path, 'identity.json'));
    await expect(DataFolder.open(options())).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
  });

  test.each([
    ['EACCES', 'identity.json'],
    ['EACCES', 'identity.json.new'],
    ['EROFS', 'hard-state'],
    ['ENOSPC', 'identity.json.new'],
    ['EIO', 'identity.json.new'],
  ])('a disk that answers %s for %s, and gives the lock back', async (code, name) => {
    const disk = new SimulatedDisk();
    disk.failNext({ operation: 'open', path: name, code });
    let isReleased = false;
    const lock = async () => ({
      release: async () => {
        isReleased = true;
      },
    });
    const refused = DataFolder.open(options({ disk, path: '/node', lock }));
    await expect(refused).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    expect(isReleased).toBe(true);
  });
});

test('a crash at any point of making the folder leaves one that can be opened', async () => {
  const lock = async () => ({ release: async () => {} });
  for (let seed = 0; seed < 200; seed++) {
    const waiting: (() => void)[] = [];
    const disk = new SimulatedDisk({ seed, schedule: (complete) => waiting.push(complete) });
    let isDone = false;
    // What a crash leaves of a long identity must not become the end of a short one.
    const folderOptions = options({ disk, path: '/node', lock, drawFolderId: () => 2 ** 48 });
    DataFolder.open(folderOptions).then(() => {
      isDone = true;
    }, expect.unreachable);
    for (let step = 0; step < seed % 40; step++) {
      waiting.shift()?.();
      await new Promise(setImmediate);
    }
    const survivor = disk.crash(seed % 2 === 0 ? 'power' : 'process');
    const again = { ...folderOptions, disk: survivor, drawFolderId: () => 7 };
    const opening = DataFolder.open(again).then(async (folder) => {
      const hardStates = await folder.openHardStates();
      await hardStates.close();
      expect((await DataFolder.open(again)).identity).toEqual(folder.identity);
      return folder.isNew;
    });
    let isNew: boolean | undefined;
    opening.then((value) => {
      isNew = value;
    }, expect.unreachable);
    for (let step = 0; step < 200 && isNew === undefined; step++) {
      waiting.shift()?.();
      await new Promise(setImmediate);
    }
    if (isDone) expect(isNew).toBe(false);
    else expect(isNew).toBeDefined();
  }
});

/** An identity whose checksum is right, whatever it says. */
function sealed(identity: object): string {
  return JSON.stringify({ identity, crc32c: crc32c(Buffer.from(JSON.stringify(identity))) });
}
