// What every store of terms and votes must do.

import { deepEqual, equal } from 'node:assert/strict';
import { type HardState, initialHardState } from '@balsa/raft';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import type { HardStateStore } from '../ports.ts';

export interface HardStateStoreHarness {
  /** Opens the store of this harness, for the first time or again. The one before is closed. */
  open(): Promise<HardStateStore>;
  dispose(): Promise<void>;
}

class Trial {
  readonly harness: HardStateStoreHarness;
  store: HardStateStore;

  constructor(harness: HardStateStoreHarness, store: HardStateStore) {
    this.harness = harness;
    this.store = store;
  }

  async reopen(): Promise<void> {
    await this.store.close();
    this.store = await this.harness.open();
  }
}

function vote(term: number, votedFor?: number, incident = 0): HardState {
  return { term, votedFor, incident };
}

export function hardStateStoreCases(createHarness: () => Promise<HardStateStoreHarness>): ConformanceCase[] {
  const fixture = {
    setUp: async () => {
      const harness = await createHarness();
      return new Trial(harness, await harness.open());
    },
    tearDown: async (trial: Trial) => {
      await trial.store.close();
      await trial.harness.dispose();
    },
  };
  return casesOf(fixture, {
    'a group that was never saved is at term 0, and still after reopening': async (trial) => {
      deepEqual(trial.store.current(5), initialHardState);
      await trial.store.save(1, vote(3));
      await trial.reopen();
      deepEqual(trial.store.current(5), initialHardState);
    },

    'what was saved is current at once, and there after reopening': async (trial) => {
      const states = [vote(1), vote(1, 2), vote(7, undefined, 2 ** 47), vote(2 ** 40, 2 ** 52)];
      for (const state of states) {
        const saved = trial.store.save(4_000_000_000, state);
        deepEqual(trial.store.current(4_000_000_000), state);
        await saved;
        deepEqual(trial.store.current(4_000_000_000), state);
        await trial.reopen();
        deepEqual(trial.store.current(4_000_000_000), state);
      }
    },

    'groups do not see each other, however many there are': async (trial) => {
      const groups = Array.from({ length: 150 }, (_, i) => i * 31);
      await Promise.all(groups.map((group) => trial.store.save(group, vote(group + 1, (group % 5) + 1))));
      await trial.store.save(31, vote(999, 2, 17));
      await trial.reopen();
      for (const group of groups) {
        deepEqual(trial.store.current(group), group === 31 ? vote(999, 2, 17) : vote(group + 1, (group % 5) + 1));
      }
    },

    'saves resolve in call order, and the last one counts': async (trial) => {
      const order: number[] = [];
      const saves = [1, 2, 3, 4].map((term) => trial.store.save(1, vote(term)).then(() => order.push(term)));
      deepEqual(trial.store.current(1), vote(4));
      await Promise.all(saves);
      deepEqual(order, [1, 2, 3, 4]);
      await trial.reopen();
      deepEqual(trial.store.current(1), vote(4));
    },

    'an incident may open and close within a term': async (trial) => {
      for (const incident of [0, 5, 9, 0]) await trial.store.save(1, vote(3, 7, incident));
      await trial.reopen();
      deepEqual(trial.store.current(1), vote(3, 7));
    },

    'close waits for what was asked for, and can be called twice; nothing is saved after it': async (trial) => {
      const saved = trial.store.save(1, vote(8, 1));
      await Promise.all([trial.store.close(), trial.store.close()]);
      await saved;
      const late = await trial.store.save(1, vote(9)).then(
        () => 'saved',
        () => 'refused',
      );
      equal(late, 'refused');
      trial.store = await trial.harness.open();
      deepEqual(trial.store.current(1), vote(8, 1));
    },
  });
}
