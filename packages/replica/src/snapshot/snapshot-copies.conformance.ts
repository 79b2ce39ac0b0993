// What every store of snapshots must do with a snapshot that comes from another node.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import type { SnapshotStore, StoredSnapshot } from '../ports.ts';
import { chunkBytes, expectRefused, type SnapshotStoreHarness, SnapshotStoreTrial } from './snapshot-store-trial.ts';
import { fileOf, makeSnapshot, pattern, positionAt, send } from './snapshot-testing.ts';

const content = pattern(3 * chunkBytes + 5000, 9);

interface CopyTrial {
  readonly trial: SnapshotStoreTrial;
  readonly other: SnapshotStore;
  /** What the other has, and its file. */
  readonly snapshot: StoredSnapshot;
  readonly file: Buffer;
}

async function isTheSame({ trial, snapshot, file }: CopyTrial, pieceBytes: number): Promise<void> {
  await makeSnapshot(trial.store, 1, 10, pattern(100));
  const receiver = await trial.store.receive(1, snapshot);
  equal(receiver.offset, 0);
  await send(receiver, file, pieceBytes);
  deepEqual(await receiver.finish(), snapshot);
  await receiver.close();
  await trial.expectLatest(1, snapshot, content);
  await trial.reopen();
  await trial.expectLatest(1, snapshot, content);
  ok((await fileOf(trial.store, 1)).equals(file));
}

export function snapshotCopyCases(createHarness: () => Promise<SnapshotStoreHarness>): ConformanceCase[] {
  const fixture = {
    setUp: async (): Promise<CopyTrial> => {
      const harness = await createHarness();
      const trial = await SnapshotStoreTrial.start(harness);
      const other = await harness.openOther();
      const snapshot = await makeSnapshot(other, 1, 50, content);
      return { trial, other, snapshot, file: await fileOf(other, 1) };
    },
    tearDown: ({ trial }: CopyTrial) => trial.end(),
  };
  return casesOf(fixture, {
    'a copy is the same, in small pieces': (subject) => isTheSame(subject, 1000),

    'a copy is the same, in pieces like chunks': (subject) => isTheSame(subject, chunkBytes),

    'a copy is the same, in one piece': (subject) => isTheSame(subject, 1_000_000),

    'a copy counts only when it is finished': async ({ trial, snapshot, file }) => {
      const first = await makeSnapshot(trial.store, 1, 10, pattern(100));
      const receiver = await trial.store.receive(1, snapshot);
      await send(receiver, file, 50_000);
      await trial.expectLatest(1, first, pattern(100));
      await trial.reopen();
      await trial.expectLatest(1, first, pattern(100));
    },

    'a copy goes on where it was cut off, also after a restart': async ({ trial, snapshot, file }) => {
      const wholeBytes = file.length;
      const cuts = [10, 20, 5000, chunkBytes + 70, 2 * chunkBytes + 5000, 3 * chunkBytes + 4000, wholeBytes - 3];
      let before = 0;
      for (const [i, end] of [...cuts, wholeBytes].entries()) {
        const receiver = await trial.store.receive(1, snapshot);
        ok(receiver.offset <= before && receiver.offset > before - 2 * chunkBytes, `it goes on at ${receiver.offset}`);
        await send(receiver, file, 30_000, end);
        equal(receiver.offset, end);
        before = end;
        if (i % 2 === 0) await receiver.close();
        else await trial.reopen();
        // A copy without its beginning is worth nothing after a restart.
        deepEqual(trial.store.groups(), i === 1 ? [] : [1]);
      }
      const receiver = await trial.store.receive(1, snapshot);
      equal(receiver.offset, wholeBytes);
      deepEqual(await receiver.finish(), snapshot);
      await trial.expectLatest(1, snapshot, content);
    },

    'a copy is given up for another': async ({ trial, other, snapshot, file }) => {
      const earlier = await trial.store.receive(1, snapshot);
      await send(earlier, file, 50_000, 2 * chunkBytes);
      const newer = await makeSnapshot(other, 1, 60, pattern(1000, 4));
      const receiver = await trial.store.receive(1, newer);
      equal(receiver.offset, 0);
      await expectRefused(earlier.write(file.subarray(0, 1)), 'STOPPED');
      await send(receiver, await fileOf(other, 1), 300);
      await receiver.finish();
      await trial.expectLatest(1, newer, pattern(1000, 4));
      equal((await trial.store.receive(1, snapshot)).offset, 0);
    },

    'a copy of the same index, but with another id, is another': async ({ trial: { store }, snapshot, file }) => {
      await send(await store.receive(1, snapshot), file, 50_000, 2 * chunkBytes);
      equal((await store.receive(1, { ...snapshot, id: snapshot.id + 1 })).offset, 0);
    },

    'a copy that was overtaken by a newer snapshot does not take its place': async ({ trial, snapshot, file }) => {
      const receiver = await trial.store.receive(1, snapshot);
      await send(receiver, file, 50_000);
      const newer = await makeSnapshot(trial.store, 1, 51, pattern(100));
      deepEqual(await receiver.finish(), newer);
      await trial.reopen();
      await trial.expectLatest(1, newer, pattern(100));
    },

    'a copy is refused where it is damaged, and goes on there': async ({ trial, snapshot, file }) => {
      const receiver = await trial.store.receive(1, snapshot);
      const end = file.length;
      for (const at of [3, 20, 60, 100, 200_000, chunkBytes + 300, 3 * chunkBytes + 100, end - 30, end - 1]) {
        const damaged = Buffer.from(file);
        damaged[at]! ^= 4;
        await expectRefused(send(receiver, damaged, 70_000), 'SNAPSHOT_DAMAGED');
        ok(
          receiver.offset <= at && receiver.offset > at - chunkBytes - 100,
          `byte ${at}: it goes on at ${receiver.offset}`,
        );
      }
      await send(receiver, file, 70_000);
      deepEqual(await receiver.finish(), snapshot);
      await trial.expectLatest(1, snapshot, content);
    },

    'a copy is refused that is not what was announced': async ({ trial: { store }, snapshot, file }) => {
      for (const announced of [
        { ...snapshot, id: 1 },
        { ...snapshot, index: 99 },
        { ...snapshot, term: 99 },
        { ...snapshot, configuration: positionAt(3).configuration },
        { ...snapshot, bytes: file.length - 1 },
      ]) {
        const receiver = await store.receive(1, announced);
        await expectRefused(send(receiver, file, 70_000), 'SNAPSHOT_DAMAGED');
        await expectRefused(receiver.finish(), 'SNAPSHOT_DAMAGED');
      }
    },

    'a copy is refused that is shorter or longer than it should be': async ({ trial: { store }, snapshot, file }) => {
      const longer = await store.receive(1, { ...snapshot, bytes: file.length + 1 });
      await send(longer, file, 70_000);
      await expectRefused(longer.finish(), 'SNAPSHOT_DAMAGED');
      await store.remove(1);
      const receiver = await store.receive(1, snapshot);
      await send(receiver, file, 70_000, file.length - 1);
      await expectRefused(receiver.finish(), 'SNAPSHOT_DAMAGED');
      await send(receiver, file, 70_000);
      await expectRefused(receiver.write(Buffer.alloc(1)), 'SNAPSHOT_DAMAGED');
      deepEqual(await receiver.finish(), snapshot);
    },

    'a copy is refused that is of another group, or of nothing': async ({ trial: { store }, snapshot, file }) => {
      await expectRefused(send(await store.receive(2, snapshot), file, 70_000), 'SNAPSHOT_DAMAGED');
      await expectRefused(store.receive(2, { ...snapshot, index: 0 }), 'SNAPSHOT_DAMAGED');
      equal(store.latest(2), undefined);
    },
  });
}
