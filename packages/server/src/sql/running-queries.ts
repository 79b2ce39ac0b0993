// The queries that this node is answering: how many there may be, and what they are.

import { StatusCode } from '@balsa/wire';
import { Refusal } from '../service/refusal.ts';
import type { QueryFacts } from './show/show-cluster.ts';

/** A query holds its place from here until it is ended, or its signal fires. */
export interface RunningQuery {
  /** Fires when the node stops, or when the one who asked has gone. */
  readonly signal: AbortSignal;
  /** As often as one likes. */
  end(): void;
}

interface Entry {
  readonly id: string;
  readonly statement: string;
  readonly startedMs: number;
  readonly abort: AbortController;
}

export interface QueryClock {
  /** Since 1970. */
  nowMs(): number;
}

export class RunningQueries {
  readonly #queriesMax: number;
  readonly #nodeId: number;
  readonly #clock: QueryClock;
  readonly #running = new Map<string, Entry>();
  #begun = 0;
  #isClosed = false;

  constructor(nodeId: number, queriesMax: number, clock: QueryClock) {
    this.#nodeId = nodeId;
    this.#queriesMax = queriesMax;
    this.#clock = clock;
  }

  /** @throws Refusal TOO_MANY_QUERIES, NODE_STOPPING */
  begin(statement: string, signal?: AbortSignal): RunningQuery {
    if (this.#isClosed) throw new Refusal(StatusCode.NODE_STOPPING, 'this node is stopping; ask another');
    if (this.#running.size >= this.#queriesMax) {
      throw new Refusal(StatusCode.TOO_MANY_QUERIES, `${this.#queriesMax} queries are running on this node: ask again`);
    }
    const startedMs = this.#clock.nowMs();
    const id = `${startedMs}_${++this.#begun}_${this.#nodeId}`;
    const abort = new AbortController();
    const either = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
    const end = (): void => {
      this.#running.delete(id);
      either.removeEventListener('abort', end);
    };
    // Whoever has gone may never have looked at the result, and then closes nothing.
    either.addEventListener('abort', end);
    this.#running.set(id, { id, statement, startedMs, abort });
    return { signal: either, end };
  }

  list(): QueryFacts[] {
    const nowMs = this.#clock.nowMs();
    return Array.from(this.#running.values(), ({ id, statement, startedMs }) => {
      return { id, statement, startedMs, elapsedMs: Math.max(0, nowMs - startedMs), nodeId: this.#nodeId };
    });
  }

  /** Ends them all, and lets no other begin. */
  close(): void {
    this.#isClosed = true;
    for (const { abort } of this.#running.values()) {
      abort.abort(new Refusal(StatusCode.NODE_STOPPING, 'this node is stopping; ask another'));
    }
  }
}
