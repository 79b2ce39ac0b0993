// What every log store must do about entries that are no longer needed: because they were released, because a snapshot took
// their place, or because the whole group is gone.

import { deepEqual, equal, notDeepEqual, ok, rejects, throws } from 'node:assert/strict';
import { configurationOf } from '@balsa/raft';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import { beginning, emptyBehind, expectSame, found, type LogStoreHarness, LogStoreTrial } from './log-store-trial.ts';
import { createBatch, createConfigurationBatch } from './log-testing.ts';

const base = { index: 70, term: 6 };
const next = createBatch({ firstIndex: 71, count: 2, term: 7, prevTerm: 6 });
const configuration = configurationOf([1, 2, 3]);

export function logCompactionCases(createHarness: () => Promise<LogStoreHarness>): ConformanceCase[] {
  const fixture = {
    setUp: async () => LogStoreTrial.start(await createHarness()),
    tearDown: (trial: LogStoreTrial) => trial.end(),
  };
  return casesOf(fixture, {
    'release takes nothing that is still needed': async (trial) => {
      for (let i = 1; i <= 50; i++) trial.store.append(1, i, createBatch({ firstIndex: i, payloadBytes: 3000 }));
      trial.store.append(2, 1, createBatch({ group: 2, firstIndex: 1 }));
      await trial.events.reached(1, 50);
      trial.store.release(1, 40);
      trial.store.release(2, 1);
      await trial.reopen();
      deepEqual(
        await trial.firstIndexes(40),
        Array.from({ length: 11 }, (_, i) => 40 + i),
      );
      equal((await trial.store.read(2, 1, 1000)).length, 1);
    },

    'what was released may be gone after reopening, but where the rest begins is known': async (trial) => {
      await trial.fill(1, 1, 100);
      await trial.fill(1, 101, 200, 4);
      trial.store.release(1, 151);
      await trial.reopen();
      const { base: begins, lastIndex, termRuns } = trial.store.recovered(1);
      equal(lastIndex, 200);
      ok(begins.index < 151);
      equal(begins.term, begins.index === 0 ? 0 : begins.index > 100 ? 4 : 1);
      deepEqual(termRuns.at(-1), [Math.max(101, begins.index + 1), 4]);
      deepEqual(
        await trial.firstIndexes(151),
        Array.from({ length: 50 }, (_, i) => 151 + i),
      );
    },

    'a group that has released everything is known for ever after, and its log goes on where it was': async (trial) => {
      await trial.fill(1, 1, 5);
      for (let rounds = 0; rounds < 4; rounds++) {
        await trial.fill(2, rounds * 50 + 1, rounds * 50 + 50);
        await trial.reopen();
        trial.store.release(1, 6);
        trial.store.release(2, rounds * 50 + 51);
      }
      ok(trial.store.usage().bytes < 100 * 3000);
      await trial.reopen();
      deepEqual(trial.store.recovered(1), emptyBehind({ index: 5, term: 1 }));
      await trial.fill(1, 6, 7);
      deepEqual(await trial.firstIndexes(6), [6, 7]);
    },

    'reset supersedes every entry, while queued, when durable and after reopening': async (trial) => {
      const expectBase = async (): Promise<void> => {
        for (const index of [1, 10, 70]) await expectReleased(trial, index);
        deepEqual(await trial.store.read(1, 71, 1000), []);
      };
      for (const [lastIndex, isDurable] of [
        [10, false],
        [200, false],
        [200, true],
      ] as const) {
        trial.store.append(1, 1, createBatch({ firstIndex: 1, count: 5 }));
        await trial.events.reached(1, 1);
        trial.store.append(1, 2, createBatch({ firstIndex: 6, count: lastIndex - 5 }));
        if (isDurable) await trial.events.reached(1, 2);
        trial.store.reset(1, 3, base);
        await expectBase();
        await trial.events.reached(1, 3);
        await expectBase();
        await trial.reopen();
        await expectBase();
        deepEqual(trial.store.recovered(1), emptyBehind(base));
        trial.store.forget(1);
      }
    },

    'reset is reported in order, like an append': async ({ store, events }) => {
      store.append(1, 4, createBatch({ firstIndex: 1 }));
      store.reset(1, 5, base);
      await events.reached(1, 5);
      store.append(1, 6, next);
      await events.reached(1, 6);
      deepEqual(
        events.durable.map(([, sequence]) => sequence),
        [5, 6],
      );
    },

    'what a log was reset to is what the next batch follows on, and nothing else': async (trial) => {
      trial.store.append(1, 1, createBatch({ firstIndex: 1, count: 9 }));
      trial.store.reset(1, 2, base);
      for (const firstIndex of [10, 70, 72]) {
        throws(() => trial.store.append(1, 3, createBatch({ firstIndex })), /cannot follow entry 70/);
      }
      trial.store.append(1, 3, next);
      expectSame(await trial.store.read(1, 72, 1000), [next]);
      await trial.events.reached(1, 3);
      expectSame(await trial.store.read(1, 71, 1000), [next]);
      await trial.reopen();
      await expectReleased(trial, 70);
      expectSame(await trial.store.read(1, 71, 1000), [next]);
      deepEqual(trial.store.recovered(1), { ...emptyBehind(base), lastIndex: 72, termRuns: [[71, 7]] });
    },

    'reset takes what is there, queued or not, and configurations with it; other groups keep theirs': async (trial) => {
      trial.store.append(1, 1, createConfigurationBatch({ firstIndex: 1, configuration }));
      trial.store.append(2, 1, createConfigurationBatch({ group: 2, firstIndex: 1, configuration }));
      trial.store.reset(1, 2, { index: 3, term: 1 });
      trial.store.append(1, 3, createBatch({ firstIndex: 4 }));
      trial.store.reset(1, 4, base);
      trial.store.append(1, 5, createConfigurationBatch({ firstIndex: 71, term: 7, prevTerm: 6, configuration }));
      await trial.reopen();
      deepEqual(trial.store.recovered(1), {
        base,
        lastIndex: 71,
        termRuns: [[71, 7]],
        configurations: [[71, configuration]],
      });
      deepEqual(trial.store.recovered(2), { ...found(1, [[1, 1]]), configurations: [[1, configuration]] });
    },

    'reset refuses what no log can follow on, and the log is what it was': async (trial) => {
      trial.store.append(1, 1, createBatch({ firstIndex: 1 }));
      for (const wrong of [
        { index: 0, term: 5 },
        { index: -1, term: 1 },
        { index: 1.5, term: 1 },
        { index: Number.MAX_SAFE_INTEGER, term: 1 },
        { index: 1, term: 2 ** 53 },
        { index: 5, term: 0 },
      ]) {
        throws(() => trial.store.reset(1, 2, wrong), RangeError);
      }
      trial.store.append(1, 3, createBatch({ firstIndex: 2 }));
      await trial.reopen();
      deepEqual(trial.store.recovered(1), found(2, [[1, 1]]));
    },

    'reset can go back': async (trial) => {
      const earlier = { index: 5, term: 2 };
      trial.store.reset(1, 1, base);
      trial.store.append(1, 2, next);
      trial.store.reset(1, 3, earlier);
      const later = createBatch({ firstIndex: 6, term: 2 });
      trial.store.append(1, 4, later);
      await trial.reopen();
      expectSame(await trial.store.read(1, 6, 1000), [later]);
      deepEqual(trial.store.recovered(1), { ...emptyBehind(earlier), lastIndex: 6, termRuns: [[6, 2]] });
    },

    'forget leaves nothing, at once, when durable and after reopening; other groups keep theirs': async (trial) => {
      const others = [createBatch({ group: 2, firstIndex: 1 }), createBatch({ group: 2, firstIndex: 2 })];
      trial.store.append(1, 1, createBatch({ firstIndex: 1, count: 3 }));
      trial.store.append(2, 1, others[0]!);
      await trial.reopen();
      const expectGone = async (): Promise<void> => {
        deepEqual(await trial.store.read(1, 1, 1000), []);
        deepEqual(trial.store.recovered(1), emptyBehind(beginning));
        notDeepEqual(await trial.store.read(2, 1, 1000), []);
      };
      trial.store.append(1, 1, createBatch({ firstIndex: 4 }));
      trial.store.forget(1);
      await expectGone();
      trial.store.append(2, 2, others[1]!);
      await trial.events.reached(2, 2);
      await expectGone();
      await trial.reopen();
      await expectGone();
      expectSame(await trial.store.read(2, 1, 1000), others);
    },

    'of what was under way when its group was forgotten nobody hears, but of what comes later': async (trial) => {
      trial.store.append(1, 5, createBatch({ firstIndex: 1 }));
      trial.store.forget(1);
      const again = createBatch({ firstIndex: 1, term: 9 });
      trial.store.append(1, 1, again);
      expectSame(await trial.store.read(1, 1, 1000), [again]);
      await trial.events.reached(1, 1);
      deepEqual(trial.events.durable, [[1, 1]]);
      await trial.reopen();
      expectSame(await trial.store.read(1, 1, 1000), [again]);
    },

    'forgetting a group that is not there does nothing': async ({ store }) => {
      store.forget(7);
      deepEqual(store.recovered(7), emptyBehind(beginning));
    },

    'tells who keeps the log from being shorter': async (trial) => {
      deepEqual(trial.store.usage().heldBy, []);
      for (const group of [1, 2, 3]) await trial.fill(group, 1, 3);
      await trial.fill(4, 1, 200);
      await trial.reopen();
      const { bytes, heldBy } = trial.store.usage();
      ok(bytes > 200 * 3000);
      deepEqual(heldBy.toSorted(), [1, 2, 3, 4]);
      trial.store.release(4, 150);
      trial.store.reset(1, 4, { index: 9, term: 1 });
      deepEqual(trial.store.usage().heldBy.toSorted(), [2, 3]);
      trial.store.forget(2);
      deepEqual(trial.store.usage().heldBy, [3]);
      trial.store.release(3, 4);
      await trial.reopen();
      trial.store.release(3, 4);
      trial.store.release(4, 150);
      ok(trial.store.usage().bytes < bytes / 2);
      await trial.reopen();
      deepEqual(trial.store.recovered(1), emptyBehind({ index: 9, term: 1 }));
      deepEqual(trial.store.recovered(2), emptyBehind(beginning));
      deepEqual(trial.store.recovered(3), emptyBehind({ index: 3, term: 1 }));
      equal(trial.store.recovered(4).lastIndex, 200);
    },
  });
}

function expectReleased({ store }: LogStoreTrial, fromIndex: number): Promise<void> {
  return rejects(store.read(1, fromIndex, 1000), { code: 'LOG_RELEASED' });
}
