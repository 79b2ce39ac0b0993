// A member's disk: a log that flushes what is queued, one flush at a time, the record of term and vote, and the newest snapshot.
// A crash keeps what was flushed, and any prefix of the flush that was under way.

import {
  type Batch,
  type Configuration,
  type HardState,
  type Index,
  incidentNumber,
  initialHardState,
  type RecoveredState,
  type SeededRandom,
  withLostEntries,
} from '@balsa/raft';
import type { Scheduler } from '../scheduler.ts';
import { HeldLog } from './held-log.ts';
import type { Scenario } from './scenario.ts';
import type { Snapshot } from './snapshot.ts';

/** An append, or a reset to what follows a snapshot. */
interface QueuedWrite {
  readonly sequence: number;
  readonly write: (log: HeldLog) => void;
}

export class SimulatedDisk {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #settings: Scenario['disk'];
  readonly #durable: HeldLog;
  /** What a reader sees: the durable log with everything queued on top. */
  readonly #visible: HeldLog;
  #durableHardState: HardState = initialHardState;
  #queued: QueuedWrite[] = [];
  #flushing: QueuedWrite[] = [];
  #savingHardStates: HardState[] = [];
  #snapshot: Snapshot | undefined;
  #calm = false;
  /** What would be done by now, if the disk did anything. */
  #stuck: (() => void)[] | undefined;
  /** Completions of an earlier life of the process are not delivered. */
  #life = 0;

  /** `initial`: of the group before its first entry, as the member was told when it was set up. */
  constructor(initial: Configuration, scheduler: Scheduler, random: SeededRandom, settings: Scenario['disk']) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#settings = settings;
    this.#durable = new HeldLog(initial);
    this.#visible = new HeldLog(initial);
  }

  /** What the next process would begin with. */
  get durable(): readonly Batch[] {
    return this.#snapshotBesideLog?.batches ?? this.#durable.batches;
  }

  get visible(): Omit<HeldLog, 'append' | 'resetTo' | 'truncateTo' | 'compactTo' | 'copyOf'> {
    return this.#visible;
  }

  get durableHardState(): HardState {
    return this.#durableHardState;
  }

  /** The newest that is durable. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** From now on no flush stalls. Those that are under way end in their own time. */
  calmDown(): void {
    this.#calm = true;
  }

  /** From now on nothing is written. What was written can be read. */
  getStuck(): void {
    this.#stuck ??= [];
  }

  /** Whatever should have been done is done now. */
  getFree(): void {
    const due = this.#stuck ?? [];
    this.#stuck = undefined;
    for (const act of due) act();
  }

  /** For a new process. A log that does not lead up to the newest snapshot gives way to it. */
  recovered(): RecoveredState {
    const instead = this.#snapshotBesideLog;
    if (instead !== undefined) this.#durable.resetTo(instead);
    this.#visible.copyOf(this.#durable);
    const { base, lastIndex } = this.#durable;
    return {
      hardState: this.#durableHardState,
      base,
      lastIndex,
      termRuns: this.#durable.termRuns(),
      configurations: this.#durable.configurations(),
      appliedIndex: this.#snapshot?.position.index ?? 0,
    };
  }

  append(sequence: number, batch: Batch, onDurable: (sequence: number) => void): void {
    this.#write({ sequence, write: (log) => log.append(batch) }, onDurable);
  }

  /** The log begins anew behind the snapshot. */
  reset(sequence: number, snapshot: Snapshot, onDurable: (sequence: number) => void): void {
    this.#write({ sequence, write: (log) => log.resetTo(snapshot) }, onDurable);
  }

  /** What lies up to `index` is only in the snapshot from now on. */
  compact(index: Index): void {
    this.#visible.compactTo(index);
    this.#durable.compactTo(index);
  }

  saveHardState(hardState: HardState, onSaved: () => void): void {
    this.#savingHardStates.push(hardState);
    this.#written(() => {
      // Saves are durable in the order in which they were asked for, even if a later one is answered first.
      const position = this.#savingHardStates.indexOf(hardState);
      if (position >= 0) {
        this.#durableHardState = hardState;
        this.#savingHardStates.splice(0, position + 1);
      }
      onSaved();
    });
  }

  saveSnapshot(snapshot: Snapshot, onSaved: () => void): void {
    this.#written(() => {
      const isNewer = snapshot.position.index > (this.#snapshot?.position.index ?? 0);
      if (isNewer) this.#snapshot = snapshot;
      onSaved();
    });
  }

  read(fromIndex: Index, bytesMax: number, onRead: (batches: Batch[]) => void): void {
    this.#later(() => onRead(this.#visible.read(fromIndex, bytesMax)));
  }

  crash(): void {
    this.#life++;
    const survivors = <T>(writes: readonly T[]): T[] =>
      this.#stuck === undefined ? writes.slice(0, this.#random.integerBetween(0, writes.length + 1)) : [];
    for (const { write } of survivors(this.#flushing)) write(this.#durable);
    const savedPrefix = survivors(this.#savingHardStates);
    this.#stuck = undefined;
    this.#durableHardState = savedPrefix.at(-1) ?? this.#durableHardState;
    this.#visible.copyOf(this.#durable);
    this.#queued = [];
    this.#flushing = [];
    this.#savingHardStates = [];
  }

  /**
   * The disk of a crashed member loses the end of what its log had confirmed, and the log store notices: it opens an incident, whose
   * number is made from `drawn`. How much of it is left, unless that is given, is drawn. False if there is nothing to lose.
   */
  loseEnd(drawn: number, batchesKept?: number): boolean {
    const { size, batches } = this.#durable;
    if (size === 0) return false;
    this.#durable.truncateTo(batchesKept ?? batches.length - this.#random.integerBetween(1, size + 1));
    this.#visible.copyOf(this.#durable);
    this.#durableHardState = withLostEntries(this.#durableHardState, drawn);
    return true;
  }

  /** A crashed member gets another disk, which is empty, and says so. */
  loseAll(drawn: number): void {
    this.#durable.clear();
    this.#visible.copyOf(this.#durable);
    this.#snapshot = undefined;
    this.#durableHardState = { ...initialHardState, incident: incidentNumber(drawn, 'andVotes') };
  }

  /** The newest snapshot, if the log does not hold what it stands for: it is newer, or the log is another. */
  get #snapshotBesideLog(): Snapshot | undefined {
    return this.#snapshot === undefined || this.#durable.has(this.#snapshot.position) ? undefined : this.#snapshot;
  }

  #write(queued: QueuedWrite, onDurable: (sequence: number) => void): void {
    queued.write(this.#visible);
    this.#queued.push(queued);
    if (this.#flushing.length === 0) this.#flush(onDurable);
  }

  #flush(onDurable: (sequence: number) => void): void {
    this.#flushing = this.#queued;
    this.#queued = [];
    this.#written(() => {
      const flushed = this.#flushing;
      this.#flushing = [];
      for (const { write } of flushed) write(this.#durable);
      if (this.#queued.length > 0) this.#flush(onDurable);
      onDurable(flushed.at(-1)!.sequence);
    });
  }

  /** After as long as a write takes, unless the process dies before. */
  #written(act: () => void): void {
    this.#later(() => {
      if (this.#stuck === undefined) act();
      else this.#stuck.push(act);
    });
  }

  /** After as long as the disk takes, unless the process dies before. */
  #later(act: () => void): void {
    const life = this.#life;
    this.#scheduler.after(this.#flushMs(), () => {
      if (life === this.#life) act();
    });
  }

  #flushMs(): number {
    const { flushMsMin, flushMsMax, stallProbability } = this.#settings;
    const ms = this.#random.integerBetween(flushMsMin, flushMsMax + 1);
    return !this.#calm && this.#random.chance(stallProbability) ? ms * 100 : ms;
  }
}
