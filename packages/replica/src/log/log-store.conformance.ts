// What every log store must do, real or simulated. Call it inside a test file with a way to open a store.

import type { Batch } from '@balsa/raft';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogStore, LogStoreEvents } from '../ports.ts';
import { createBatch, RecordedEvents } from './log-testing.ts';

export interface LogStoreHarness {
  /** Opens the store of this harness, for the first time or again. The one before is closed. */
  open(events: LogStoreEvents): Promise<LogStore>;
  dispose(): Promise<void>;
}

export function describeLogStore(name: string, createHarness: () => Promise<LogStoreHarness>): void {
  describe(`${name} as a log store`, () => {
    let harness: LogStoreHarness;
    let events: RecordedEvents;
    let store: LogStore;

    beforeEach(async () => {
      harness = await createHarness();
      events = new RecordedEvents();
      store = await harness.open(events);
    });

    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    async function reopen(): Promise<void> {
      await store.close();
      events = new RecordedEvents();
      store = await harness.open(events);
    }

    test('a new store is empty', async () => {
      expect(store.recovered(1)).toEqual({ lastIndex: 0, termRuns: [] });
      expect(await store.read(1, 1, 1000)).toEqual([]);
    });

    test('reports what became durable: per group, the highest sequence, in order', async () => {
      store.append(1, 1, createBatch({ group: 1, firstIndex: 1 }));
      store.append(2, 7, createBatch({ group: 2, firstIndex: 1 }));
      store.append(1, 2, createBatch({ group: 1, firstIndex: 2 }));
      await events.reached(1, 2);
      await events.reached(2, 7);
      store.append(1, 3, createBatch({ group: 1, firstIndex: 3 }));
      await events.reached(1, 3);
      const sequences = events.durable.filter(([group]) => group === 1).map(([, sequence]) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
      expect(events.failures).toEqual([]);
    });

    test('reads back the very bytes, queued, durable and after reopening', async () => {
      const batches = [
        createBatch({ firstIndex: 1, count: 3, fill: 1 }),
        createBatch({ firstIndex: 4, count: 2, fill: 2, payloadBytes: 5000 }),
        createBatch({ firstIndex: 6, count: 1, fill: 3, payloadBytes: 0 }),
      ];
      for (const [i, batch] of batches.entries()) store.append(1, i + 1, batch);
      expectSame(await store.read(1, 1, 1_000_000), batches);
      await events.reached(1, 3);
      expectSame(await store.read(1, 1, 1_000_000), batches);
      await reopen();
      expectSame(await store.read(1, 1, 1_000_000), batches);
      expect(store.recovered(1)).toEqual({ lastIndex: 6, termRuns: [[1, 1]] });
    });

    test('a read begins with the batch that contains the index, and takes at least one and at most bytesMax', async () => {
      const batches = [1, 4, 7].map((firstIndex) => createBatch({ firstIndex, count: 3 }));
      for (const [i, batch] of batches.entries()) store.append(1, i + 1, batch);
      const expectReads = async (): Promise<void> => {
        expectSame(await store.read(1, 5, 1), [batches[1]!]);
        expectSame(await store.read(1, 6, batches[1]!.bytes.length * 2 - 1), [batches[1]!]);
        expectSame(await store.read(1, 6, batches[1]!.bytes.length * 2), batches.slice(1));
        expect(await store.read(1, 10, 1000)).toEqual([]);
        expect(await store.read(2, 1, 1000)).toEqual([]);
      };
      await expectReads();
      await events.reached(1, 3);
      await expectReads();
    });

    test('a read goes on from durable to queued batches', async () => {
      const batches = [createBatch({ firstIndex: 1, count: 2 }), createBatch({ firstIndex: 3, count: 2 })];
      store.append(1, 1, batches[0]!);
      await events.reached(1, 1);
      store.append(1, 2, batches[1]!);
      expectSame(await store.read(1, 2, 1000), batches);
    });

    test('superseded entries are gone, while queued, when durable and after reopening', async () => {
      for (let i = 1; i <= 6; i++) store.append(1, i, createBatch({ firstIndex: i }));
      await events.reached(1, 4);
      const kept = createBatch({ firstIndex: 4, count: 2, term: 3, prevTerm: 1 });
      store.append(1, 7, kept);
      const expectKept = async (): Promise<void> => {
        expectSame(await store.read(1, 4, 1000), [kept]);
        expect((await store.read(1, 1, 1000)).map(({ firstIndex }) => firstIndex)).toEqual([1, 2, 3, 4]);
        expect(await store.read(1, 6, 1000)).toEqual([]);
      };
      await expectKept();
      await events.reached(1, 7);
      await expectKept();
      await reopen();
      await expectKept();
      expect(store.recovered(1)).toEqual({ lastIndex: 5, termRuns: [[1, 1], [4, 3]] }); // biome-ignore format: pairs
    });

    test('entries that were spread over much of the log are gone when they are superseded', async () => {
      for (let i = 1; i <= 50; i++) store.append(1, i, createBatch({ firstIndex: i, payloadBytes: 10_000 }));
      await events.reached(1, 50);
      store.append(1, 51, createBatch({ firstIndex: 20, term: 3, prevTerm: 1 }));
      await events.reached(1, 51);
      const read = await store.read(1, 1, 1_000_000);
      expect(read.map(({ firstIndex, term }) => [firstIndex, term])).toEqual(
        Array.from({ length: 20 }, (_, i) => [i + 1, i + 1 === 20 ? 3 : 1]),
      );
      expect(await store.read(1, 21, 1000)).toEqual([]);
    });

    test('the whole log of a group can be superseded', async () => {
      store.append(1, 1, createBatch({ firstIndex: 1, count: 9 }));
      await events.reached(1, 1);
      const kept = createBatch({ firstIndex: 1, term: 2 });
      store.append(1, 2, kept);
      await reopen();
      expectSame(await store.read(1, 1, 1000), [kept]);
      expect(store.recovered(1)).toEqual({ lastIndex: 1, termRuns: [[1, 2]] });
    });

    test('groups do not see each other', async () => {
      const one = createBatch({ group: 1, firstIndex: 1, fill: 1 });
      const two = createBatch({ group: 2, firstIndex: 1, fill: 2 });
      store.append(1, 1, one);
      store.append(2, 1, two);
      await reopen();
      expectSame(await store.read(1, 1, 1000), [one]);
      expectSame(await store.read(2, 1, 1000), [two]);
      expect(store.recovered(3).lastIndex).toBe(0);
    });

    test('close waits for what was queued, and can be called twice', async () => {
      for (let i = 1; i <= 100; i++) store.append(1, i, createBatch({ firstIndex: i, payloadBytes: 1000 }));
      await Promise.all([store.close(), store.close()]);
      expect(events.durableOf(1)).toBe(100);
      await reopen();
      expect(store.recovered(1).lastIndex).toBe(100);
    });

    test('release takes nothing that is still needed', async () => {
      for (let i = 1; i <= 50; i++) store.append(1, i, createBatch({ firstIndex: i, payloadBytes: 3000 }));
      store.append(2, 1, createBatch({ group: 2, firstIndex: 1 }));
      await events.reached(1, 50);
      store.release(1, 40);
      store.release(2, 1);
      await reopen();
      expect((await store.read(1, 40, 1_000_000)).map(({ firstIndex }) => firstIndex)).toEqual(
        Array.from({ length: 11 }, (_, i) => 40 + i),
      );
      expect(await store.read(2, 1, 1000)).toHaveLength(1);
    });
  });
}

/** Equal in every field, and byte for byte. */
export function expectSame(actual: readonly Batch[], expected: readonly Batch[]): void {
  expect(actual.map(toComparable)).toEqual(expected.map(toComparable));
}

function toComparable({ bytes, ...header }: Batch): object {
  return { ...header, hex: Buffer.from(bytes).toString('hex') };
}
