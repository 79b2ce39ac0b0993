// Crashes at any point of a random workload, three incarnations in a row, on the simulated disk. Whatever is found
// afterwards must be the log as it was after some append, in order over all groups, and no earlier than the last one
// reported durable. A seed that fails is in the failure's message; set BALSA_SEED to run it alone.

import { type Batch, lastIndexOf } from '@balsa/raft';
import { expect, test } from 'vitest';
import { SeededRandom } from '../disk/seeded-random.ts';
import { type SimulatedCrash, SimulatedDisk } from '../disk/simulated-disk.ts';
import type { ReplicaError } from '../errors.ts';
import { createBatch, ManualClock, RecordedEvents } from './log-testing.ts';
import type { Durability } from './settings.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const settings = {
  segmentBytes: 48 * 1024,
  firstSegmentBytes: 12 * 1024,
  blockBytesMax: 12 * 1024,
  retainSegmentsMin: 0,
};
const groups = [1, 2, 3];

/** The naive log: per group its batches, each with the number of the append that brought it. */
type Model = Map<number, { readonly batch: Batch; readonly append: number }[]>;

class Workload {
  readonly random: SeededRandom;
  /** The state after each append; the first is the one at the start. */
  readonly states: Model[];
  /** The append that each sequence stands for, and the last one that was reported durable. */
  reported = 0;
  readonly released = new Map<number, number>();
  #term = 1;

  constructor(random: SeededRandom, start: Model, released: ReadonlyMap<number, number>) {
    this.random = random;
    this.states = [start];
    for (const [group, index] of released) this.released.set(group, index);
    for (const batches of start.values()) {
      for (const { batch } of batches) this.#term = Math.max(this.#term, batch.term);
    }
  }

  get #state(): Model {
    return this.states.at(-1)!;
  }

  append(log: WriteAheadLog): void {
    const group = groups[this.random.below(groups.length)]!;
    let kept = this.#state.get(group) ?? [];
    if (kept.length > 0 && this.random.chance(0.15)) {
      // A new leader supersedes the end, though nothing that was released as no longer needed.
      const firstFree = kept.findIndex(({ batch }) => batch.firstIndex >= (this.released.get(group) ?? 0));
      if (firstFree >= 0) kept = kept.slice(0, this.random.between(firstFree, kept.length));
      this.#term++;
    }
    const last = kept.at(-1)?.batch;
    const batch = createBatch({
      group,
      firstIndex: last === undefined ? Math.max(1, this.released.get(group) ?? 1) : lastIndexOf(last) + 1,
      count: this.random.between(1, 3),
      term: this.#term,
      prevTerm: last?.term ?? 0,
      payloadBytes: this.random.chance(0.1) ? this.random.between(4000, 20_000) : this.random.below(300),
      fill: this.random.below(256),
    });
    const append = this.states.length;
    this.states.push(new Map(this.#state).set(group, [...kept, { batch, append }]));
    log.append(group, append, batch);
  }

  release(log: WriteAheadLog): void {
    const group = groups[this.random.below(groups.length)]!;
    const batches = this.#state.get(group) ?? [];
    const durable = batches.filter(({ append }) => append <= this.reported);
    const last = durable[this.random.below(durable.length)];
    if (last === undefined) return;
    const index = Math.max(this.released.get(group) ?? 0, last.batch.firstIndex);
    this.released.set(group, index);
    log.release(group, index);
  }
}

async function readAll(log: WriteAheadLog): Promise<Map<number, Batch[]>> {
  const found = new Map<number, Batch[]>();
  for (const group of groups) {
    const { lastIndex } = log.recovered(group);
    const batches: Batch[] = [];
    let index = 1;
    while (index <= lastIndex) {
      try {
        const more = await log.read(group, index, 30_000);
        batches.push(...more);
        index = lastIndexOf(more.at(-1)!) + 1;
      } catch (error) {
        if ((error as ReplicaError).code !== 'LOG_RELEASED') throw error;
        index++;
      }
    }
    found.set(group, batches);
  }
  return found;
}

function fingerprint(batches: readonly Batch[], from: number): string {
  return batches
    .filter((batch) => lastIndexOf(batch) >= from)
    .map(({ firstIndex, bytes }) => `${firstIndex}:${Buffer.from(bytes).readUInt32LE(4)}`)
    .join(' ');
}

function lastOf(batches: readonly Batch[]): number {
  const last = batches.at(-1);
  return last === undefined ? 0 : lastIndexOf(last);
}

/** The last state that equals what was found, from the released index of each group on. */
function matchingState(states: readonly Model[], found: Map<number, Batch[]>, released: Map<number, number>): number {
  return states.findLastIndex((state) =>
    groups.every((group) => {
      const from = released.get(group) ?? 0;
      const expected = (state.get(group) ?? []).map(({ batch }) => batch);
      const actual = found.get(group) ?? [];
      // Entries that were released, but are still there, must fit too: the group goes on from its last one.
      if (actual.length > 0 && lastOf(actual) !== lastOf(expected)) return false;
      return fingerprint(expected, from) === fingerprint(actual, from);
    }),
  );
}

/** Completes operations in random order, one at a time, with everything that follows from each. */
class Stepper {
  isOn = false;
  readonly #waiting: (() => void)[] = [];
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  readonly schedule = (complete: () => void): void => {
    if (this.isOn) this.#waiting.push(complete);
    else queueMicrotask(complete);
  };

  async step(): Promise<void> {
    this.#waiting.splice(this.#random.below(this.#waiting.length), 1)[0]?.();
    await new Promise(setImmediate);
  }

  drop(): void {
    this.#waiting.length = 0;
    this.isOn = false;
  }
}

async function crashRepeatedly(seed: number, durability: Durability, kind: SimulatedCrash): Promise<void> {
  const random = new SeededRandom(seed);
  const stepper = new Stepper(random);
  let disk = new SimulatedDisk({ seed, schedule: stepper.schedule });
  let model: Model = new Map();
  let released: ReadonlyMap<number, number> = new Map();
  for (let incarnation = 0; incarnation < 3; incarnation++) {
    const workload = new Workload(random, model, released);
    const events = new RecordedEvents();
    const clock = new ManualClock();
    const open = (on: SimulatedDisk): Promise<WriteAheadLog> =>
      WriteAheadLog.open({ disk: on, folder: '/log', clock, events, durability, settings });
    const log = await open(disk);
    stepper.isOn = true;
    const steps = random.below(120);
    for (let step = 0; step < steps; step++) {
      const reported = Math.max(0, ...events.durable.map(([, sequence]) => sequence));
      workload.reported = Math.max(workload.reported, reported);
      const choice = random.below(20);
      if (choice < 6) workload.append(log);
      else if (choice === 6) workload.release(log);
      else if (choice === 7) clock.fire();
      else await stepper.step();
    }
    const durable = Math.max(0, ...events.durable.map(([, sequence]) => sequence));
    stepper.drop();
    disk = disk.crash(kind);
    const recovered = await open(disk);
    const found = await readAll(recovered);
    const state = matchingState(workload.states, found, workload.released);
    expect(state, 'what was recovered is no state that the log ever had').toBeGreaterThanOrEqual(0);
    const mayLose = durability === 'memory' || (durability === 'batched' && kind === 'power');
    if (!mayLose) expect(state, 'an entry reported durable is lost').toBeGreaterThanOrEqual(durable);
    await recovered.close();
    model = workload.states[state]!;
    released = workload.released;
  }
}

function seeds(count: number): number[] {
  const { BALSA_SEED: chosen } = process.env;
  return chosen === undefined ? Array.from({ length: count }, (_, i) => i) : [Number(chosen)];
}

test.each([
  { durability: 'sync', kind: 'power', count: 600 },
  { durability: 'sync', kind: 'process', count: 300 },
  { durability: 'batched', kind: 'process', count: 150 },
  { durability: 'batched', kind: 'power', count: 300 },
  { durability: 'memory', kind: 'power', count: 150 },
] as const)(
  '$count seeds, $durability, the $kind fails',
  async ({ durability, kind, count }) => {
    for (const seed of seeds(count)) {
      try {
        await crashRepeatedly(seed, durability, kind);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
  },
  120_000,
);
