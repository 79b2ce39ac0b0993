// One write on its way: from its admission until its promise is settled, over as many attempts as its deadline allows.

import type { WriteOutcome } from '@balsa/wire';
import { ClientError, type ClientErrorCode } from './errors.ts';
import type { RequestFailure } from './protocol-types.ts';
import type { Session } from './session.ts';

export interface WriteResult {
  /** Index in the group's log at which the write was applied. */
  readonly index: number;
}

export class WriteOperation {
  readonly command: Uint8Array;
  /** On the clock of `performance.now()`. */
  readonly deadlineMs: number;
  /** Number by which answers find it. */
  readonly token: number;
  readonly #settle: (result: WriteResult | ClientError) => void;
  /** Session and sequence under which it was first sent: every further attempt uses them again. */
  session: Session | undefined;
  sequence = 0;
  attempts = 0;
  retryTimer: NodeJS.Timeout | undefined;
  #mayBeApplied = false;
  #lastFailure: RequestFailure | undefined;

  constructor(
    command: Uint8Array,
    deadlineMs: number,
    token: number,
    settle: (result: WriteResult | ClientError) => void,
  ) {
    this.command = command;
    this.deadlineMs = deadlineMs;
    this.token = token;
    this.#settle = settle;
  }

  /** Some attempt may have reached the log, so that only the same session and sequence can tell. */
  get mayBeApplied(): boolean {
    return this.#mayBeApplied;
  }

  get outcome(): WriteOutcome {
    return this.#mayBeApplied ? 'unknown' : 'rejected';
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
    this.#settle({ index });
  }

  fail(code: ClientErrorCode, reason: string, options?: ErrorOptions): void {
    const last = this.#lastFailure === undefined ? '' : `; last answer: ${this.#lastFailure.message}`;
    const details = { status: this.#lastFailure?.status, outcome: this.outcome, ...options };
    this.#settle(new ClientError(code, `${reason}${last}`, details));
  }

  /** The state machine's own refusal. */
  refuse(status: number, message: string): void {
    this.#settle(new ClientError('REFUSED', message, { status, outcome: 'applied' }));
  }
}
