// Who waits for the outcome of a proposal. Thousands wait at a time, so there is no promise, closure or object for each:
// a sink is told the token under which it submitted.

import type { Index, NodeId } from '@balsa/raft';
import type { Acknowledgement, EarlyAcknowledgement } from '@balsa/wire';
import type { ReplicaErrorCode } from '../errors.ts';

export interface SubmitSink {
  /**
   * Told once, and before the others, to who asked to be told before it is applied: the entry has come so far. Its outcome still follows;
   * after `weak`, it may be that it is lost.
   */
  accepted?(token: number, how: EarlyAcknowledgement): void;
  /** Applied at `index`; `result` is what the state machine returned, valid until the call returns. */
  completed(token: number, index: Index, result: Uint8Array): void;
  /**
   * Refused or given up. After LEADER_CHANGED and DEADLINE_EXCEEDED the outcome is unknown: submit the same payload
   * again (same session, same sequence) to learn it; it will not be applied twice.
   */
  failed(token: number, code: ReplicaErrorCode, leader: NodeId | undefined): void;
}

/** Takes one entry's payload on its way: see `Group.submit`. */
export type Submit = (
  payload: Uint8Array,
  deadlineMs: number,
  sink: SubmitSink,
  token: number,
  acknowledge: Acknowledgement,
) => void;

/** For who does not ask what came of it. */
export const noSink: SubmitSink = { completed() {}, failed() {} };

/** About what it costs to remember one submitter, for bounds in bytes. */
export const submitterBytes = 128;

/** The submitters of one batch, in the order of its entries. */
export class Waiters {
  readonly #sinks: (SubmitSink | undefined)[] = [];
  readonly #tokens: number[] = [];
  readonly #deadlinesMs: number[] = [];
  #earliestDeadlineMs = Number.POSITIVE_INFINITY;
  /** By position: who asked to be told early, and of what, and has not been. */
  #early: Map<number, EarlyAcknowledgement> | undefined;

  add(sink: SubmitSink, token: number, deadlineMs: number, acknowledge: Acknowledgement): void {
    if (acknowledge !== 'applied') {
      this.#early ??= new Map();
      this.#early.set(this.#sinks.length, acknowledge);
    }
    this.#sinks.push(sink);
    this.#tokens.push(token);
    this.#deadlinesMs.push(deadlineMs);
    if (deadlineMs < this.#earliestDeadlineMs) this.#earliestDeadlineMs = deadlineMs;
  }

  /** All of them have come so far. */
  accept(how: EarlyAcknowledgement): void {
    if (this.#early === undefined) return;
    for (const [position, wanted] of this.#early) {
      if (how !== 'committed' && how !== wanted) continue;
      this.#early.delete(position);
      this.#sinks[position]?.accepted?.(this.#tokens[position]!, how);
    }
  }

  complete(position: number, index: Index, result: Uint8Array): void {
    this.#take(position)?.completed(this.#tokens[position]!, index, result);
  }

  fail(position: number, code: ReplicaErrorCode, leader: NodeId | undefined): void {
    this.#take(position)?.failed(this.#tokens[position]!, code, leader);
  }

  failAll(code: ReplicaErrorCode, leader: NodeId | undefined): void {
    for (let position = 0; position < this.#sinks.length; position++) this.fail(position, code, leader);
  }

  /** Gives up for those whose deadline has passed; their entries stay where they are. */
  expire(nowMs: number): void {
    if (nowMs < this.#earliestDeadlineMs) return;
    this.#earliestDeadlineMs = Number.POSITIVE_INFINITY;
    for (let position = 0; position < this.#sinks.length; position++) {
      if (this.#sinks[position] === undefined) continue;
      const deadlineMs = this.#deadlinesMs[position]!;
      if (deadlineMs <= nowMs) this.fail(position, 'DEADLINE_EXCEEDED', undefined);
      else if (deadlineMs < this.#earliestDeadlineMs) this.#earliestDeadlineMs = deadlineMs;
    }
  }

  /** Everybody is told once. */
  #take(position: number): SubmitSink | undefined {
    const sink = this.#sinks[position];
    this.#sinks[position] = undefined;
    return sink;
  }
}
