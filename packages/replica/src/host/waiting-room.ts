// Where submissions wait while no leader is known, for at most an election timeout.

import type { Acknowledgement } from '@balsa/wire';
import type { ReplicaErrorCode } from '../errors.ts';
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import { type Submit, type SubmitSink, submitterBytes } from './submission.ts';

interface Waiting {
  readonly payload: Uint8Array;
  readonly deadlineMs: number;
  readonly giveUpMs: number;
  readonly sink: SubmitSink;
  readonly token: number;
  readonly acknowledge: Acknowledgement;
  /** Known if statistics are collected. */
  readonly sinceMs: number | undefined;
}

export class WaitingRoom {
  readonly #bytesMax: number;
  readonly #tap: StatisticsTap;
  #waiting: Waiting[] = [];
  #bytes = 0;

  constructor(bytesMax: number, tap: StatisticsTap) {
    this.#bytesMax = bytesMax;
    this.#tap = tap;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Copies the payload. False: the room is full. */
  add(
    payload: Uint8Array,
    { deadlineMs, giveUpMs }: { readonly deadlineMs: number; readonly giveUpMs: number },
    sink: SubmitSink,
    token: number,
    acknowledge: Acknowledgement = 'applied',
  ): boolean {
    if (this.#bytes + bytesOf(payload) > this.#bytesMax) return false;
    const sinceMs = this.#tap.collector?.nowMs();
    const copy = Uint8Array.from(payload);
    this.#waiting.push({ payload: copy, deadlineMs, giveUpMs, sink, token, acknowledge, sinceMs });
    this.#bytes += bytesOf(payload);
    return true;
  }

  /** A leader is known: everybody may go on. */
  empty(submit: Submit): void {
    for (const { payload, deadlineMs, sink, token, acknowledge, sinceMs } of this.#takeAll()) {
      if (sinceMs !== undefined) this.#tap.collector?.leaderFound(sinceMs);
      submit(payload, deadlineMs, sink, token, acknowledge);
    }
  }

  expire(nowMs: number): void {
    if (!this.#waiting.some((entry) => entry.giveUpMs <= nowMs)) return;
    const all = this.#takeAll();
    for (const entry of all) {
      if (entry.giveUpMs > nowMs) {
        this.#waiting.push(entry);
        this.#bytes += bytesOf(entry.payload);
      } else {
        entry.sink.failed(entry.token, 'NO_QUORUM', undefined);
      }
    }
  }

  failAll(code: ReplicaErrorCode): void {
    for (const { sink, token } of this.#takeAll()) sink.failed(token, code, undefined);
  }

  #takeAll(): Waiting[] {
    const all = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return all;
  }
}

function bytesOf(payload: Uint8Array): number {
  return payload.length + submitterBytes;
}
