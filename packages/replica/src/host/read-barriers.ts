// Linearizable reads on any member: ask the leader how far the log is committed, wait until that is applied here, then
// read here. Everybody who asks in the same turn shares one question.

import type { Index } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { RequestIds } from './request-ids.ts';

interface Reader {
  readonly deadlineMs: number;
  readonly resolve: (index: Index) => void;
  readonly reject: (error: ReplicaError) => void;
}

interface Question {
  readonly askedMs: number;
  /** Without an answer for so long, it is taken for lost. */
  readonly patienceMs: number;
  readonly readers: readonly Reader[];
}

interface Waiting {
  readonly readIndex: Index;
  readonly readers: readonly Reader[];
}

/** A lost question is asked again with twice the patience, up to so many times the first: where answers take long, none would ever come in time. */
const patienceGrowthMax = 16;

export class ReadBarriers {
  readonly #clock: Clock;
  readonly #askAgainMs: number;
  readonly #ask: (requestId: number) => void;
  readonly #requestIds: RequestIds;
  /** Asked in this turn, not sent yet. */
  #gathering: Reader[] = [];
  readonly #questions = new Map<number, Question>();
  /** Refused for want of a leader: asked again at the next tick. */
  #refused: Reader[] = [];
  /** The answer is known; the state machine is not there yet. */
  #waiting: Waiting[] = [];

  constructor(clock: Clock, askAgainMs: number, ask: (requestId: number) => void, requestIds: RequestIds) {
    this.#clock = clock;
    this.#askAgainMs = askAgainMs;
    this.#ask = ask;
    this.#requestIds = requestIds;
  }

  /** Does nobody wait? */
  get isIdle(): boolean {
    const asked = this.#gathering.length + this.#questions.size + this.#refused.length;
    return asked + this.#waiting.length === 0;
  }

  /** Resolves once everything that was committed before the call is applied here. */
  wait(deadlineMs: number): Promise<Index> {
    return new Promise((resolve, reject) => {
      this.#gathering.push({ deadlineMs, resolve, reject });
      if (this.#gathering.length === 1) this.#clock.defer(() => this.#askForGathered());
    });
  }

  /** The core's answer. */
  answered(requestId: number, readIndex: Index | undefined, appliedIndex: Index): void {
    const question = this.#questions.get(requestId);
    if (question === undefined) return;
    this.#questions.delete(requestId);
    if (readIndex === undefined) this.#refused.push(...question.readers);
    else if (readIndex <= appliedIndex) for (const reader of question.readers) reader.resolve(appliedIndex);
    else this.#waiting.push({ readIndex, readers: question.readers });
  }

  applied(appliedIndex: Index): void {
    if (this.#waiting.length === 0) return;
    const arrived = this.#waiting.filter(({ readIndex }) => readIndex <= appliedIndex);
    this.#waiting = this.#waiting.filter(({ readIndex }) => readIndex > appliedIndex);
    for (const { readers } of arrived) for (const reader of readers) reader.resolve(appliedIndex);
  }

  /** Asks again what was refused or lost, and gives up for those whose time is over. */
  tick(leaderKnown: boolean): void {
    const nowMs = this.#clock.nowMs();
    const stillWait = (readers: readonly Reader[]): Reader[] =>
      readers.filter((reader) => !this.#expire(reader, nowMs, leaderKnown));
    const again = stillWait(this.#refused.splice(0));
    let patienceMs = this.#askAgainMs;
    for (const [requestId, question] of this.#questions) {
      const readers = stillWait(question.readers);
      const isLost = nowMs - question.askedMs >= question.patienceMs;
      if (isLost) {
        again.push(...readers);
        patienceMs = Math.max(patienceMs, Math.min(2 * question.patienceMs, patienceGrowthMax * this.#askAgainMs));
      }
      if (isLost || readers.length === 0) this.#questions.delete(requestId);
      else if (readers.length < question.readers.length) this.#questions.set(requestId, { ...question, readers });
    }
    if (again.length > 0) this.#askFor(again, patienceMs);
    this.#waiting = this.#waiting
      .map(({ readIndex, readers }) => ({ readIndex, readers: stillWait(readers) }))
      .filter(({ readers }) => readers.length > 0);
  }

  rejectAll(error: ReplicaError): void {
    const readers = [
      ...this.#gathering.splice(0),
      ...this.#refused.splice(0),
      ...[...this.#questions.values()].flatMap((question) => question.readers),
      ...this.#waiting.flatMap((entry) => entry.readers),
    ];
    this.#questions.clear();
    this.#waiting = [];
    for (const reader of readers) reader.reject(error);
  }

  #askForGathered(): void {
    const readers = this.#gathering.splice(0);
    if (readers.length > 0) this.#askFor(readers, this.#askAgainMs);
  }

  #askFor(readers: Reader[], patienceMs: number): void {
    const requestId = this.#requestIds.next();
    this.#questions.set(requestId, { askedMs: this.#clock.nowMs(), patienceMs, readers });
    this.#ask(requestId);
  }

  #expire(reader: Reader, nowMs: number, leaderKnown: boolean): boolean {
    if (reader.deadlineMs > nowMs) return false;
    reader.reject(
      leaderKnown
        ? new ReplicaError('DEADLINE_EXCEEDED', 'the read was not confirmed in time; try again')
        : new ReplicaError(
            'NO_QUORUM',
            'no leader is known here, so a linearizable read is not possible now; try again later',
          ),
    );
    return true;
  }
}
