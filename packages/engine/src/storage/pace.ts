// Work in the background gives way: to the event loop after every few thousand points, and to others' use of the disk.

import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

export interface Pace {
  /** Resolves once others have had their turn. */
  turn(): Promise<void>;
  /** Rejects with the signal's reason. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const nodePace: Pace = {
  turn: () => nextTurn(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};

/** About a millisecond of work. */
const pointsPerTurn = 16_384;
/** Shorter waits cost more than they give. */
const waitMsMin = 20;

/** Counts what a piece of work does, and lets it rest. */
export class Worker {
  readonly #pace: Pace;
  readonly #bytesPerSecondMax: number;
  readonly #signal: AbortSignal;
  #points = 0;
  #owedMs = 0;

  constructor(pace: Pace, signal: AbortSignal, bytesPerSecondMax: number = Number.POSITIVE_INFINITY) {
    this.#pace = pace;
    this.#signal = signal;
    this.#bytesPerSecondMax = bytesPerSecondMax;
  }

  /** Call after so many points. Rejects with the signal's reason. */
  async didPoints(points: number): Promise<void> {
    this.#points += points;
    if (this.#points < pointsPerTurn) return;
    this.#points = 0;
    await this.#pace.turn();
    this.#signal.throwIfAborted();
  }

  /** Call after so many bytes were written. Rejects with the signal's reason. */
  async didBytes(bytes: number): Promise<void> {
    this.#owedMs += (bytes * 1000) / this.#bytesPerSecondMax;
    if (this.#owedMs < waitMsMin) return;
    const ms = this.#owedMs;
    this.#owedMs = 0;
    await this.#pace.wait(ms, this.#signal);
  }
}
