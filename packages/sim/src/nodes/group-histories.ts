// What a group has done, as all its nodes together have shown it. A forced recovery (docs/recovery.md) ends one history and begins
// another, which has of it what was kept; every term names the lineage that it belongs to, and so the history that a node is held to.

import {
  type Batch,
  type Configuration,
  type Index,
  type LogPosition,
  lastIndexOf,
  lineageOf,
  type NodeId,
  type Term,
} from '@balsa/raft';
import { ConfigurationOracle } from '../configuration-oracle.ts';
import { containsBytes } from '../contains-bytes.ts';
import { type ObservedMember, Oracles } from '../oracles.ts';
import { WeakOracle } from '../weak-oracle.ts';
import { AppliedHistory } from './applied-history.ts';
import { RegisterLog } from './register-log.ts';
import { SeriesLog } from './series/series-log.ts';

/** Of one lineage. */
export interface GroupHistory {
  readonly oracles: Oracles;
  readonly configurations: ConfigurationOracle;
  readonly applied: AppliedHistory;
  readonly weak: WeakOracle;
  /** What the commands mean; empty if they are not about registers. */
  readonly registers: RegisterLog;
  /** The same of commands about other series. */
  readonly series: SeriesLog;
}

/** What the commands of one lineage mean. */
export type Meaning = Pick<GroupHistory, 'registers' | 'series'>;

/** Hears of every command that is applied first in a lineage, in the order of its log. */
export type OnApplied = (lineage: number, meaning: Meaning, index: Index, command: Buffer) => void;

export class GroupHistories {
  readonly #onApplied: OnApplied;
  /** By lineage. */
  readonly #histories: GroupHistory[];

  constructor(founding: Configuration, onApplied: OnApplied) {
    this.#onApplied = onApplied;
    const meaning = { registers: new RegisterLog(), series: new SeriesLog() };
    this.#histories = [
      {
        oracles: new Oracles(),
        weak: new WeakOracle(),
        configurations: new ConfigurationOracle(founding),
        ...meaning,
        applied: new AppliedHistory((index, command) => onApplied(0, meaning, index, command)),
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

  /** The batch is in the log of this node now, if only in memory. What an earlier lineage has left there may yet be accepted in a later one. */
  appended(node: NodeId, batch: Batch): void {
    for (const { weak } of this.#histories) weak.appended(node, batch);
  }

  /** A process begins anew, with what it has found on its disk. */
  restarted(member: ObservedMember): void {
    for (const { weak } of this.#histories) weak.restarted(member);
  }

  /** Has a quorum of one of these had this entry in its logs, or was it committed? In whatever lineage. */
  have(payload: Uint8Array, configurations: readonly Configuration[]): boolean {
    return this.#histories.some(
      ({ weak, oracles }) =>
        weak.hasReached(payload, configurations) ||
        oracles.committed.some(({ bytes }) => containsBytes(bytes, payload)),
    );
  }

  /** Has anybody applied this command, there or before, in whatever lineage? */
  haveApplied(end: Index, command: Uint8Array): boolean {
    return this.#histories.some(({ applied }) => applied.hasBy(end, command));
  }

  get weakAcceptances(): number {
    return this.#histories.reduce((sum, { weak }) => sum + weak.acceptances, 0);
  }

  get weakLosses(): number {
    return this.#histories.reduce((sum, { weak }) => sum + weak.losses, 0);
  }

  /** Has the group gone on without those who are still of this lineage? */
  hasLeftBehind(lineage: number): boolean {
    return lineage < this.newestLineage;
  }

  /** The group is forced to go on with this log, which ends with the entry that says so. Returns up to where it had committed what it keeps. */
  forcedOn(kept: readonly Batch[]): Index {
    const { oracles, configurations, applied, registers, series } = this.current;
    const lineage = this.#histories.length;
    const next = oracles.forcedOn(kept);
    const lastIndex = next.committedIndex;
    const meaning = { registers: registers.forcedOn(lastIndex), series: series.forcedOn(lastIndex) };
    this.#histories.push({
      oracles: next,
      weak: new WeakOracle(),
      configurations: configurations.forcedOn(lastIndex),
      ...meaning,
      applied: applied.forcedOn(lastIndex, (index, command) => this.#onApplied(lineage, meaning, index, command)),
    });
    return lastIndex;
  }
}
