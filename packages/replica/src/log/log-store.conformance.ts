// What every log store must do, real or simulated: keep batches, in order and byte for byte, and say what is durable.

import { deepEqual, equal, throws } from 'node:assert/strict';
import { configurationOf } from '@balsa/raft';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import { logCompactionCases } from './log-compaction.conformance.ts';
import { beginning, emptyBehind, expectSame, found, type LogStoreHarness, LogStoreTrial } from './log-store-trial.ts';
import { createBatch, createConfigurationBatch } from './log-testing.ts';

export function logStoreCases(createHarness: () => Promise<LogStoreHarness>): ConformanceCase[] {
  return [...batchCases(createHarness), ...logCompactionCases(createHarness)];
}

function batchCases(createHarness: () => Promise<LogStoreHarness>): ConformanceCase[] {
  const fixture = {
    setUp: async () => LogStoreTrial.start(await createHarness()),
    tearDown: (trial: LogStoreTrial) => trial.end(),
  };
  return casesOf(fixture, {
    'a new store is empty': async ({ store }) => {
      deepEqual(store.recovered(1), emptyBehind(beginning));
      deepEqual(await store.read(1, 1, 1000), []);
    },

    'reports what became durable: per group, the highest sequence, in order': async ({ store, events }) => {
      store.append(1, 1, createBatch({ group: 1, firstIndex: 1 }));
      store.append(2, 7, createBatch({ group: 2, firstIndex: 1 }));
      store.append(1, 2, createBatch({ group: 1, firstIndex: 2 }));
      await events.reached(1, 2);
      await events.reached(2, 7);
      store.append(1, 3, createBatch({ group: 1, firstIndex: 3 }));
      await events.reached(1, 3);
      const sequences = events.durable.filter(([group]) => group === 1).map(([, sequence]) => sequence);
      deepEqual(
        sequences,
        [...new Set(sequences)].sort((a, b) => a - b),
      );
      deepEqual(events.failures, []);
    },

    'reads back the very bytes, queued, durable and after reopening': async (trial) => {
      const batches = [
        createBatch({ firstIndex: 1, count: 3, fill: 1 }),
        createBatch({ firstIndex: 4, count: 2, fill: 2, payloadBytes: 5000 }),
        createBatch({ firstIndex: 6, count: 1, fill: 3, payloadBytes: 0 }),
      ];
      for (const [i, batch] of batches.entries()) trial.store.append(1, i + 1, batch);
      expectSame(await trial.store.read(1, 1, 1_000_000), batches);
      await trial.events.reached(1, 3);
      expectSame(await trial.store.read(1, 1, 1_000_000), batches);
      await trial.reopen();
      expectSame(await trial.store.read(1, 1, 1_000_000), batches);
      deepEqual(trial.store.recovered(1), found(6, [[1, 1]]));
    },

    'a read begins with the batch that contains the index, and takes at least one and at most bytesMax': async ({
      store,
      events,
    }) => {
      const batches = [1, 4, 7].map((firstIndex) => createBatch({ firstIndex, count: 3 }));
      for (const [i, batch] of batches.entries()) store.append(1, i + 1, batch);
      const expectReads = async (): Promise<void> => {
        expectSame(await store.read(1, 5, 1), [batches[1]!]);
        expectSame(await store.read(1, 6, batches[1]!.bytes.length * 2 - 1), [batches[1]!]);
        expectSame(await store.read(1, 6, batches[1]!.bytes.length * 2), batches.slice(1));
        deepEqual(await store.read(1, 10, 1000), []);
        deepEqual(await store.read(2, 1, 1000), []);
      };
      await expectReads();
      await events.reached(1, 3);
      await expectReads();
    },

    'a read goes on from durable to queued batches': async ({ store, events }) => {
      const batches = [createBatch({ firstIndex: 1, count: 2 }), createBatch({ firstIndex: 3, count: 2 })];
      store.append(1, 1, batches[0]!);
      await events.reached(1, 1);
      store.append(1, 2, batches[1]!);
      expectSame(await store.read(1, 2, 1000), batches);
    },

    'superseded entries are gone, while queued, when durable and after reopening': async (trial) => {
      for (let i = 1; i <= 6; i++) trial.store.append(1, i, createBatch({ firstIndex: i }));
      await trial.events.reached(1, 4);
      const kept = createBatch({ firstIndex: 4, count: 2, term: 3, prevTerm: 1 });
      trial.store.append(1, 7, kept);
      const expectKept = async (): Promise<void> => {
        expectSame(await trial.store.read(1, 4, 1000), [kept]);
        deepEqual(await trial.firstIndexes(1), [1, 2, 3, 4]);
        deepEqual(await trial.store.read(1, 6, 1000), []);
      };
      await expectKept();
      await trial.events.reached(1, 7);
      await expectKept();
      await trial.reopen();
      await expectKept();
      deepEqual(trial.store.recovered(1), found(5, [[1, 1], [4, 3]])); // biome-ignore format: pairs
    },

    'entries that were spread over much of the log are gone when they are superseded': async ({ store, events }) => {
      for (let i = 1; i <= 50; i++) store.append(1, i, createBatch({ firstIndex: i, payloadBytes: 10_000 }));
      await events.reached(1, 50);
      store.append(1, 51, createBatch({ firstIndex: 20, term: 3, prevTerm: 1 }));
      await events.reached(1, 51);
      const read = await store.read(1, 1, 1_000_000);
      deepEqual(
        read.map(({ firstIndex, term }) => [firstIndex, term]),
        Array.from({ length: 20 }, (_, i) => [i + 1, i + 1 === 20 ? 3 : 1]),
      );
      deepEqual(await store.read(1, 21, 1000), []);
    },

    'the whole log of a group can be superseded': async (trial) => {
      trial.store.append(1, 1, createBatch({ firstIndex: 1, count: 9 }));
      await trial.events.reached(1, 1);
      const kept = createBatch({ firstIndex: 1, term: 2 });
      trial.store.append(1, 2, kept);
      await trial.reopen();
      expectSame(await trial.store.read(1, 1, 1000), [kept]);
      deepEqual(trial.store.recovered(1), found(1, [[1, 2]]));
    },

    'groups do not see each other': async (trial) => {
      const one = createBatch({ group: 1, firstIndex: 1, fill: 1 });
      const two = createBatch({ group: 2, firstIndex: 1, fill: 2 });
      trial.store.append(1, 1, one);
      trial.store.append(2, 1, two);
      await trial.reopen();
      expectSame(await trial.store.read(1, 1, 1000), [one]);
      expectSame(await trial.store.read(2, 1, 1000), [two]);
      equal(trial.store.recovered(3).lastIndex, 0);
    },

    'close waits for what was queued, and can be called twice': async (trial) => {
      const { store, events } = trial;
      for (let i = 1; i <= 100; i++) store.append(1, i, createBatch({ firstIndex: i, payloadBytes: 1000 }));
      await Promise.all([store.close(), store.close()]);
      equal(events.durableOf(1), 100);
      await trial.reopen();
      equal(trial.store.recovered(1).lastIndex, 100);
    },

    'configurations are found again, but for those that were superseded': async (trial) => {
      const [first, second, third] = [[1], [1, 2], [1, 2, 3]].map(configurationOf);
      trial.store.append(1, 1, createConfigurationBatch({ firstIndex: 1, configuration: first! }));
      trial.store.append(1, 2, createBatch({ firstIndex: 2, count: 3 }));
      trial.store.append(1, 3, createConfigurationBatch({ firstIndex: 5, configuration: second! }));
      trial.store.append(1, 4, createBatch({ firstIndex: 6 }));
      deepEqual((await trial.store.read(1, 5, 1))[0]?.configuration, second);
      await trial.reopen();
      deepEqual((await trial.store.read(1, 5, 1))[0]?.configuration, second);
      const both = [[1, first], [5, second]]; // biome-ignore format: pairs
      deepEqual(trial.store.recovered(1), { ...found(6, [[1, 1]]), configurations: both });
      trial.store.append(
        1,
        1,
        createConfigurationBatch({ firstIndex: 5, term: 2, prevTerm: 1, configuration: third! }),
      );
      await trial.reopen();
      deepEqual(trial.store.recovered(1).configurations, [[1, first], [5, third]]); // biome-ignore format: pairs
      trial.store.append(1, 1, createBatch({ firstIndex: 4, term: 3, prevTerm: 1 }));
      await trial.reopen();
      deepEqual(trial.store.recovered(1).configurations, [[1, first]]);
    },

    'refuses a batch that would leave a gap, behind the end or at the beginning': async ({ store }) => {
      throws(() => store.append(1, 1, createBatch({ firstIndex: 2 })), /entry 2 cannot follow entry 0/);
      store.append(1, 1, createBatch({ firstIndex: 1 }));
      throws(() => store.append(1, 2, createBatch({ firstIndex: 3 })), /entry 3 cannot follow entry 1/);
    },
  });
}
