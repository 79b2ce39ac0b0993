// The node's own session in a group, for proposals by promise. It re-sends under the same sequence until the deadline,
// so a proposal that is given up by one leader and taken by the next is still applied once.

import type { Index, NodeId } from '@balsa/raft';
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
  readonly signal?: AbortSignal;
  /** Give up with NO_QUORUM once there was no leader for an election timeout, instead of trying until the deadline. */
  readonly needsQuorumNow?: boolean;
}

interface SessionPorts {
  readonly nowMs: () => number;
  readonly submit: (payload: Uint8Array, deadlineMs: number, sink: SubmitSink, token: number) => void;
}

/** After these, and before the deadline, the same payload is submitted again. */
const retriable: ReadonlySet<ReplicaErrorCode> = new Set(['NOT_LEADER', 'LEADER_CHANGED', 'BUSY', 'NO_QUORUM']);
const retryDelayMs = 10;

export class OwnSession {
  readonly #ports: SessionPorts;
  #opening: Promise<number> | undefined;
  #nextSequence = 1;
  /** Sequences that have no answer yet, ascending (a Set keeps its order). */
  readonly #unanswered = new Set<number>();

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  async propose(command: Uint8Array, options: ProposeOptions): Promise<Proposed> {
    const deadlineMs = this.#ports.nowMs() + options.timeoutMs;
    const session = await this.#session(deadlineMs, options);
    const sequence = this.#nextSequence++;
    this.#unanswered.add(sequence);
    try {
      const [acknowledgedBelow = sequence] = this.#unanswered;
      const payload = encodePayload({ session, sequence, acknowledgedBelow }, command);
      return await submitUntil(this.#ports, payload, deadlineMs, options);
    } catch (error) {
      if (error instanceof ReplicaError && error.code === 'SESSION_UNKNOWN') this.#opening = undefined;
      throw error;
    } finally {
      this.#unanswered.delete(sequence);
    }
  }

  #session(deadlineMs: number, options: ProposeOptions): Promise<number> {
    if (this.#opening === undefined) {
      const opening = openSession(this.#ports, deadlineMs, options);
      this.#opening = opening;
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
    }
    return this.#opening;
  }
}

/** Opens a session and returns its id. Tried again, this may leave an unused session behind, which ends by itself. */
export async function openSession(ports: SessionPorts, deadlineMs: number, options: ProposeOptions): Promise<number> {
  const { index } = await submitUntil(ports, openSessionPayload(), deadlineMs, options);
  return index;
}

async function submitUntil(
  ports: SessionPorts,
  payload: Uint8Array,
  deadlineMs: number,
  { signal, needsQuorumNow }: ProposeOptions,
): Promise<Proposed> {
  for (;;) {
    signal?.throwIfAborted();
    const outcome = await submitOnce(ports, payload, deadlineMs);
    if ('result' in outcome) return outcome;
    const isFinal = !retriable.has(outcome.code) || (needsQuorumNow === true && outcome.code === 'NO_QUORUM');
    const givesUp = isFinal || ports.nowMs() + retryDelayMs >= deadlineMs;
    if (givesUp) throw new ReplicaError(outcome.code, `the proposal was not applied in time: ${outcome.code}`);
    await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
  }
}

function submitOnce(
  ports: SessionPorts,
  payload: Uint8Array,
  deadlineMs: number,
): Promise<Proposed | { readonly code: ReplicaErrorCode; readonly leader: NodeId | undefined }> {
  return new Promise((resolve) => {
    const sink: SubmitSink = {
      completed: (_token, index, result) => resolve({ index, result: Uint8Array.from(result) }),
      failed: (_token, code, leader) => resolve({ code, leader }),
    };
    ports.submit(payload, deadlineMs, sink, 0);
  });
}
