// The requests that are under way on one connection. A request's id is its place in the table, so that an answer finds
// it without a search and without an object per request.

/** Who hears of an answer; `token` is what was handed in with the request. */
export interface Answered<Sink> {
  readonly sink: Sink;
  readonly token: number;
}

export class PendingRequests<Sink> {
  readonly #sinks: (Sink | undefined)[] = [];
  readonly #tokens: number[] = [];
  readonly #deadlinesMs: number[] = [];
  readonly #free: number[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Returns the request's id. */
  add(sink: Sink, token: number, deadlineMs: number): number {
    const id = this.#free.pop() ?? this.#sinks.length;
    this.#sinks[id] = sink;
    this.#tokens[id] = token;
    this.#deadlinesMs[id] = deadlineMs;
    this.#count++;
    return id;
  }

  /** Who waits for the answer to this request; `undefined` if nobody does. */
  sinkOf(id: number): Sink | undefined {
    return this.#sinks[id];
  }

  /** Of a request that somebody waits for. */
  tokenOf(id: number): number {
    return this.#tokens[id] ?? 0;
  }

  /** The request has its answer. Returns its token. */
  remove(id: number): number {
    this.#sinks[id] = undefined;
    this.#free.push(id);
    this.#count--;
    return this.#tokens[id] ?? 0;
  }

  /** Whether some request has waited beyond its deadline. */
  isOverdue(nowMs: number): boolean {
    for (let id = 0; id < this.#sinks.length; id++) {
      if (this.#sinks[id] !== undefined && (this.#deadlinesMs[id] ?? 0) <= nowMs) return true;
    }
    return false;
  }

  /** Empties the table. */
  takeAll(): Answered<Sink>[] {
    const all: Answered<Sink>[] = [];
    for (let id = 0; id < this.#sinks.length; id++) {
      const sink = this.#sinks[id];
      if (sink !== undefined) all.push({ sink, token: this.remove(id) });
    }
    return all;
  }
}
