// What clients see of a group, as a history: every batch is an append to one log, every read asks for the log's tail. Members
// answer as the real host does, an append once it is applied where it was proposed, a read once its index is applied.

import { appendLog, checkLinearizable, describeConflict, type LogAction, type Operation } from '@balsa/linearizability';
import { type Batch, type BatchHeader, BatchKind, type Index, lastIndexOf, type NodeId } from '@balsa/raft';
import { Violation } from '../oracles.ts';

/** A batch goes by its first serial number. */
type Serial = number;

interface Append {
  readonly client: NodeId;
  readonly callAt: number;
  readonly serial: Serial;
  /** Set together, when the answer comes. */
  returnAt?: number;
  length?: number;
}

interface Read {
  readonly client: NodeId;
  readonly callAt: number;
  /** Once it is known, what must be applied first. */
  readIndex?: Index;
}

/** The replicated state machine: what reads see of the log. */
export interface ClientState {
  readonly appliedIndex: Index;
  readonly length: number;
  readonly last: Serial | null;
}

const nothingApplied: ClientState = { appliedIndex: 0, length: 0, last: null };

type LogOperation = Operation<LogAction>;

export class ClientHistory {
  readonly #appends: Append[] = [];
  readonly #answeredReads: LogOperation[] = [];
  /** Events so far: a clock that never shows the same time twice. */
  #now = 0;

  now(): number {
    return this.#now++;
  }

  appended(append: Append): void {
    this.#appends.push(append);
  }

  readAnswered({ client, callAt }: Read, length: number, last: Serial | null): void {
    const action = { op: 'tail', result: { length, last } } as const;
    this.#answeredReads.push({ client, key: '', callAt, returnAt: this.now(), action });
  }

  /**
   * Of the appends that nobody was told about, the log at the end says what became of them: those in it took their place
   * at some time, the others never took effect.
   */
  operations(committed: readonly Batch[]): LogOperation[] {
    const serials = committed.filter(holdsEntries).map(serialOf);
    const lengthWith = new Map(serials.map((serial, i) => [serial, i + 1]));
    const appends = this.#appends.flatMap(({ client, callAt, serial, returnAt, length }): LogOperation[] => {
      const result = length ?? lengthWith.get(serial);
      if (result === undefined) return [];
      return [{ client, key: '', callAt, returnAt, action: { op: 'append', value: serial, result } }];
    });
    return [...appends, ...this.#answeredReads];
  }
}

/** Throws a violation unless there is one order of all operations that explains every answer. */
export function checkHistory(operations: readonly LogOperation[]): void {
  const verdict = checkLinearizable(appendLog, operations);
  if (verdict.outcome === 'violation')
    throw new Violation('linearizability', describeConflict(appendLog, verdict.conflict));
  // Every append in it has its place, so that the search has little to choose from.
  if (verdict.outcome === 'unknown') throw new Violation('linearizability', `undecided, ${verdict.reason}`);
}

/** The clients of one member. */
export class MemberClients {
  readonly #id: NodeId;
  readonly #history: ClientHistory;
  /** By the index at which they were proposed. */
  readonly #appends = new Map<Index, { readonly term: number; readonly append: Append }>();
  readonly #reads = new Map<number, Read>();
  #state: ClientState = nothingApplied;

  constructor(id: NodeId, history: ClientHistory) {
    this.#id = id;
    this.#history = history;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The process begins anew: with the state machine of its newest snapshot, and nobody to answer to. */
  restart(state: ClientState = nothingApplied): void {
    this.#appends.clear();
    this.#reads.clear();
    this.#state = state;
  }

  /** A snapshot took the place of the state. What became of the appends that it covers is not known here. */
  restored(state: ClientState): void {
    this.#state = state;
    for (const index of this.#appends.keys()) if (index <= state.appliedIndex) this.#appends.delete(index);
  }

  proposed({ term, firstIndex }: BatchHeader, serial: Serial): void {
    const append: Append = { client: this.#id, callAt: this.#history.now(), serial };
    this.#history.appended(append);
    this.#appends.set(firstIndex, { term, append });
  }

  applied(batch: Batch): void {
    const isAppend = holdsEntries(batch);
    this.#state = {
      appliedIndex: lastIndexOf(batch),
      length: this.#state.length + (isAppend ? 1 : 0),
      last: isAppend ? serialOf(batch) : this.#state.last,
    };
    const proposed = this.#appends.get(batch.firstIndex);
    if (proposed === undefined) return;
    this.#appends.delete(batch.firstIndex);
    // Another leader's batch took its place: what became of the own one is not known here.
    if (proposed.term !== batch.term) return;
    proposed.append.returnAt = this.#history.now();
    proposed.append.length = this.#state.length;
  }

  readBegins(requestId: number): void {
    this.#reads.set(requestId, { client: this.#id, callAt: this.#history.now() });
  }

  /** `undefined`: the read is refused. */
  readReady(requestId: number, readIndex: Index | undefined): void {
    const read = this.#reads.get(requestId);
    if (read === undefined) return;
    if (readIndex === undefined) this.#reads.delete(requestId);
    else read.readIndex = readIndex;
  }

  /** Answers every read whose index is applied. */
  answerReads(): void {
    const { appliedIndex, length, last } = this.#state;
    for (const [requestId, read] of this.#reads) {
      if (read.readIndex === undefined || read.readIndex > appliedIndex) continue;
      this.#reads.delete(requestId);
      this.#history.readAnswered(read, length, last);
    }
  }
}

function holdsEntries({ kind }: Batch): boolean {
  return kind === BatchKind.entries;
}

function serialOf({ bytes }: Batch): Serial {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
