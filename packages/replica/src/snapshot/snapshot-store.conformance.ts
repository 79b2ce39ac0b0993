// What every store of snapshots must do while nothing crashes. Call it inside a test file with a way to open a store.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SnapshotStore, StoredSnapshot } from '../ports.ts';
import { allContent, contentOf, fileOf, makeSnapshot, pattern, positionAt, send } from './snapshot-testing.ts';

export interface SnapshotStoreHarness {
  /** Opens the store of this harness, for the first time or again. The one before is closed. */
  open(): Promise<SnapshotStore>;
  /** Opens another store, of another node. Closed and removed by `dispose`. */
  openOther(): Promise<SnapshotStore>;
  dispose(): Promise<void>;
}

const chunk = 256 * 1024;

export function describeSnapshotStore(name: string, createHarness: () => Promise<SnapshotStoreHarness>): void {
  describe(`${name} as a store of snapshots`, () => {
    let harness: SnapshotStoreHarness;
    let store: SnapshotStore;

    beforeEach(async () => {
      harness = await createHarness();
      store = await harness.open();
    });

    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = await harness.open();
    }

    async function expectLatest(group: number, snapshot: StoredSnapshot, content: Buffer): Promise<void> {
      expect(store.latest(group)).toEqual(snapshot);
      expect((await contentOf(store, group))?.equals(content)).toBe(true);
    }

    test('a new store is empty', async () => {
      expect(store.groups()).toEqual([]);
      expect(store.latest(1)).toBeUndefined();
      expect(await store.open(1)).toBeUndefined();
      await store.remove(1);
    });

    test.each([
      ['nothing', 0, 1],
      ['a byte', 1, 1],
      ['less than a chunk, in small pieces', 5000, 7],
      ['a chunk', chunk, chunk],
      ['a chunk and a byte', chunk + 1, 1000],
      ['several chunks at once', 5 * chunk, 5 * chunk],
      ['several chunks and a rest', 3 * chunk + 77, 100_000],
    ])('keeps %s', async (_what, bytes, pieceBytes) => {
      const content = pattern(bytes);
      const snapshot = await makeSnapshot(store, 1, 70, content, pieceBytes);
      expect(snapshot).toEqual({ ...positionAt(70), id: expect.any(Number), bytes: expect.any(Number) });
      expect(snapshot.bytes).toBe((await fileOf(store, 1)).length);
      await expectLatest(1, snapshot, content);
      await reopen();
      await expectLatest(1, snapshot, content);
      expect(store.groups()).toEqual([1]);
    });

    test('what was given to a writer may be changed afterwards', async () => {
      const writer = await store.create(1, positionAt(5));
      const content = pattern(1000);
      const given = Buffer.from(content);
      await writer.write(given);
      given.fill(0);
      await expectLatest(1, await writer.finish(), content);
    });

    test('the newest snapshot of a group takes the place of the one before, and of no other', async () => {
      const first = await makeSnapshot(store, 1, 10, pattern(1000, 1));
      const other = await makeSnapshot(store, 2, 99, pattern(1000, 2));
      const second = await makeSnapshot(store, 1, 20, pattern(2000, 3));
      expect(second.id).not.toBe(first.id);
      await expectLatest(1, second, pattern(2000, 3));
      await reopen();
      await expectLatest(1, second, pattern(2000, 3));
      await expectLatest(2, other, pattern(1000, 2));
      const again = await makeSnapshot(store, 1, 20, pattern(2000, 4));
      await reopen();
      await expectLatest(1, again, pattern(2000, 4));
    });

    test('one that was overtaken by a newer one does not take its place', async () => {
      const slow = await store.create(1, positionAt(10));
      await slow.write(pattern(10));
      const newer = await makeSnapshot(store, 1, 20, pattern(2000));
      expect(await slow.finish()).toEqual(newer);
      await expectLatest(1, newer, pattern(2000));
      await reopen();
      await expectLatest(1, newer, pattern(2000));
    });

    test('an unfinished or aborted snapshot is none', async () => {
      const first = await makeSnapshot(store, 1, 10, pattern(1000));
      const aborted = await store.create(1, positionAt(20));
      await aborted.write(pattern(chunk + 5));
      await aborted.abort();
      await aborted.abort();
      await expect(aborted.write(pattern(1))).rejects.toMatchObject({ code: 'STOPPED' });
      await expect(aborted.finish()).rejects.toMatchObject({ code: 'STOPPED' });
      const unfinished = await store.create(1, positionAt(30));
      await unfinished.write(pattern(chunk + 5));
      await expectLatest(1, first, pattern(1000));
      await reopen();
      await expect(unfinished.finish()).rejects.toMatchObject({ code: 'STOPPED' });
      await expectLatest(1, first, pattern(1000));
    });

    test('abort does no harm to what is finished', async () => {
      const writer = await store.create(1, positionAt(20));
      const snapshot = await writer.finish();
      await writer.abort();
      await expectLatest(1, snapshot, Buffer.alloc(0));
    });

    test('a snapshot that is being read stays readable when another takes its place', async () => {
      const first = await makeSnapshot(store, 1, 10, pattern(3 * chunk, 1));
      const readers = [await store.open(1), await store.open(1)];
      const iterator = readers[0]!.content()[Symbol.asyncIterator]();
      await iterator.next();
      const second = await makeSnapshot(store, 1, 20, pattern(100, 2));
      await expectLatest(1, second, pattern(100, 2));
      await iterator.return?.();
      await readers[0]!.close();
      expect(readers[1]!.snapshot).toEqual(first);
      expect((await allContent(readers[1]!)).equals(pattern(3 * chunk, 1))).toBe(true);
      await readers[1]!.close();
      await readers[1]!.close();
      await expect(readers[1]!.read(0, 10)).rejects.toMatchObject({ code: 'STOPPED' });
      await expect(allContent(readers[1]!)).rejects.toMatchObject({ code: 'STOPPED' });
      await reopen();
      await expectLatest(1, second, pattern(100, 2));
    });

    test('reads bytes of the file, short only at its end, and never more than an operation may take', async () => {
      const { bytes } = await makeSnapshot(store, 1, 10, pattern(3 * chunk));
      const file = await fileOf(store, 1);
      const reader = (await store.open(1))!;
      expect(Buffer.from(await reader.read(5, 100)).equals(file.subarray(5, 105))).toBe(true);
      expect(Buffer.from(await reader.read(bytes - 5, 100)).equals(file.subarray(bytes - 5))).toBe(true);
      for (const offset of [bytes, bytes + 1, 2 ** 50]) expect(await reader.read(offset, 100)).toHaveLength(0);
      const most = await reader.read(0, 2 ** 50);
      expect(most.length).toBeGreaterThan(0);
      expect(most.length).toBeLessThan(2 * chunk);
      await reader.close();
    });

    test('removes everything of a group, and cuts off whoever has it open', async () => {
      const kept = await makeSnapshot(store, 2, 10, pattern(1000));
      const snapshot = await makeSnapshot(store, 1, 10, pattern(1000));
      const reader = (await store.open(1))!;
      const writer = await store.create(1, positionAt(20));
      const receiver = await store.receive(1, { ...positionAt(30), id: 5, bytes: 1000 });
      await store.remove(1);
      for (const cut of [reader.read(0, 1), writer.finish(), receiver.write(pattern(1)), receiver.finish()]) {
        await expect(cut).rejects.toMatchObject({ code: 'STOPPED' });
      }
      expect(store.latest(1)).toBeUndefined();
      expect(store.groups()).toEqual([2]);
      await reopen();
      expect(store.groups()).toEqual([2]);
      await expectLatest(2, kept, pattern(1000));
      const again = await makeSnapshot(store, 1, 3, pattern(10));
      expect(again.index).toBeLessThan(snapshot.index);
      await expectLatest(1, again, pattern(10));
    });

    test('does nothing any more once it is closed, which can be done twice', async () => {
      await makeSnapshot(store, 1, 10, pattern(1000));
      const reader = (await store.open(1))!;
      const writer = await store.create(2, positionAt(1));
      await Promise.all([store.close(), store.close()]);
      const receiving = { ...positionAt(30), id: 5, bytes: 1000 };
      for (const refused of [
        reader.read(0, 1),
        writer.write(pattern(1)),
        store.create(1, positionAt(20)),
        store.open(1),
        store.receive(1, receiving),
        store.remove(1),
      ]) {
        await expect(refused).rejects.toMatchObject({ code: 'STOPPED' });
      }
    });

    describe('a copy from another node', () => {
      const content = pattern(3 * chunk + 5000, 9);
      let other: SnapshotStore;
      let snapshot: StoredSnapshot;
      let file: Buffer;

      beforeEach(async () => {
        other = await harness.openOther();
        snapshot = await makeSnapshot(other, 1, 50, content);
        file = await fileOf(other, 1);
      });

      test.each([1000, chunk, 1_000_000])('is the same, whatever the pieces: %i bytes', async (pieceBytes) => {
        await makeSnapshot(store, 1, 10, pattern(100));
        const receiver = await store.receive(1, snapshot);
        expect(receiver.offset).toBe(0);
        await send(receiver, file, pieceBytes);
        expect(await receiver.finish()).toEqual(snapshot);
        await receiver.close();
        await expectLatest(1, snapshot, content);
        await reopen();
        await expectLatest(1, snapshot, content);
        expect((await fileOf(store, 1)).equals(file)).toBe(true);
      });

      test('counts only when it is finished', async () => {
        const first = await makeSnapshot(store, 1, 10, pattern(100));
        const receiver = await store.receive(1, snapshot);
        await send(receiver, file, 50_000);
        await expectLatest(1, first, pattern(100));
        await reopen();
        await expectLatest(1, first, pattern(100));
      });

      test('goes on where it was cut off, also after a restart', async () => {
        const cuts = [10, 20, 5000, chunk + 70, 2 * chunk + 5000, 3 * chunk + 4000, file.length - 3, file.length];
        let before = 0;
        for (const [i, end] of cuts.entries()) {
          const receiver = await store.receive(1, snapshot);
          expect(receiver.offset).toBeLessThanOrEqual(before);
          expect(receiver.offset).toBeGreaterThan(before - 2 * chunk);
          await send(receiver, file, 30_000, end);
          expect(receiver.offset).toBe(end);
          before = end;
          if (i % 2 === 0) await receiver.close();
          else await reopen();
          // A copy without its beginning is worth nothing after a restart.
          expect(store.groups()).toEqual(i === 1 ? [] : [1]);
        }
        const receiver = await store.receive(1, snapshot);
        expect(receiver.offset).toBe(file.length);
        expect(await receiver.finish()).toEqual(snapshot);
        await expectLatest(1, snapshot, content);
      });

      test('is given up for another', async () => {
        const earlier = await store.receive(1, snapshot);
        await send(earlier, file, 50_000, 2 * chunk);
        const newer = await makeSnapshot(other, 1, 60, pattern(1000, 4));
        const receiver = await store.receive(1, newer);
        expect(receiver.offset).toBe(0);
        await expect(earlier.write(file.subarray(0, 1))).rejects.toMatchObject({ code: 'STOPPED' });
        await send(receiver, await fileOf(other, 1), 300);
        await receiver.finish();
        await expectLatest(1, newer, pattern(1000, 4));
        expect((await store.receive(1, snapshot)).offset).toBe(0);
      });

      test('of the same index, but with another id, is another', async () => {
        await send(await store.receive(1, snapshot), file, 50_000, 2 * chunk);
        expect((await store.receive(1, { ...snapshot, id: snapshot.id + 1 })).offset).toBe(0);
      });

      test('that was overtaken by a newer snapshot does not take its place', async () => {
        const receiver = await store.receive(1, snapshot);
        await send(receiver, file, 50_000);
        const newer = await makeSnapshot(store, 1, 51, pattern(100));
        expect(await receiver.finish()).toEqual(newer);
        await reopen();
        await expectLatest(1, newer, pattern(100));
      });

      test('is refused where it is damaged, and goes on there', async () => {
        const receiver = await store.receive(1, snapshot);
        for (const at of [3, 20, 60, 100, 200_000, chunk + 300, 3 * chunk + 100, file.length - 30, file.length - 1]) {
          const damaged = Buffer.from(file);
          damaged[at] = damaged[at]! ^ 4;
          await expect(send(receiver, damaged, 70_000), `byte ${at}`).rejects.toMatchObject({
            code: 'SNAPSHOT_DAMAGED',
          });
          expect(receiver.offset).toBeLessThanOrEqual(at);
          expect(receiver.offset).toBeGreaterThan(at - chunk - 100);
        }
        await send(receiver, file, 70_000);
        expect(await receiver.finish()).toEqual(snapshot);
        await expectLatest(1, snapshot, content);
      });

      test('is refused if it is shorter or longer than it should be, or not what was announced', async () => {
        for (const announced of [
          { ...snapshot, id: 1 },
          { ...snapshot, index: 99 },
          { ...snapshot, term: 99 },
          { ...snapshot, configuration: positionAt(3).configuration },
          { ...snapshot, bytes: file.length - 1 },
        ]) {
          const receiver = await store.receive(1, announced);
          await expect(send(receiver, file, 70_000)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
          await expect(receiver.finish()).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
        }
        const longer = await store.receive(1, { ...snapshot, bytes: file.length + 1 });
        await send(longer, file, 70_000);
        await expect(longer.finish()).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
        await store.remove(1);
        const receiver = await store.receive(1, snapshot);
        await send(receiver, file, 70_000, file.length - 1);
        await expect(receiver.finish()).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
        await send(receiver, file, 70_000);
        await expect(receiver.write(Buffer.alloc(1))).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
        expect(await receiver.finish()).toEqual(snapshot);
        // The very file, but of another group.
        await expect(send(await store.receive(2, snapshot), file, 70_000)).rejects.toMatchObject({
          code: 'SNAPSHOT_DAMAGED',
        });
        await expect(store.receive(2, { ...snapshot, index: 0 })).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
        expect(store.latest(2)).toBeUndefined();
      });
    });
  });
}
