// Crashes at any point of a random workload, three incarnations in a row, on the simulated disk. Whatever is found
// afterwards must be the log as it was after some operation, in order over all groups, and no earlier than the last one
// reported durable. A seed that fails is in the failure's message; set BALSA_SEED to run it alone.

import { type Batch, type Configuration, configurationOf, lastIndexOf } from '@balsa/raft';
import { expect, test } from 'vitest';
import { SeededRandom } from '../disk/seeded-random.ts';
import { type SimulatedCrash, SimulatedDisk } from '../disk/simulated-disk.ts';
import type { LogPosition, RecoveredLog } from '../ports.ts';
import { createBatch, createConfigurationBatch, ManualClock, RecordedEvents } from './log-testing.ts';
import type { Durability } from './settings.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const settings = {
  segmentBytes: 48 * 1024,
  firstSegmentBytes: 12 * 1024,
  blockBytesMax: 12 * 1024,
  retainSegmentsMin: 0,
};
const groups = [1, 2, 3];

interface ModelBatch {
  readonly batch: Batch;
  /** The operation that brought it. */
  readonly operation: number;
}

/** The naive log of one group. What was released stays in it. */
interface ModelGroup {
  readonly base: LogPosition;
  readonly batches: readonly ModelBatch[];
  /** The same object until the group is reset or forgotten. */
  readonly life: { released: number };
}

type Model = ReadonlyMap<number, ModelGroup>;

function newGroup(base: LogPosition = { index: 0, term: 0 }): ModelGroup {
  return { base, batches: [], life: { released: 0 } };
}

function lastOf({ base, batches }: ModelGroup): LogPosition {
  const last = batches.at(-1)?.batch;
  return last === undefined ? base : { index: lastIndexOf(last), term: last.term };
}

class Workload {
  readonly random: SeededRandom;
  /** The state after each operation; the first is the one at the start. */
  readonly states: Model[];
  /** The last operation that was reported durable. */
  reported = 0;
  #term = 1;

  constructor(random: SeededRandom, start: Model) {
    this.random = random;
    this.states = [start];
    for (const group of start.values()) this.#term = Math.max(this.#term, lastOf(group).term);
  }

  append(log: WriteAheadLog): void {
    const { random } = this;
    const [group, before] = this.#draw();
    const { base, life } = before;
    let kept = before.batches;
    if (kept.length > 0 && random.chance(0.15)) {
      // A new leader supersedes the end, though nothing that was released as no longer needed.
      const firstFree = kept.findIndex(({ batch }) => batch.firstIndex >= life.released);
      if (firstFree >= 0) kept = kept.slice(0, random.between(firstFree, kept.length));
      this.#term++;
    }
    const last = lastOf({ base, batches: kept, life });
    const place = { group, firstIndex: last.index + 1, term: this.#term, prevTerm: last.term };
    const batch = random.chance(0.15)
      ? createConfigurationBatch({ ...place, configuration: configurationOf([1, 2 + random.below(1000)]) })
      : createBatch({
          ...place,
          count: random.between(1, 3),
          payloadBytes: random.chance(0.1) ? random.between(4000, 20_000) : random.below(300),
          fill: random.below(256),
        });
    const operation = this.#note(group, { base, batches: [...kept, { batch, operation: this.states.length }], life });
    log.append(group, operation, batch);
  }

  reset(log: WriteAheadLog): void {
    const [group, before] = this.#draw();
    const last = lastOf(before).index;
    const base = { index: this.random.between(1, last + 5), term: ++this.#term };
    log.reset(group, this.#note(group, newGroup(base)), base);
  }

  forget(log: WriteAheadLog): void {
    const [group] = this.#draw();
    this.#note(group, newGroup());
    log.forget(group);
  }

  release(log: WriteAheadLog): void {
    const [group, { batches, life }] = this.#draw();
    const durable = batches.filter(({ operation }) => operation <= this.reported);
    const drawn = durable[this.random.below(durable.length)];
    if (drawn === undefined) return;
    life.released = Math.max(life.released, this.random.chance(0.4) ? lastIndexOf(durable.at(-1)!.batch) + 1 : drawn.batch.firstIndex); // biome-ignore format: one rule
    log.release(group, life.released);
  }

  #draw(): [number, ModelGroup] {
    const group = groups[this.random.below(groups.length)]!;
    return [group, this.states.at(-1)!.get(group) ?? newGroup()];
  }

  /** Returns the number of the operation that makes this of the group. */
  #note(group: number, after: ModelGroup): number {
    return this.states.push(new Map(this.states.at(-1)).set(group, after)) - 1;
  }
}

interface FoundLog extends RecoveredLog {
  readonly batches: readonly Batch[];
}

async function readAll(log: WriteAheadLog): Promise<Map<number, FoundLog>> {
  const found = new Map<number, FoundLog>();
  for (const group of groups) {
    const recovered = log.recovered(group);
    const batches: Batch[] = [];
    for (let index = recovered.base.index + 1; index <= recovered.lastIndex; ) {
      batches.push(...(await log.read(group, index, 30_000)));
      index = lastIndexOf(batches.at(-1)!) + 1;
    }
    found.set(group, { ...recovered, batches });
  }
  return found;
}

/** What recovery must tell of a group of which everything up to `base` is gone; `undefined`: that cannot be gone. */
function expectedOf(group: ModelGroup, base: LogPosition): FoundLog | undefined {
  const ends = [group.base, ...group.batches.map(({ batch }) => ({ index: lastIndexOf(batch), term: batch.term }))];
  const mayBegin = ends.some(({ index, term }) => index === base.index && term === base.term);
  if (!mayBegin || (base.index > group.base.index && base.index >= group.life.released)) return undefined;
  const batches = group.batches.map(({ batch }) => batch).filter(({ firstIndex }) => firstIndex > base.index);
  const termRuns: [number, number][] = [];
  const configurations: [number, Configuration][] = [];
  for (const { firstIndex, term, configuration } of batches) {
    if (termRuns.at(-1)?.[1] !== term) termRuns.push([firstIndex, term]);
    if (configuration !== undefined) configurations.push([firstIndex, configuration]);
  }
  return { base, lastIndex: lastOf(group).index, termRuns, configurations, batches };
}

function fingerprint(found: FoundLog): string {
  const checksums = found.batches.map(({ bytes }) => Buffer.from(bytes).readUInt32LE(4));
  return JSON.stringify([found.base, found.lastIndex, found.termRuns, found.configurations, checksums]);
}

/** The last state that equals what was found, but for what was released. */
function matchingState(states: readonly Model[], found: ReadonlyMap<number, FoundLog>): number {
  return states.findLastIndex((state) =>
    groups.every((group) => {
      const actual = found.get(group)!;
      const expected = expectedOf(state.get(group) ?? newGroup(), actual.base);
      return expected !== undefined && fingerprint(expected) === fingerprint(actual);
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

  /** From now on everything completes as soon as possible, in order. */
  rush(): void {
    this.isOn = false;
    for (const complete of this.#waiting.splice(0)) queueMicrotask(complete);
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
  for (let incarnation = 0; incarnation < 3; incarnation++) {
    const workload = new Workload(random, model);
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
      const choice = random.below(40);
      if (choice < 12) workload.append(log);
      else if (choice < 15) workload.release(log);
      else if (choice === 15) workload.reset(log);
      else if (choice === 16) workload.forget(log);
      else if (choice === 17) clock.fire();
      else await stepper.step();
    }
    const isClosed = random.chance(0.2);
    if (isClosed) {
      stepper.rush();
      await log.close();
    }
    const durable = isClosed
      ? workload.states.length - 1
      : Math.max(0, ...events.durable.map(([, sequence]) => sequence));
    stepper.drop();
    disk = disk.crash(kind);
    const recovered = await open(disk);
    const state = matchingState(workload.states, await readAll(recovered));
    expect(state, 'what was recovered is no state that the log ever had').toBeGreaterThanOrEqual(0);
    const mayLose = durability === 'memory' || (durability === 'batched' && kind === 'power');
    if (!mayLose || isClosed) expect(state, 'an entry reported durable is lost').toBeGreaterThanOrEqual(durable);
    await recovered.close();
    model = workload.states[state]!;
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
