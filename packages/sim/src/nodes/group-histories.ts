// What a group has done, as all its nodes together have shown it. A forced recovery (docs/recovery.md) ends one history and begins
// another, which has of it what was kept; every term names the lineage that it belongs to, and so the history that a node is held to.

import {
  type Batch,
  type Configuration,
  type Index,
  type LogPosition,
  lastIndexOf,
  lineageOf,
  type Term,
} from '@balsa/raft';
import { ConfigurationOracle } from '../configuration-oracle.ts';
import { Oracles } from '../oracles.ts';
import { AppliedHistory } from './applied-history.ts';
import { RegisterLog } from './register-log.ts';

/** Of one lineage. */
export interface GroupHistory {
  readonly oracles: Oracles;
  readonly configurations: ConfigurationOracle;
  readonly applied: AppliedHistory;
  /** What the commands mean; empty if they are not about registers. */
  readonly registers: RegisterLog;
}

/** Hears of every command that is applied first in a lineage, in the order of its log. */
export type OnApplied = (lineage: number, registers: RegisterLog, index: Index, command: Buffer) => void;

export class GroupHistories {
  readonly #onApplied: OnApplied;
  /** By lineage. */
  readonly #histories: GroupHistory[];

  constructor(founding: Configuration, onApplied: OnApplied) {
    this.#onApplied = onApplied;
    const registers = new RegisterLog();
    this.#histories = [
      {
        oracles: new Oracles(),
        configurations: new ConfigurationOracle(founding),
        registers,
        applied: new AppliedHistory((index, command) => onApplied(0, registers, index, command)),
      },
    ];
  }

  /** As the group goes on. */
  get current(): GroupHistory {
    return this.#histories.at(-1)!;
  }

  /** How often the group was forced to go on. */
  get newestLineage(): number {
    return this.#histories.length - 1;
  }

  get elections(): number {
    return this.#histories.reduce((sum, { oracles }) => sum + oracles.elections, 0);
  }

  /** What a node of this term is held to. */
  of(term: Term): GroupHistory {
    return this.ofLineage(lineageOf(term));
  }

  ofLineage(lineage: number): GroupHistory {
    return this.#histories[lineage] ?? this.current;
  }

  /** What a snapshot stands for that ends with this entry, in the newest lineage that has committed it. */
  committedUpTo({ index, term }: LogPosition): readonly Batch[] {
    const { oracles } =
      this.#histories.findLast((history) =>
        history.oracles.committed.some((batch) => lastIndexOf(batch) === index && batch.term === term),
      ) ?? this.current;
    return oracles.committed.filter((batch) => lastIndexOf(batch) <= index);
  }

  /** Has the group gone on without those who are still of this lineage? */
  hasLeftBehind(lineage: number): boolean {
    return lineage < this.newestLineage;
  }

  /** The group is forced to go on with this log, which ends with the entry that says so. Returns up to where it had committed what it keeps. */
  forcedOn(kept: readonly Batch[]): Index {
    const { oracles, configurations, applied, registers } = this.current;
    const lineage = this.#histories.length;
    const next = oracles.forcedOn(kept);
    const lastIndex = next.committedIndex;
    const keptRegisters = registers.forcedOn(lastIndex);
    this.#histories.push({
      oracles: next,
      configurations: configurations.forcedOn(lastIndex),
      registers: keptRegisters,
      applied: applied.forcedOn(lastIndex, (index, command) => this.#onApplied(lineage, keptRegisters, index, command)),
    });
    return lastIndex;
  }
}
