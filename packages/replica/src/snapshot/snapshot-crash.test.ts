// A node dies after any number of disk operations, whose order is drawn, and the power may fail with it. Whatever is found then
// as the latest snapshot is the last that was confirmed, or one that was under way, whole. The same with operations that fail.
// A seed that fails is in the failure's message.

import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../disk/seeded-random.ts';
import { type SimulatedCrash, SimulatedDisk, type SimulatedOperation } from '../disk/simulated-disk.ts';
import type { StoredSnapshot } from '../ports.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { contentOf, fileOf, makeSnapshot, pattern, send } from './snapshot-testing.ts';

const folder = '/snapshots';
const contents = new Map([10, 20, 30, 40].map((index) => [index, pattern(270_000 + index, index)]));
const settle = (): Promise<void> => new Promise(setImmediate);

/** Made by another node. */
let sent: { readonly snapshot: StoredSnapshot; readonly file: Buffer };

/** A disk whose operations complete one at a time, in an order that is drawn, and not at all once `operations` have. */
class Steps {
  /** All that are left complete at once. */
  isOver = false;
  readonly disk: SimulatedDisk;
  readonly #waiting: (() => void)[] = [];
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.disk = new SimulatedDisk({
      seed,
      schedule: (complete) => (this.isOver ? queueMicrotask(complete) : void this.#waiting.push(complete)),
    });
  }

  /** Returns how many operations were completed: as many as asked for, unless `work` ended before. */
  async run(work: Promise<unknown>, operations: number): Promise<number> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    work.then(done, done);
    let completed = 0;
    for (await settle(); !isDone && completed < operations; await settle()) {
      if (this.#waiting.length === 0) continue;
      this.#waiting.splice(this.#random.below(this.#waiting.length), 1)[0]!();
      completed++;
    }
    return completed;
  }

  drop(): void {
    this.#waiting.length = 0;
    this.isOver = true;
  }

  below(bound: number): number {
    return this.#random.below(bound);
  }
}

/** What the node does, and the indexes of what was confirmed, and of what was begun. */
class Life {
  confirmed = 0;
  readonly begun = new Set<number>();

  async make(store: SnapshotFiles, index: number): Promise<void> {
    this.begun.add(index);
    this.#confirm((await makeSnapshot(store, 1, index, contents.get(index)!)).index);
  }

  async fetch(store: SnapshotFiles): Promise<void> {
    const { snapshot, file } = sent;
    this.begun.add(snapshot.index);
    const receiver = await store.receive(1, snapshot);
    await send(receiver, file, 100_000);
    this.#confirm((await receiver.finish()).index);
  }

  #confirm(index: number): void {
    this.confirmed = Math.max(this.confirmed, index);
  }
}

const lives: Readonly<Record<string, (life: Life, store: SnapshotFiles) => Promise<unknown>>> = {
  'one after the other': async (life, store) => {
    await life.make(store, 10);
    await life.make(store, 20);
    await life.fetch(store);
    await life.make(store, 40);
  },
  'at the same time': async (life, store) => {
    await life.make(store, 10);
    await Promise.all([life.make(store, 20), life.fetch(store)]);
  },
  'while the one before is read': async (life, store) => {
    await life.make(store, 10);
    const reader = await store.open(1);
    await life.make(store, 20);
    await Promise.all([life.make(store, 40), reader?.close()]);
  },
};

/** Opens what is left, twice: what was found once must be durable. Returns the index of the latest snapshot. */
async function expectWhole(left: SimulatedDisk, life: Life): Promise<number> {
  let disk = left;
  let index = 0;
  for (const again of [false, true]) {
    const store = await SnapshotFiles.open({ disk, folder });
    const found = store.latest(1)?.index ?? 0;
    expect(store.damage(1), 'nothing is damaged').toBeUndefined();
    if (again) expect(found, 'what was found once').toBe(index);
    expect(found, 'no older than what was confirmed').toBeGreaterThanOrEqual(life.confirmed);
    expect(found === 0 || life.begun.has(found), `snapshot ${found} was begun`).toBe(true);
    if (found > 0) expect((await contentOf(store, 1))!.equals(contents.get(found)!), 'its content').toBe(true);
    const files = disk.files().map((path) => path.slice(path.indexOf('.')).replaceAll(/\d/g, ''));
    expect(files.filter((kind) => kind !== '.partial')).toEqual(found > 0 ? ['..snapshot'] : []);
    index = found;
    if (again) await expectGoesOn(store);
    else disk = disk.crash('power');
  }
  expect(disk.openFiles).toBe(0);
  return index;
}

/** A copy that was under way can be brought to its end, and snapshots be made. */
async function expectGoesOn(store: SnapshotFiles): Promise<void> {
  const life = new Life();
  await life.fetch(store);
  await life.make(store, 40);
  expect((await contentOf(store, 1))!.equals(contents.get(40)!)).toBe(true);
  await store.close();
}

async function prepare(): Promise<void> {
  const other = await SnapshotFiles.open({ disk: new SimulatedDisk(), folder });
  const snapshot = await makeSnapshot(other, 1, 30, contents.get(30)!);
  sent = { snapshot, file: await fileOf(other, 1) };
}

async function crashAfter(operations: number, seed: number, kind: SimulatedCrash, name: string): Promise<boolean> {
  const steps = new Steps(seed);
  const life = new Life();
  const living = SnapshotFiles.open({ disk: steps.disk, folder }).then((store) => lives[name]!(life, store));
  const completed = await steps.run(living, operations);
  steps.drop();
  await expectWhole(await crashAgain(steps, steps.disk.crash(kind)), life);
  return completed < operations;
}

/** The next process may die while it looks at what is there. */
async function crashAgain(steps: Steps, disk: SimulatedDisk): Promise<SimulatedDisk> {
  steps.isOver = false;
  await steps.run(SnapshotFiles.open({ disk, folder }), steps.below(16));
  steps.drop();
  return disk.crash('power');
}

const kinds: readonly SimulatedCrash[] = ['power', 'process'];

describe.each(Object.keys(lives))('snapshots are made %s, and the node dies', (name) => {
  test.each(kinds)(
    '(%s)',
    async (kind) => {
      await prepare();
      for (let seed = 0; seed < 3; seed++) {
        for (let operations = 0, isOver = false; !isOver; operations++) {
          try {
            isOver = await crashAfter(operations, seed * 1000 + operations, kind, name);
          } catch (error) {
            throw new Error(`operation ${operations}, seed ${seed}: ${String(error)}`, { cause: error });
          }
        }
      }
    },
    120_000,
  );
});

const failures: readonly [SimulatedOperation, string][] = [
  ['createFolder', 'EACCES'],
  ['open', 'EMFILE'],
  ['write', 'ENOSPC'],
  ['write', 'EIO'],
  ['flush', 'EIO'],
  ['read', 'EIO'],
  ['rename', 'EIO'],
  ['remove', 'EIO'],
  ['syncFolder', 'EIO'],
];

/**
 * Does everything with one operation that fails, and again what failed, in the same process or in the next. Returns whether
 * there was such an operation.
 */
async function failOnce(
  operation: SimulatedOperation,
  code: string,
  skip: number,
  restarts: boolean,
): Promise<boolean> {
  const life = new Life();
  let disk = new SimulatedDisk({ seed: skip });
  let failed = 0;
  disk.failNext({ operation, code, path: folder, skip });
  const open = (): Promise<SnapshotFiles> => SnapshotFiles.open({ disk, folder });
  let store: SnapshotFiles | undefined;
  for (const step of [
    async () => {
      store ??= await open();
    },
    () => life.make(store!, 10),
    () => life.make(store!, 20),
    () => life.fetch(store!),
  ]) {
    for (let isDone = false; !isDone; ) {
      try {
        await step();
        isDone = true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED' });
        expect((error as Error).message).toContain(code);
        failed++;
        expect(store?.latest(1)?.index ?? 0, 'the one before stays').toBe(life.confirmed);
        if (restarts) {
          disk = disk.crash('process');
          store = await open();
        }
      }
      expect(store?.latest(1)?.index ?? 0).toBeGreaterThanOrEqual(life.confirmed);
    }
  }
  await store!.close();
  if (!restarts) expect(disk.openFiles).toBe(0);
  expect(await expectWhole(disk.crash('power'), life)).toBe(30);
  return failed > 0;
}

describe.each([false, true])(
  'what fails changes nothing, and succeeds in the next attempt (in another process: %s):',
  (restarts) => {
    test.each(failures)(
      '%s with %s',
      async (operation, code) => {
        await prepare();
        let failed = 0;
        for (let skip = 0; skip < 40; skip++) {
          try {
            if (await failOnce(operation, code, skip, restarts)) failed++;
          } catch (error) {
            throw new Error(`skip ${skip}: ${String(error)}`, { cause: error });
          }
        }
        // A file that cannot be removed any more does no harm.
        expect(failed).toBeGreaterThan(operation === 'remove' ? -1 : 0);
      },
      60_000,
    );
  },
);
