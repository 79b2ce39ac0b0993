// One client's session: what it has acknowledged, and the answers that it may still ask for.

import { type Index, lineageOf, type Term } from '@balsa/raft';
import { answerBytes, sessionBytes } from './session-limits.ts';

/** What became of a command that was applied. */
export type Answer =
  | { readonly kind: 'result'; readonly result: Uint8Array }
  /** Its result was over the limit. */
  | { readonly kind: 'tooLarge' };

const indexesPerLineage = 2 ** 44;
const lineagesMax = 2 ** 9;

/**
 * The session that an entry opens: the entry's index, and above it how often the group was forced to go on. For what lay behind a forced
 * recovery is lost, the same indexes come again, and a client whose session was lost must not find another's in its place.
 */
export function sessionIdOf(index: Index, term: Term): number {
  return (lineageOf(term) % lineagesMax) * indexesPerLineage + index;
}

/** The index of the entry that opened the session. */
export function openedAt(id: number): Index {
  return id % indexesPerLineage;
}

/** A session at one moment, whatever happens to it later. */
export interface SessionRecord {
  readonly id: number;
  readonly lastActiveIndex: Index;
  readonly acknowledgedBelow: number;
  /** By sequence, in any order. */
  readonly answers: ReadonlyMap<number, Answer>;
}

export class Session {
  /** See `sessionIdOf`. */
  readonly id: number;
  /** Of the last entry that was this session's, applied or refused. */
  lastActiveIndex: Index;
  /** Neighbours in the order of activity; see `SessionOrder`. */
  older: Session | undefined;
  newer: Session | undefined;
  #acknowledgedBelow = 1;
  #answers = new Map<number, Answer>();
  #answersBytes = 0;
  /** A record refers to `#answers`: it must not change any more. */
  #isRecorded = false;

  constructor(id: number, lastActiveIndex: Index) {
    this.id = id;
    this.lastActiveIndex = lastActiveIndex;
  }

  static from({ id, lastActiveIndex, acknowledgedBelow, answers }: SessionRecord): Session {
    const session = new Session(id, lastActiveIndex);
    session.#acknowledgedBelow = acknowledgedBelow;
    for (const [sequence, answer] of answers) session.keep(sequence, answer);
    return session;
  }

  get acknowledgedBelow(): number {
    return this.#acknowledgedBelow;
  }

  get answers(): number {
    return this.#answers.size;
  }

  /** What the answers count for. */
  get answersBytes(): number {
    return this.#answersBytes;
  }

  /** What all of it counts for. */
  get bytes(): number {
    return sessionBytes + this.#answersBytes;
  }

  answerTo(sequence: number): Answer | undefined {
    return this.#answers.get(sequence);
  }

  keep(sequence: number, answer: Answer): void {
    this.#ownAnswers().set(sequence, answer);
    this.#answersBytes += countedBytes(answer);
  }

  /** Drops the answers that the client says it has. Work is bounded by what is held, whatever number the client sends. */
  acknowledge(below: number): void {
    if (below <= this.#acknowledgedBelow) return;
    const { size } = this.#answers;
    if (size > 0) {
      if (below - this.#acknowledgedBelow <= size) {
        for (let sequence = this.#acknowledgedBelow; sequence < below; sequence++) this.#drop(sequence);
      } else {
        for (const sequence of this.#answers.keys()) if (sequence < below) this.#drop(sequence);
      }
    }
    this.#acknowledgedBelow = below;
  }

  /** Costs nothing now; the first change of the answers afterwards copies them. */
  record(): SessionRecord {
    this.#isRecorded = true;
    return this.peek();
  }

  /** The same as `record`, for whoever is done with it before the session changes. */
  peek(): SessionRecord {
    const { id, lastActiveIndex } = this;
    return { id, lastActiveIndex, acknowledgedBelow: this.#acknowledgedBelow, answers: this.#answers };
  }

  #drop(sequence: number): void {
    const answer = this.#answers.get(sequence);
    if (answer === undefined) return;
    this.#ownAnswers().delete(sequence);
    this.#answersBytes -= countedBytes(answer);
  }

  #ownAnswers(): Map<number, Answer> {
    if (this.#isRecorded) {
      this.#answers = new Map(this.#answers);
      this.#isRecorded = false;
    }
    return this.#answers;
  }
}

export function countedBytes(answer: Answer): number {
  return answerBytes + (answer.kind === 'result' ? answer.result.length : 0);
}
