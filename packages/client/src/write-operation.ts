// One write on its way: from its admission until its outcome is known, over as many attempts as its deadline allows. Whoever asked to be
// told early is told once; after that there is no deadline any more, for only the outcome tells whether it is to be sent again.

import type { Acknowledgement, EarlyAcknowledgement, WriteOutcome } from '@balsa/wire';
import { ClientError, type ClientErrorCode } from './errors.ts';
import type { RequestFailure } from './protocol-types.ts';
import type { Session } from './session.ts';

export interface WriteResult {
  /** Index in the group's log at which the write was applied. */
  readonly index: number;
}

/** Who waits for a write. */
export interface WriteWaiter {
  /** It has come so far; at most once, and before `settled`. */
  accepted(how: EarlyAcknowledgement): void;
  /** The last word. */
  settled(result: WriteResult | ClientError): void;
}

export class WriteOperation {
  readonly command: Uint8Array;
  /** On the clock of `performance.now()`. */
  readonly #deadlineMs: number;
  /** Number by which answers find it. */
  readonly token: number;
  readonly #acknowledge: Acknowledgement;
  readonly #waiter: WriteWaiter;
  /** Session and sequence under which it was first sent: every further attempt uses them again. */
  session: Session | undefined;
  sequence = 0;
  attempts = 0;
  retryTimer: NodeJS.Timeout | undefined;
  #isAccepted = false;
  #mayBeApplied = false;
  #lastFailure: RequestFailure | undefined;

  constructor(
    command: Uint8Array,
    deadlineMs: number,
    token: number,
    acknowledge: Acknowledgement,
    waiter: WriteWaiter,
  ) {
    this.command = command;
    this.#deadlineMs = deadlineMs;
    this.token = token;
    this.#acknowledge = acknowledge;
    this.#waiter = waiter;
  }

  /** Whoever waits has been told of it, and still has to hear its outcome. */
  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** What an attempt is to ask for: who has been told early is not told again, and a node that tells nobody early must do as well. */
  get acknowledge(): Acknowledgement {
    return this.#isAccepted ? 'applied' : this.#acknowledge;
  }

  /** For an attempt that begins now. */
  remainingMs(nowMs: number): number {
    return this.#isAccepted ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(this.#deadlineMs - nowMs));
  }

  /** Some attempt may have reached the log, so that only the same session and sequence can tell. */
  get mayBeApplied(): boolean {
    return this.#mayBeApplied;
  }

  get outcome(): WriteOutcome {
    return this.#mayBeApplied ? 'unknown' : 'rejected';
  }

  /** Nobody is told twice, or of less than he asked for. */
  accept(how: EarlyAcknowledgement): void {
    const isEnough = this.#acknowledge === 'weak' || this.#acknowledge === how;
    if (this.#isAccepted || !isEnough) return;
    this.#isAccepted = true;
    this.#mayBeApplied = true;
    this.#waiter.accepted(how);
  }

  /** An attempt failed. */
  noteFailure(failure: RequestFailure, outcome: WriteOutcome): void {
    this.#lastFailure = failure;
    if (outcome === 'unknown') this.#mayBeApplied = true;
  }

  /** An attempt is under way and will not be waited for. */
  noteAbandoned(): void {
    this.#mayBeApplied = true;
  }

  succeed(index: number): void {
    this.#waiter.settled({ index });
  }

  fail(code: ClientErrorCode, reason: string, options?: ErrorOptions): void {
    const last = this.#lastFailure === undefined ? '' : `; last answer: ${this.#lastFailure.message}`;
    const details = { status: this.#lastFailure?.status, outcome: this.outcome, ...options };
    this.#waiter.settled(new ClientError(code, `${reason}${last}`, details));
  }

  /** The state machine's own refusal. */
  refuse(status: number, message: string): void {
    this.#waiter.settled(new ClientError('REFUSED', message, { status, outcome: 'applied' }));
  }
}
