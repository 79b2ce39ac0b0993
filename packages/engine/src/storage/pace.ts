// Work that takes long gives way: to the event loop after every few thousand points, and in the background to others' use of the disk, too.

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

/** About a millisecond of work, where points are encoded. */
const pointsWrittenPerTurn = 16_384;
/** The same where they are read. */
const pointsReadPerTurn = 65_536;
/** Shorter waits cost more than they give. */
const waitMsMin = 20;

/** Counts points, and gives others their turn after so many: what is in memory would come without that. */
export class Turns {
  readonly signal: AbortSignal | undefined;
  readonly #pace: Pace;
  readonly #pointsPerTurn: number;
  #points = 0;

  constructor(pace: Pace, signal: AbortSignal | undefined, pointsPerTurn: number = pointsReadPerTurn) {
    this.#pace = pace;
    this.signal = signal;
    this.#pointsPerTurn = pointsPerTurn;
  }

  /** Call after so many points. Rejects with the signal's reason. */
  async did(points: number): Promise<void> {
    this.#points += points;
    if (this.#points < this.#pointsPerTurn) return;
    this.#points = 0;
    await this.#pace.turn();
    this.signal?.throwIfAborted();
  }
}

/** Counts what a piece of work in the background does, and lets it rest. */
export class Worker {
  readonly #pace: Pace;
  readonly #turns: Turns;
  readonly #bytesPerSecondMax: number;
  readonly #signal: AbortSignal;
  #owedMs = 0;

  constructor(pace: Pace, signal: AbortSignal, bytesPerSecondMax: number = Number.POSITIVE_INFINITY) {
    this.#pace = pace;
    this.#turns = new Turns(pace, signal, pointsWrittenPerTurn);
    this.#signal = signal;
    this.#bytesPerSecondMax = bytesPerSecondMax;
  }

  /** Call after so many points. Rejects with the signal's reason. */
  didPoints(points: number): Promise<void> {
    return this.#turns.did(points);
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
