// A sink that remembers what it was told, and when.

import type { EarlyAcknowledgement } from '@balsa/wire';
import type { ReplicaErrorCode } from '../../errors.ts';
import type { SubmitSink } from '../submission.ts';

export interface Outcome {
  /** `undefined`: applied. */
  readonly code: ReplicaErrorCode | undefined;
  readonly index: number;
  readonly result: string;
  readonly atMs: number;
}

export class OutcomeBoard implements SubmitSink {
  readonly #nowMs: () => number;
  readonly #outcomes = new Map<number, Outcome>();
  /** Tokens that heard more than once: there must be none. */
  readonly repeated: number[] = [];

  /** By token: what was told before the outcome, and when. */
  readonly early: Map<number, { readonly how: EarlyAcknowledgement; readonly atMs: number }> = new Map();

  constructor(nowMs: () => number = () => 0) {
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#outcomes.size;
  }

  accepted(token: number, how: EarlyAcknowledgement): void {
    if (this.early.has(token) || this.has(token)) this.repeated.push(token);
    this.early.set(token, { how, atMs: this.#nowMs() });
  }

  completed(token: number, index: number, result: Uint8Array): void {
    this.#note(token, { code: undefined, index, result: Buffer.from(result).toString(), atMs: this.#nowMs() });
  }

  failed(token: number, code: ReplicaErrorCode): void {
    this.#note(token, { code, index: 0, result: '', atMs: this.#nowMs() });
  }

  has(token: number): boolean {
    return this.#outcomes.has(token);
  }

  /** @throws if nothing was heard of it */
  of(token: number): Outcome {
    const outcome = this.#outcomes.get(token);
    if (outcome === undefined) throw new Error(`nothing was heard of token ${token}`);
    return outcome;
  }

  /** The codes of all tokens, in the order in which they were heard; 'applied' for success. */
  codes(): (ReplicaErrorCode | 'applied')[] {
    return [...this.#outcomes.values()].map(({ code }) => code ?? 'applied');
  }

  #note(token: number, outcome: Outcome): void {
    if (this.#outcomes.has(token)) this.repeated.push(token);
    else this.#outcomes.set(token, outcome);
  }
}
