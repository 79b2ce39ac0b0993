// What every log store must do, real or simulated. Call it inside a test file with a way to open a store.

import { type Batch, configurationOf } from '@balsa/raft';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogPosition, LogStore, LogStoreEvents, RecoveredLog } from '../ports.ts';
import { createBatch, createConfigurationBatch, RecordedEvents } from './log-testing.ts';

export interface LogStoreHarness {
  /** Opens the store of this harness, for the first time or again. The one before is closed. */
  open(events: LogStoreEvents): Promise<LogStore>;
  dispose(): Promise<void>;
}

const beginning: LogPosition = { index: 0, term: 0 };

function found(lastIndex: number, termRuns: RecoveredLog['termRuns']): RecoveredLog {
  return { base: beginning, lastIndex, termRuns, configurations: [] };
}

/** Of a group that begins anew behind `base`. */
function empty(base: LogPosition): RecoveredLog {
  return { base, lastIndex: base.index, termRuns: [], configurations: [] };
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
      expect(store.recovered(1)).toEqual(empty(beginning));
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
      expect(store.recovered(1)).toEqual(found(6, [[1, 1]]));
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
      expect(store.recovered(1)).toEqual(found(5, [[1, 1], [4, 3]])); // biome-ignore format: pairs
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
      expect(store.recovered(1)).toEqual(found(1, [[1, 2]]));
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

    test('configurations are found again, but for those that were superseded', async () => {
      const [first, second, third] = [[1], [1, 2], [1, 2, 3]].map(configurationOf);
      store.append(1, 1, createConfigurationBatch({ firstIndex: 1, configuration: first! }));
      store.append(1, 2, createBatch({ firstIndex: 2, count: 3 }));
      store.append(1, 3, createConfigurationBatch({ firstIndex: 5, configuration: second! }));
      store.append(1, 4, createBatch({ firstIndex: 6 }));
      expect((await store.read(1, 5, 1))[0]?.configuration).toEqual(second);
      await reopen();
      expect((await store.read(1, 5, 1))[0]?.configuration).toEqual(second);
      const both = [[1, first], [5, second]]; // biome-ignore format: pairs
      expect(store.recovered(1)).toEqual({ ...found(6, [[1, 1]]), configurations: both });
      store.append(1, 1, createConfigurationBatch({ firstIndex: 5, term: 2, prevTerm: 1, configuration: third! }));
      await reopen();
      expect(store.recovered(1).configurations).toEqual([[1, first], [5, third]]); // biome-ignore format: pairs
      store.append(1, 1, createBatch({ firstIndex: 4, term: 3, prevTerm: 1 }));
      await reopen();
      expect(store.recovered(1).configurations).toEqual([[1, first]]);
    });

    test('refuses a batch that would leave a gap, behind the end or at the beginning', async () => {
      expect(() => store.append(1, 1, createBatch({ firstIndex: 2 }))).toThrow('entry 2 cannot follow entry 0');
      store.append(1, 1, createBatch({ firstIndex: 1 }));
      expect(() => store.append(1, 2, createBatch({ firstIndex: 3 }))).toThrow('entry 3 cannot follow entry 1');
    });

    describe('reset', () => {
      const base = { index: 70, term: 6 };
      const next = createBatch({ firstIndex: 71, count: 2, term: 7, prevTerm: 6 });

      async function expectReleased(fromIndex: number): Promise<void> {
        await expect(store.read(1, fromIndex, 1000)).rejects.toMatchObject({ code: 'LOG_RELEASED' });
      }

      test('supersedes every entry, while queued, when durable and after reopening', async () => {
        const expectBase = async (): Promise<void> => {
          for (const index of [1, 10, 70]) await expectReleased(index);
          expect(await store.read(1, 71, 1000)).toEqual([]);
        };
        for (const [lastIndex, isDurable] of [
          [10, false],
          [200, false],
          [200, true],
        ] as const) {
          store.append(1, 1, createBatch({ firstIndex: 1, count: 5 }));
          await events.reached(1, 1);
          store.append(1, 2, createBatch({ firstIndex: 6, count: lastIndex - 5 }));
          if (isDurable) await events.reached(1, 2);
          store.reset(1, 3, base);
          await expectBase();
          await events.reached(1, 3);
          await expectBase();
          await reopen();
          await expectBase();
          expect(store.recovered(1)).toEqual(empty(base));
          store.forget(1);
        }
      });

      test('is reported in order, like an append', async () => {
        store.append(1, 4, createBatch({ firstIndex: 1 }));
        store.reset(1, 5, base);
        await events.reached(1, 5);
        store.append(1, 6, next);
        await events.reached(1, 6);
        expect(events.durable.map(([, sequence]) => sequence)).toEqual([5, 6]);
      });

      test('is what the next batch follows on, and nothing else', async () => {
        store.append(1, 1, createBatch({ firstIndex: 1, count: 9 }));
        store.reset(1, 2, base);
        for (const firstIndex of [10, 70, 72]) {
          expect(() => store.append(1, 3, createBatch({ firstIndex }))).toThrow('cannot follow entry 70');
        }
        store.append(1, 3, next);
        expectSame(await store.read(1, 72, 1000), [next]);
        await events.reached(1, 3);
        expectSame(await store.read(1, 71, 1000), [next]);
        await reopen();
        await expectReleased(70);
        expectSame(await store.read(1, 71, 1000), [next]);
        expect(store.recovered(1)).toEqual({ ...empty(base), lastIndex: 72, termRuns: [[71, 7]] });
      });

      test('takes what is there, queued or not, and configurations with it; other groups keep theirs', async () => {
        const configuration = configurationOf([1, 2, 3]);
        store.append(1, 1, createConfigurationBatch({ firstIndex: 1, configuration }));
        store.append(2, 1, createConfigurationBatch({ group: 2, firstIndex: 1, configuration }));
        store.reset(1, 2, { index: 3, term: 1 });
        store.append(1, 3, createBatch({ firstIndex: 4 }));
        store.reset(1, 4, base);
        store.append(1, 5, createConfigurationBatch({ firstIndex: 71, term: 7, prevTerm: 6, configuration }));
        await reopen();
        expect(store.recovered(1)).toEqual({
          base,
          lastIndex: 71,
          termRuns: [[71, 7]],
          configurations: [[71, configuration]],
        });
        expect(store.recovered(2)).toMatchObject({ lastIndex: 1, configurations: [[1, configuration]] });
      });

      test('refuses what no log can follow on, and is what it was', async () => {
        store.append(1, 1, createBatch({ firstIndex: 1 }));
        for (const wrong of [
          { index: 0, term: 5 },
          { index: -1, term: 1 },
          { index: 1.5, term: 1 },
          { index: Number.MAX_SAFE_INTEGER, term: 1 },
          { index: 1, term: 2 ** 53 },
          { index: 5, term: 0 },
        ]) {
          expect(() => store.reset(1, 2, wrong)).toThrow(RangeError);
        }
        store.append(1, 3, createBatch({ firstIndex: 2 }));
        await reopen();
        expect(store.recovered(1)).toEqual(found(2, [[1, 1]]));
      });

      test('can go back', async () => {
        store.reset(1, 1, base);
        store.append(1, 2, next);
        store.reset(1, 3, { index: 5, term: 2 });
        const later = createBatch({ firstIndex: 6, term: 2 });
        store.append(1, 4, later);
        await reopen();
        expectSame(await store.read(1, 6, 1000), [later]);
        expect(store.recovered(1)).toMatchObject({ base: { index: 5, term: 2 }, lastIndex: 6 });
      });
    });

    /** Entries of 3 KB: some twenty of them fill a segment. */
    async function fill(group: number, from: number, to: number, term = 1): Promise<void> {
      for (let i = from; i <= to; i++) {
        const prevTerm = i === from ? 1 : term;
        store.append(
          group,
          i,
          createBatch({ group, firstIndex: i, term, prevTerm: i === 1 ? 0 : prevTerm, payloadBytes: 3000 }),
        );
      }
      await events.reached(group, to);
    }

    test('what was released may be gone after reopening, but where the rest begins is known', async () => {
      await fill(1, 1, 100);
      await fill(1, 101, 200, 4);
      store.release(1, 151);
      await reopen();
      const { base, lastIndex, termRuns } = store.recovered(1);
      expect([lastIndex, base.index < 151, base.term]).toEqual([
        200,
        true,
        base.index === 0 ? 0 : base.index > 100 ? 4 : 1,
      ]);
      expect(termRuns.at(-1)).toEqual([Math.max(101, base.index + 1), 4]);
      expect((await store.read(1, 151, 1_000_000)).map(({ firstIndex }) => firstIndex)).toEqual(
        Array.from({ length: 50 }, (_, i) => 151 + i),
      );
    });

    test('a group that has released everything is known for ever after, and its log goes on where it was', async () => {
      await fill(1, 1, 5);
      for (let rounds = 0; rounds < 4; rounds++) {
        await fill(2, rounds * 50 + 1, rounds * 50 + 50);
        await reopen();
        store.release(1, 6);
        store.release(2, rounds * 50 + 51);
      }
      expect(store.usage().bytes).toBeLessThan(100 * 3000);
      await reopen();
      expect(store.recovered(1)).toEqual(empty({ index: 5, term: 1 }));
      await fill(1, 6, 7);
      expect((await store.read(1, 6, 10_000)).map(({ firstIndex }) => firstIndex)).toEqual([6, 7]);
    });

    describe('forget', () => {
      test('leaves nothing, at once, when durable and after reopening; other groups keep theirs', async () => {
        const others = [createBatch({ group: 2, firstIndex: 1 }), createBatch({ group: 2, firstIndex: 2 })];
        store.append(1, 1, createBatch({ firstIndex: 1, count: 3 }));
        store.append(2, 1, others[0]!);
        await reopen();
        const expectGone = async (): Promise<void> => {
          expect(await store.read(1, 1, 1000)).toEqual([]);
          expect(store.recovered(1)).toEqual(empty(beginning));
          expect(await store.read(2, 1, 1000)).not.toEqual([]);
        };
        store.append(1, 1, createBatch({ firstIndex: 4 }));
        store.forget(1);
        await expectGone();
        store.append(2, 2, others[1]!);
        await events.reached(2, 2);
        await expectGone();
        await reopen();
        await expectGone();
        expectSame(await store.read(2, 1, 1000), others);
      });

      test('nobody hears of what was under way, but of what comes later', async () => {
        store.append(1, 5, createBatch({ firstIndex: 1 }));
        store.forget(1);
        const again = createBatch({ firstIndex: 1, term: 9 });
        store.append(1, 1, again);
        expectSame(await store.read(1, 1, 1000), [again]);
        await events.reached(1, 1);
        expect(events.durable).toEqual([[1, 1]]);
        await reopen();
        expectSame(await store.read(1, 1, 1000), [again]);
      });

      test('of a group that is not there does nothing', async () => {
        store.forget(7);
        expect(store.recovered(7)).toEqual(empty(beginning));
      });
    });

    test('tells who keeps the log from being shorter', async () => {
      expect(store.usage()).toEqual({ bytes: expect.any(Number), heldBy: [] });
      for (const group of [1, 2, 3]) await fill(group, 1, 3);
      await fill(4, 1, 200);
      await reopen();
      const { bytes, heldBy } = store.usage();
      expect(bytes).toBeGreaterThan(200 * 3000);
      expect([...heldBy].sort()).toEqual([1, 2, 3, 4]);
      store.release(4, 150);
      store.reset(1, 4, { index: 9, term: 1 });
      expect([...store.usage().heldBy].sort()).toEqual([2, 3]);
      store.forget(2);
      expect(store.usage().heldBy).toEqual([3]);
      store.release(3, 4);
      await reopen();
      store.release(3, 4);
      store.release(4, 150);
      expect(store.usage().bytes).toBeLessThan(bytes / 2);
      await reopen();
      expect(store.recovered(1)).toEqual(empty({ index: 9, term: 1 }));
      expect(store.recovered(2)).toEqual(empty(beginning));
      expect(store.recovered(3)).toEqual(empty({ index: 3, term: 1 }));
      expect(store.recovered(4)).toMatchObject({ lastIndex: 200 });
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
