// Writes that wait for their outcome, by the token under which they were submitted. Parallel arrays and a free list:
// nothing is allocated per write once a connection has warmed up.

export class PendingWrites {
  readonly #requestIds: number[] = [];
  readonly #bytes: number[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#requestIds.length - this.#free.length;
  }

  /** Returns the token. */
  add(requestId: number, bytes: number): number {
    const token = this.#free.pop() ?? this.#requestIds.length;
    this.#requestIds[token] = requestId;
    this.#bytes[token] = bytes;
    return token;
  }

  requestIdOf(token: number): number {
    return this.#requestIds[token] ?? 0;
  }

  /** Frees the token for the next write and returns the bytes that it was counted with. */
  remove(token: number): number {
    this.#free.push(token);
    return this.#bytes[token] ?? 0;
  }
}
