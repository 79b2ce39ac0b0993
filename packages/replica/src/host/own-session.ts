// The node's own session in a group, for proposals by promise. It re-sends under the same sequence until the deadline,
// so a proposal that is given up by one leader and taken by the next is still applied once.

import type { Index } from '@balsa/raft';
import { ReplicaError, type ReplicaErrorCode } from '../errors.ts';
import { encodePayload, openSessionPayload } from './payload.ts';
import type { SubmitSink } from './submission.ts';

export interface Proposed {
  readonly index: Index;
  readonly result: Uint8Array;
}

export interface ProposeOptions {
  /** How long to try, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends the wait with the signal's reason; the proposal may be applied all the same. */
  readonly signal?: AbortSignal;
  /** Give up with NO_QUORUM once there was no leader for an election timeout, instead of trying until the deadline. */
  readonly needsQuorumNow?: boolean;
}

export interface SessionPorts {
  readonly nowMs: () => number;
  readonly submit: (payload: Uint8Array, deadlineMs: number, sink: SubmitSink, token: number) => void;
  /** Resolves at the group's next tick, or when it stops or fails. */
  readonly nextTick: () => Promise<void>;
  /** Why the group takes no proposals any more; `undefined` while it does. */
  readonly refusal: () => ReplicaErrorCode | undefined;
}

/** After these, and before the deadline, the same payload is submitted again. */
const retriable: ReadonlySet<ReplicaErrorCode> = new Set(['NOT_LEADER', 'LEADER_CHANGED', 'BUSY', 'NO_QUORUM']);
/** After these, what was submitted may have been applied, or may be yet. */
const leavesUnknown: ReadonlySet<ReplicaErrorCode> = new Set([
  'LEADER_CHANGED',
  'DEADLINE_EXCEEDED',
  'STOPPED',
  'GROUP_FAILED',
  'RESULT_TOO_LARGE',
]);

/** The session had ended before the command could have been applied in it: it may safely go into another one. */
const notInThisSession = 'notInThisSession';

export class OwnSession {
  readonly #ports: SessionPorts;
  #id: number | undefined;
  #isOpening = false;
  #nextSequence = 1;
  /** Sequences that have no answer yet, ascending (a Set keeps its order). */
  readonly #unanswered = new Set<number>();

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  /**
   * Applies the command once. A session that has ended unnoticed is replaced by a new one; if it ended while the command
   * may have been applied in it, nobody can tell any more: SESSION_UNKNOWN.
   */
  async propose(command: Uint8Array, options: ProposeOptions): Promise<Proposed> {
    const deadlineMs = this.#ports.nowMs() + options.timeoutMs;
    for (;;) {
      const session = await this.#session(deadlineMs, options);
      const outcome = await this.#proposeIn(session, command, deadlineMs, options);
      if (outcome !== notInThisSession) return outcome;
      // A table with too little room may end the next session just as soon.
      await this.#ports.nextTick();
      if (this.#ports.nowMs() >= deadlineMs) throw new ProposalError('SESSION_UNKNOWN', false);
    }
  }

  async #proposeIn(
    session: number,
    command: Uint8Array,
    deadlineMs: number,
    options: ProposeOptions,
  ): Promise<Proposed | typeof notInThisSession> {
    const sequence = this.#nextSequence++;
    this.#unanswered.add(sequence);
    try {
      const [acknowledgedBelow = sequence] = this.#unanswered;
      const payload = encodePayload({ session, sequence, acknowledgedBelow }, command);
      return await submitUntil(this.#ports, payload, deadlineMs, options);
    } catch (error) {
      if (!(error instanceof ProposalError) || error.code !== 'SESSION_UNKNOWN') throw error;
      if (this.#id === session) this.#id = undefined;
      if (error.mayBeApplied) throw error;
      return notInThisSession;
    } finally {
      this.#unanswered.delete(sequence);
    }
  }

  /** One proposal opens the session; others wait for it, each no longer than it wants to, and one of them takes over if it fails. */
  async #session(deadlineMs: number, options: ProposeOptions): Promise<number> {
    while (this.#id === undefined) {
      if (this.#isOpening) {
        await this.#ports.nextTick();
        options.signal?.throwIfAborted();
        const refusal = this.#ports.refusal();
        if (refusal !== undefined) throw new ProposalError(refusal, false);
        if (this.#id === undefined && this.#ports.nowMs() >= deadlineMs)
          throw new ProposalError('DEADLINE_EXCEEDED', false);
      } else {
        this.#isOpening = true;
        try {
          this.#id = await openSession(this.#ports, deadlineMs, options);
        } finally {
          this.#isOpening = false;
        }
      }
    }
    return this.#id;
  }
}

/** Opens a session and returns its id. Tried again, this may leave an unused session behind, which ends by itself. */
export async function openSession(ports: SessionPorts, deadlineMs: number, options: ProposeOptions): Promise<number> {
  const { index: id } = await submitUntil(ports, openSessionPayload(), deadlineMs, options);
  return id;
}

async function submitUntil(
  ports: SessionPorts,
  payload: Uint8Array,
  deadlineMs: number,
  { signal, needsQuorumNow }: ProposeOptions,
): Promise<Proposed> {
  let mayBeApplied = false;
  for (;;) {
    signal?.throwIfAborted();
    const outcome = await submitOnce(ports, payload, deadlineMs, signal);
    if (typeof outcome !== 'string') return outcome;
    mayBeApplied ||= leavesUnknown.has(outcome);
    const isFinal = !retriable.has(outcome) || (needsQuorumNow === true && outcome === 'NO_QUORUM');
    if (isFinal) throw new ProposalError(outcome, mayBeApplied);
    await ports.nextTick();
    if (ports.nowMs() >= deadlineMs) throw new ProposalError(outcome, mayBeApplied);
  }
}

/** Resolves with what came of it, or with the code of the refusal. */
function submitOnce(
  ports: SessionPorts,
  payload: Uint8Array,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<Proposed | ReplicaErrorCode> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal?.reason);
    const heard = (outcome: Proposed | ReplicaErrorCode): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const sink: SubmitSink = {
      completed: (_token, index, result) => heard({ index, result: Uint8Array.from(result) }),
      failed: (_token, code) => heard(code),
    };
    ports.submit(payload, deadlineMs, sink, 0);
  });
}

/** A proposal was given up. */
export class ProposalError extends ReplicaError {
  /**
   * Whether the command may have been applied, or may be yet, once. If not, it never will be, and may be proposed again. (After
   * RESULT_TOO_LARGE it was applied for certain.)
   */
  readonly mayBeApplied: boolean;

  constructor(code: ReplicaErrorCode, mayBeApplied: boolean) {
    super(code, `the proposal was given up: ${code}`);
    this.mayBeApplied = mayBeApplied;
  }
}
