// Every failure that leaves this package has a code; docs/errors.md says what to do about each.

import type { WriteOutcome } from '@balsa/wire';

export type ClientErrorCode =
  /** An argument is wrong; nothing was sent. */
  | 'INVALID_ARGUMENT'
  /** None of the nodes could be reached. */
  | 'CONNECT_FAILED'
  /** The connection ended before the answer came. */
  | 'CONNECTION_LOST'
  /** The deadline passed; `outcome` says whether the write may still be applied. */
  | 'DEADLINE_EXCEEDED'
  /** The caller's AbortSignal fired; `outcome` as above. */
  | 'ABORTED'
  /** The session ended while a write was under way: it was applied once or not at all. */
  | 'OUTCOME_UNKNOWN'
  /** A node answered with `status`, and sending again would not help. */
  | 'REFUSED'
  /** Too many writes wait already: slow down. */
  | 'OVERLOADED'
  /** A node sent what this client does not understand: compare versions. */
  | 'PROTOCOL_VIOLATION'
  /** The client has been closed. */
  | 'CLOSED';

export interface ClientErrorDetails extends ErrorOptions {
  /** Status code of the last answer, if there was one. */
  readonly status?: number | undefined;
  /** For writes. */
  readonly outcome?: WriteOutcome | undefined;
}

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** Status code of a node's last answer; `undefined` if no answer came. */
  readonly status: number | undefined;
  /** For writes: whether the write is, may be or is not applied. Only `rejected` may be sent again as a new write. */
  readonly outcome: WriteOutcome | undefined;

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    super(message, details);
    this.code = code;
    this.status = details.status;
    this.outcome = details.outcome;
  }
}
