// The bound of what a client has under way, in writes and in bytes. Who comes when it is reached waits, in order; who
// comes when too many wait is turned away.

import { ClientError } from './errors.ts';

export interface AdmissionLimits {
  readonly countMax: number;
  /** One write is admitted whatever its size if nothing else is under way. */
  readonly bytesMax: number;
  readonly waitingMax: number;
}

/** Who wants to come in. */
export interface Entrant {
  readonly bytes: number;
  /** Comes in; every admission is ended by `release`. */
  admitted(): void;
  /** The client is closed. */
  turnedAway(): void;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #waiting = new Set<Entrant>();
  #count = 0;
  #bytes = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Admits at once if there is room, else in turn. @throws ClientError OVERLOADED: too many wait already. */
  enter(entrant: Entrant): void {
    if (this.#waiting.size === 0 && this.#hasRoom(entrant.bytes)) {
      this.#admit(entrant);
      return;
    }
    const { waitingMax } = this.#limits;
    if (this.#waiting.size >= waitingMax) {
      throw new ClientError('OVERLOADED', `${waitingMax} writes wait already: wait for some of them first`, {
        outcome: 'rejected',
      });
    }
    this.#waiting.add(entrant);
  }

  /** Gives up a place in the queue. */
  leave(entrant: Entrant): void {
    if (this.#waiting.delete(entrant)) this.#admitWaiting();
  }

  release(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
    this.#admitWaiting();
  }

  /** Turns away all who wait. */
  close(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const entrant of waiting) entrant.turnedAway();
  }

  #admitWaiting(): void {
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom(waiting.bytes)) return;
      this.#waiting.delete(waiting);
      this.#admit(waiting);
    }
  }

  #hasRoom(bytes: number): boolean {
    const { countMax, bytesMax } = this.#limits;
    return this.#count === 0 || (this.#count < countMax && this.#bytes + bytes <= bytesMax);
  }

  #admit(entrant: Entrant): void {
    this.#count++;
    this.#bytes += entrant.bytes;
    entrant.admitted();
  }
}
