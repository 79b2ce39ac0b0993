// Operations that are due at a fixed pace, whatever became of those before them, and how long none of them succeeds. A
// client that waited for each answer would notice an outage just as well, but not how soon it is over.

import { BenchError } from '../bench-error.ts';
import { StallMeter } from '../chaos/stall-meter.ts';

/** Timers are no finer. */
const tickMs = 1;

export interface OpenLoopCounts {
  readonly succeeded: number;
  readonly failed: number;
}

/** What happened between `begin` and `end`. */
export interface Standstill {
  /** The longest time between two successes. */
  readonly ms: number;
  /** The longest time by which an operation was sent late, because this process did not get to it. */
  readonly lateMs: number;
}

export class OpenLoop {
  readonly #name: string;
  readonly #intervalMs: number;
  readonly #operation: (number: number) => Promise<void>;
  readonly #meter = new StallMeter();
  readonly #firstDueMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #succeeded = 0;
  #failed = 0;
  #lateMs = 0;
  #onSettled: () => void = () => {};
  #awaited: { readonly number: number; readonly resolve: () => void } | undefined;

  /** Begins. `operation` rejects if it did not succeed. */
  constructor(name: string, ratePerSecond: number, operation: (number: number) => Promise<void>) {
    this.#name = name;
    this.#intervalMs = 1000 / ratePerSecond;
    this.#operation = operation;
    this.#timer = setInterval(() => this.#sendDue(), tickMs);
  }

  get counts(): OpenLoopCounts {
    return { succeeded: this.#succeeded, failed: this.#failed };
  }

  /** Something is about to strike. */
  begin(): void {
    this.#meter.begin();
    this.#lateMs = 0;
  }

  end(): Standstill {
    return { ms: this.#meter.end(performance.now()), lateMs: this.#lateMs };
  }

  /** Waits until an operation has succeeded that was sent after this call. Throws NOT_HEALTHY. */
  flows(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const complaint = `${this.#name} stood still for more than ${timeoutMs} ms`;
      const deadline = setTimeout(() => reject(new BenchError('NOT_HEALTHY', complaint)), timeoutMs);
      this.#awaited = {
        number: this.#sent,
        resolve: () => {
          clearTimeout(deadline);
          resolve();
        },
      };
    });
  }

  /** Sends no more, and waits for what is under way. */
  stop(): Promise<void> {
    clearInterval(this.#timer);
    return new Promise((resolve) => {
      this.#onSettled = () => {
        if (this.#succeeded + this.#failed === this.#sent) resolve();
      };
      this.#onSettled();
    });
  }

  #sendDue(): void {
    const nowMs = performance.now();
    for (;;) {
      const dueMs = this.#firstDueMs + this.#sent * this.#intervalMs;
      if (dueMs > nowMs) return;
      this.#lateMs = Math.max(this.#lateMs, nowMs - dueMs);
      const number = this.#sent++;
      this.#operation(number).then(
        () => this.#onSuccess(number),
        () => this.#onFailure(),
      );
    }
  }

  #onSuccess(number: number): void {
    this.#succeeded++;
    this.#meter.acknowledged(performance.now());
    if (this.#awaited !== undefined && number >= this.#awaited.number) {
      this.#awaited.resolve();
      this.#awaited = undefined;
    }
    this.#onSettled();
  }

  #onFailure(): void {
    this.#failed++;
    this.#onSettled();
  }
}
