// A member's disk: a log that flushes what is queued, one flush at a time, and the record of term and vote.
// A crash keeps what was flushed, and any prefix of the flush that was under way.

import {
  type Batch,
  configurationOf,
  type HardState,
  initialHardState,
  lastIndexOf,
  logStart,
  type NodeId,
  type RecoveredState,
  type SeededRandom,
} from '@balsa/raft';
import type { Scheduler } from '../scheduler.ts';
import type { Scenario } from './scenario.ts';

interface QueuedAppend {
  readonly sequence: number;
  readonly batch: Batch;
}

export class SimulatedLog {
  /** Of the group before its first entry. */
  readonly #members: readonly NodeId[];
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #settings: Scenario['disk'];
  #durable: Batch[] = [];
  #durableHardState: HardState = initialHardState;
  /** What a reader sees: the durable log with everything queued on top. */
  #visible: Batch[] = [];
  #queued: QueuedAppend[] = [];
  #flushing: QueuedAppend[] = [];
  #savingHardStates: HardState[] = [];
  #calm = false;
  /** Completions of an earlier life of the process are not delivered. */
  #life = 0;

  constructor(members: readonly NodeId[], scheduler: Scheduler, random: SeededRandom, settings: Scenario['disk']) {
    this.#members = members;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#settings = settings;
  }

  get durable(): readonly Batch[] {
    return this.#durable;
  }

  get visible(): readonly Batch[] {
    return this.#visible;
  }

  get durableHardState(): HardState {
    return this.#durableHardState;
  }

  /** From now on no flush stalls. Those that are under way end in their own time. */
  calmDown(): void {
    this.#calm = true;
  }

  recovered(): RecoveredState {
    const termRuns: (readonly [number, number])[] = [];
    for (const batch of this.#durable) {
      if (termRuns.at(-1)?.[1] !== batch.term) termRuns.push([batch.firstIndex, batch.term]);
    }
    const newest = this.#durable.at(-1);
    return {
      hardState: this.#durableHardState,
      base: logStart,
      lastIndex: newest === undefined ? 0 : lastIndexOf(newest),
      termRuns,
      configurations: [[0, configurationOf(this.#members)]],
      appliedIndex: 0,
    };
  }

  append(sequence: number, batch: Batch, onDurable: (sequence: number) => void): void {
    supersede(this.#visible, batch);
    this.#queued.push({ sequence, batch });
    if (this.#flushing.length === 0) this.#flush(onDurable);
  }

  saveHardState(hardState: HardState, onSaved: () => void): void {
    this.#savingHardStates.push(hardState);
    const life = this.#life;
    this.#scheduler.after(this.#flushMs(), () => {
      if (life !== this.#life) return;
      // Saves are durable in the order in which they were asked for, even if a later one is answered first.
      const position = this.#savingHardStates.indexOf(hardState);
      if (position >= 0) {
        this.#durableHardState = hardState;
        this.#savingHardStates.splice(0, position + 1);
      }
      onSaved();
    });
  }

  read(fromIndex: number, bytesMax: number, onRead: (batches: Batch[]) => void): void {
    const life = this.#life;
    this.#scheduler.after(this.#flushMs(), () => {
      if (life !== this.#life) return;
      const found: Batch[] = [];
      let bytes = 0;
      for (const batch of this.#visible) {
        if (lastIndexOf(batch) < fromIndex) continue;
        bytes += batch.bytes.length;
        if (found.length > 0 && bytes > bytesMax) break;
        found.push(batch);
      }
      onRead(found);
    });
  }

  crash(): void {
    this.#life++;
    const surviving = this.#random.integerBetween(0, this.#flushing.length + 1);
    for (const { batch } of this.#flushing.slice(0, surviving)) supersede(this.#durable, batch);
    const savedPrefix = this.#savingHardStates.slice(
      0,
      this.#random.integerBetween(0, this.#savingHardStates.length + 1),
    );
    this.#durableHardState = savedPrefix.at(-1) ?? this.#durableHardState;
    this.#visible = [...this.#durable];
    this.#queued = [];
    this.#flushing = [];
    this.#savingHardStates = [];
  }

  /**
   * The disk of a crashed member loses the end of what it had confirmed, and the log store notices: it opens an incident.
   * How much of it is left, unless that is given, is drawn. False if there is nothing to lose.
   */
  loseEnd(incident: number, batchesKept?: number): boolean {
    if (this.#durable.length === 0) return false;
    this.#durable.length = batchesKept ?? this.#random.integerBetween(0, this.#durable.length);
    this.#visible = [...this.#durable];
    this.#durableHardState = { ...this.#durableHardState, incident };
    return true;
  }

  #flush(onDurable: (sequence: number) => void): void {
    this.#flushing = this.#queued;
    this.#queued = [];
    const life = this.#life;
    this.#scheduler.after(this.#flushMs(), () => {
      if (life !== this.#life) return;
      const flushed = this.#flushing;
      this.#flushing = [];
      for (const { batch } of flushed) supersede(this.#durable, batch);
      if (this.#queued.length > 0) this.#flush(onDurable);
      onDurable(flushed.at(-1)!.sequence);
    });
  }

  #flushMs(): number {
    const { flushMsMin, flushMsMax, stallProbability } = this.#settings;
    const ms = this.#random.integerBetween(flushMsMin, flushMsMax + 1);
    return !this.#calm && this.#random.chance(stallProbability) ? ms * 100 : ms;
  }
}

function supersede(log: Batch[], batch: Batch): void {
  while (log.length > 0 && log.at(-1)!.firstIndex >= batch.firstIndex) log.pop();
  log.push(batch);
}
