// What every store of snapshots must do while nothing crashes.

import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import { snapshotCopyCases } from './snapshot-copies.conformance.ts';
import { chunkBytes, expectRefused, type SnapshotStoreHarness, SnapshotStoreTrial } from './snapshot-store-trial.ts';
import { allContent, fileOf, makeSnapshot, pattern, positionAt } from './snapshot-testing.ts';

export function snapshotStoreCases(createHarness: () => Promise<SnapshotStoreHarness>): ConformanceCase[] {
  return [...ownSnapshotCases(createHarness), ...snapshotCopyCases(createHarness)];
}

/** How much content is written, in pieces of how many bytes. */
const sizes: readonly (readonly [what: string, bytes: number, pieceBytes: number])[] = [
  ['nothing', 0, 1],
  ['a byte', 1, 1],
  ['less than a chunk, in small pieces', 5000, 7],
  ['a chunk', chunkBytes, chunkBytes],
  ['a chunk and a byte', chunkBytes + 1, 1000],
  ['several chunks at once', 5 * chunkBytes, 5 * chunkBytes],
  ['several chunks and a rest', 3 * chunkBytes + 77, 100_000],
];

async function keeps(trial: SnapshotStoreTrial, bytes: number, pieceBytes: number): Promise<void> {
  const content = pattern(bytes);
  const snapshot = await makeSnapshot(trial.store, 1, 70, content, pieceBytes);
  deepEqual(snapshot, { ...positionAt(70), id: snapshot.id, bytes: (await fileOf(trial.store, 1)).length });
  ok(Number.isSafeInteger(snapshot.id) && snapshot.id > 0);
  await trial.expectLatest(1, snapshot, content);
  await trial.reopen();
  await trial.expectLatest(1, snapshot, content);
  deepEqual(trial.store.groups(), [1]);
}

function ownSnapshotCases(createHarness: () => Promise<SnapshotStoreHarness>): ConformanceCase[] {
  const fixture = {
    setUp: async () => SnapshotStoreTrial.start(await createHarness()),
    tearDown: (trial: SnapshotStoreTrial) => trial.end(),
  };
  const kept = sizes.map(([what, bytes, pieceBytes]) => [
    `keeps ${what}`,
    (trial: SnapshotStoreTrial) => keeps(trial, bytes, pieceBytes),
  ]);
  return casesOf(fixture, {
    ...(Object.fromEntries(kept) as Record<string, (trial: SnapshotStoreTrial) => Promise<void>>),

    'a new store is empty': async ({ store }) => {
      deepEqual(store.groups(), []);
      equal(store.latest(1), undefined);
      equal(await store.open(1), undefined);
      await store.remove(1);
    },

    'what was given to a writer may be changed afterwards': async (trial) => {
      const writer = await trial.store.create(1, positionAt(5));
      const content = pattern(1000);
      const given = Buffer.from(content);
      await writer.write(given);
      given.fill(0);
      await trial.expectLatest(1, await writer.finish(), content);
    },

    'the newest snapshot of a group takes the place of the one before, and of no other': async (trial) => {
      const first = await makeSnapshot(trial.store, 1, 10, pattern(1000, 1));
      const other = await makeSnapshot(trial.store, 2, 99, pattern(1000, 2));
      const second = await makeSnapshot(trial.store, 1, 20, pattern(2000, 3));
      notEqual(second.id, first.id);
      await trial.expectLatest(1, second, pattern(2000, 3));
      await trial.reopen();
      await trial.expectLatest(1, second, pattern(2000, 3));
      await trial.expectLatest(2, other, pattern(1000, 2));
      const again = await makeSnapshot(trial.store, 1, 20, pattern(2000, 4));
      await trial.reopen();
      await trial.expectLatest(1, again, pattern(2000, 4));
    },

    'one that was overtaken by a newer one does not take its place': async (trial) => {
      const slow = await trial.store.create(1, positionAt(10));
      await slow.write(pattern(10));
      const newer = await makeSnapshot(trial.store, 1, 20, pattern(2000));
      deepEqual(await slow.finish(), newer);
      await trial.expectLatest(1, newer, pattern(2000));
      await trial.reopen();
      await trial.expectLatest(1, newer, pattern(2000));
    },

    'an unfinished or aborted snapshot is none': async (trial) => {
      const first = await makeSnapshot(trial.store, 1, 10, pattern(1000));
      const aborted = await trial.store.create(1, positionAt(20));
      await aborted.write(pattern(chunkBytes + 5));
      await aborted.abort();
      await aborted.abort();
      await expectRefused(aborted.write(pattern(1)), 'STOPPED');
      await expectRefused(aborted.finish(), 'STOPPED');
      const unfinished = await trial.store.create(1, positionAt(30));
      await unfinished.write(pattern(chunkBytes + 5));
      await trial.expectLatest(1, first, pattern(1000));
      await trial.reopen();
      await expectRefused(unfinished.finish(), 'STOPPED');
      await trial.expectLatest(1, first, pattern(1000));
    },

    'abort does no harm to what is finished': async (trial) => {
      const writer = await trial.store.create(1, positionAt(20));
      const snapshot = await writer.finish();
      await writer.abort();
      await trial.expectLatest(1, snapshot, Buffer.alloc(0));
    },

    'a snapshot that is being read stays readable when another takes its place': async (trial) => {
      const first = await makeSnapshot(trial.store, 1, 10, pattern(3 * chunkBytes, 1));
      const readers = [(await trial.store.open(1))!, (await trial.store.open(1))!] as const;
      const iterator = readers[0].content()[Symbol.asyncIterator]();
      await iterator.next();
      const second = await makeSnapshot(trial.store, 1, 20, pattern(100, 2));
      await trial.expectLatest(1, second, pattern(100, 2));
      await iterator.return?.();
      await readers[0].close();
      deepEqual(readers[1].snapshot, first);
      ok((await allContent(readers[1])).equals(pattern(3 * chunkBytes, 1)));
      await readers[1].close();
      await readers[1].close();
      await expectRefused(readers[1].read(0, 10), 'STOPPED');
      await expectRefused(allContent(readers[1]), 'STOPPED');
      await trial.reopen();
      await trial.expectLatest(1, second, pattern(100, 2));
    },

    'chunks of content may be kept': async (trial) => {
      await makeSnapshot(trial.store, 1, 10, pattern(3 * chunkBytes));
      const reader = (await trial.store.open(1))!;
      const [kept, copies]: [Uint8Array[], Uint8Array[]] = [[], []];
      for await (const chunk of reader.content()) {
        kept.push(chunk);
        copies.push(Uint8Array.from(chunk));
      }
      ok(Buffer.concat(kept).equals(Buffer.concat(copies)));
      await reader.close();
    },

    'reads bytes of the file, short only at its end, and never more than an operation may take': async ({ store }) => {
      const { bytes } = await makeSnapshot(store, 1, 10, pattern(3 * chunkBytes));
      const file = await fileOf(store, 1);
      const reader = (await store.open(1))!;
      ok(Buffer.from(await reader.read(5, 100)).equals(file.subarray(5, 105)));
      ok(Buffer.from(await reader.read(bytes - 5, 100)).equals(file.subarray(bytes - 5)));
      for (const offset of [bytes, bytes + 1, 2 ** 50]) equal((await reader.read(offset, 100)).length, 0);
      const most = await reader.read(0, 2 ** 50);
      ok(most.length > 0 && most.length < 2 * chunkBytes, `it read ${most.length} bytes`);
      await reader.close();
    },

    'removes everything of a group, and cuts off whoever has it open': async (trial) => {
      const { store } = trial;
      const kept = await makeSnapshot(store, 2, 10, pattern(1000));
      const snapshot = await makeSnapshot(store, 1, 10, pattern(1000));
      const reader = (await store.open(1))!;
      const writer = await store.create(1, positionAt(20));
      const receiver = await store.receive(1, { ...positionAt(30), id: 5, bytes: 1000 });
      await store.remove(1);
      for (const cut of [reader.read(0, 1), writer.finish(), receiver.write(pattern(1)), receiver.finish()]) {
        await expectRefused(cut, 'STOPPED');
      }
      equal(store.latest(1), undefined);
      deepEqual(store.groups(), [2]);
      await trial.reopen();
      deepEqual(trial.store.groups(), [2]);
      await trial.expectLatest(2, kept, pattern(1000));
      const again = await makeSnapshot(trial.store, 1, 3, pattern(10));
      ok(again.index < snapshot.index);
      await trial.expectLatest(1, again, pattern(10));
    },

    'does nothing any more once it is closed, which can be done twice': async ({ store }) => {
      await makeSnapshot(store, 1, 10, pattern(1000));
      const reader = (await store.open(1))!;
      const writer = await store.create(2, positionAt(1));
      await Promise.all([store.close(), store.close()]);
      const refused = [
        () => reader.read(0, 1),
        () => writer.write(pattern(1)),
        () => store.create(1, positionAt(20)),
        () => store.open(1),
        () => store.receive(1, { ...positionAt(30), id: 5, bytes: 1000 }),
        () => store.remove(1),
      ];
      for (const work of refused) await expectRefused(work(), 'STOPPED');
    },
  });
}
