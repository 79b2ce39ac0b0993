// What can be seen of one group on one node, from outside: what it asks of its disk and what the disk has confirmed. The
// oracles look at this, and at each start it is compared with what the node finds on its disk.

import {
  type Batch,
  type Configuration,
  configurationOf,
  type HardState,
  type Index,
  initialHardState,
  type LogPosition,
  lastIndexOf,
  lineageOf,
  type NodeId,
  noConfiguration,
  type Term,
} from '@balsa/raft';
import { isVoter } from '../majorities.ts';
import { type ObservedMember, Violation } from '../oracles.ts';

interface PendingAppend {
  readonly sequence: number;
  /** What the log becomes by it. */
  readonly change: (log: Batch[]) => void;
}

export class ObservedGroup implements ObservedMember {
  readonly id: NodeId;
  /** Who belongs to the group before its log says anything. */
  #founding: Configuration = noConfiguration;
  ledTerm: Term | undefined;
  hasForgotten = false;
  #durable: Batch[] = [];
  #visible: Batch[] = [];
  #pending: PendingAppend[] = [];
  #durableHardState: HardState = initialHardState;
  #pendingHardStates: HardState[] = [];

  readonly #committedUpTo: (end: LogPosition) => readonly Batch[];

  /** `committedUpTo`: what the group has committed, as all members together have shown it: that is what a snapshot stands for. */
  constructor(id: NodeId, founders: readonly NodeId[], committedUpTo: (end: LogPosition) => readonly Batch[]) {
    this.id = id;
    this.begins(founders);
    this.#committedUpTo = committedUpTo;
  }

  get durable(): readonly Batch[] {
    return this.#durable;
  }

  get visible(): readonly Batch[] {
    return this.#visible;
  }

  get configuration(): Configuration {
    return this.#configurationEntry?.configuration ?? this.#founding;
  }

  /** As far as it knows itself. */
  get isVoter(): boolean {
    return isVoter(this.id, this.configuration);
  }

  /** Of the entry that the configuration is from; 0: no entry says who belongs to the group. */
  get configurationIndex(): Index {
    return this.#configurationEntry?.firstIndex ?? 0;
  }

  get #configurationEntry(): Batch | undefined {
    return this.#visible.findLast((batch) => batch.configuration !== undefined);
  }

  get durableHardState(): HardState {
    return this.#durableHardState;
  }

  /** The newest that it has come to, though a crash may take that back. */
  get lineage(): number {
    const hardStates = [this.#durableHardState, ...this.#pendingHardStates];
    return lineageOf(Math.max(...hardStates.map(({ term }) => term), this.#visible.at(-1)?.term ?? 0));
  }

  /** The newest that no crash can take back. */
  get durableLineage(): number {
    return lineageOf(Math.max(this.#durableHardState.term, this.#durable.at(-1)?.term ?? 0));
  }

  /** While its process is down, a forced recovery writes this to its disk. */
  forcedOn(hardState: HardState, entry: Batch): void {
    this.#durable.push(entry);
    this.#visible.push(entry);
    this.#durableHardState = hardState;
  }

  appended(sequence: number, batch: Batch): void {
    this.#change(sequence, (log) => supersede(log, batch));
  }

  /** A snapshot takes the place of the log. */
  reset(sequence: number, end: LogPosition): void {
    const committed = this.#committedUpTo(end);
    this.#change(sequence, (log) => {
      log.splice(0, log.length, ...committed);
    });
  }

  /** The group is removed from the disk. Its next life counts its appends from the beginning, and they come later. */
  forgotten(): void {
    this.#pending = this.#pending.map(({ change }) => ({ sequence: 0, change }));
    this.#change(0, (log) => {
      log.splice(0);
    });
  }

  /** A new life of the group on this node is told who founded it: nobody, if it is to hear of members from others. */
  begins(founders: readonly NodeId[]): void {
    this.#founding = founders.length === 0 ? noConfiguration : configurationOf(founders);
  }

  #change(sequence: number, change: (log: Batch[]) => void): void {
    change(this.#visible);
    this.#pending.push({ sequence, change });
  }

  /** The disk has confirmed everything up to this sequence. */
  appendsConfirmed(sequence: number): void {
    let confirmed = 0;
    while (confirmed < this.#pending.length && this.#pending[confirmed]!.sequence <= sequence) {
      this.#pending[confirmed]!.change(this.#durable);
      confirmed++;
    }
    this.#pending.splice(0, confirmed);
  }

  saving(hardState: HardState): void {
    this.#pendingHardStates.push(hardState);
  }

  saved(hardState: HardState): void {
    const position = this.#pendingHardStates.indexOf(hardState);
    if (position < 0) return;
    this.#durableHardState = hardState;
    this.#pendingHardStates.splice(0, position + 1);
  }

  /**
   * A new process has found this on the disk, behind `base`: what lies before was committed, and is in a snapshot. Without an incident it must be what was confirmed, and of what was under way
   * no more than the beginning, in order.
   */
  recovered(hardState: HardState, base: LogPosition, found: readonly Batch[]): void {
    this.#checkHardState(hardState);
    const log = [...this.#committedUpTo(base), ...found];
    // Entries can reach the disk before the first term does. Nothing has been answered from there, so a log that is damaged loses no promise.
    const hasAnswered = hardState.term > 0;
    if (hasAnswered && hardState.incident === 0 && !this.#mayHold(log)) {
      const words = log.map((batch) => `${batch.firstIndex}..${lastIndexOf(batch)}@${batch.term}`).join(' ');
      throw new Violation(
        'recovery',
        `node ${this.id} had confirmed entries up to ${lastOf(this.#durable)}, and finds another log: ${words}`,
      );
    }
    this.#durable = [...log];
    this.#visible = [...log];
    this.#pending = [];
    this.#durableHardState = hardState;
    this.#pendingHardStates = [];
  }

  /** The disk is gone, and the node comes back with an empty one: if that is declared, with an open incident. */
  wiped(isDeclared: boolean): void {
    this.hasForgotten = !isDeclared;
    this.#durable = [];
    this.#visible = [];
    this.#pending = [];
    this.#durableHardState = { ...initialHardState, incident: isDeclared ? 1 : 0 };
    this.#pendingHardStates = [];
  }

  #checkHardState(found: HardState): void {
    const { term, votedFor } = this.#durableHardState;
    const known = [this.#durableHardState, ...this.#pendingHardStates];
    const isKnown = ({ term, votedFor, incident }: HardState): boolean =>
      term === found.term && votedFor === found.votedFor && (incident === found.incident || found.incident > 0);
    if (known.some(isKnown)) return;
    throw new Violation(
      'recovery',
      `node ${this.id} had saved term ${term}, vote ${votedFor}, and finds term ${found.term}, vote ${found.votedFor}`,
    );
  }

  #mayHold(log: readonly Batch[]): boolean {
    const candidate = [...this.#durable];
    if (isSameLog(candidate, log)) return true;
    for (const { change } of this.#pending) {
      change(candidate);
      if (isSameLog(candidate, log)) return true;
    }
    return false;
  }
}

function supersede(log: Batch[], batch: Batch): void {
  while (log.length > 0 && log.at(-1)!.firstIndex >= batch.firstIndex) log.pop();
  log.push(batch);
}

/** Batches are the same if they end at the same index in the same term, and have the same bytes. */
function isSameLog(left: readonly Batch[], right: readonly Batch[]): boolean {
  return left.length === right.length && left.every((batch, i) => hasSameBytes(batch, right[i]!));
}

function hasSameBytes(left: Batch, right: Batch): boolean {
  return left === right || (left.term === right.term && Buffer.compare(left.bytes, right.bytes) === 0);
}

function lastOf(log: readonly Batch[]): Index {
  const last = log.at(-1);
  return last === undefined ? 0 : lastIndexOf(last);
}
