// The clock of one process: monotonic, but neither exact nor steady. It runs a little faster or slower than real time, and
// jumps ahead as after a virtual machine was suspended.

import type { Clock } from '@balsa/replica';
import type { Scheduler } from '../scheduler.ts';
import type { SimulatedProcess } from './simulated-process.ts';

export class NodeClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #process: SimulatedProcess;
  readonly #rate: number;
  #jumpedMs: number;
  #timers = 0;

  /** `rate`: milliseconds of this clock in one of real time. It does not start at 0, as no monotonic clock does. */
  constructor(scheduler: Scheduler, process: SimulatedProcess, rate: number, startMs: number) {
    this.#scheduler = scheduler;
    this.#process = process;
    this.#rate = rate;
    this.#jumpedMs = startMs;
  }

  /** Timers that nobody has stopped. */
  get timers(): number {
    return this.#timers;
  }

  nowMs(): number {
    return this.#jumpedMs + this.#scheduler.nowMs * this.#rate;
  }

  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  every(periodMs: number, tick: () => void): () => void {
    let isStopped = false;
    this.#timers++;
    const next = (): void =>
      this.#scheduler.after(Math.max(1, Math.round(periodMs / this.#rate)), () => {
        if (isStopped || !this.#process.isAlive) return;
        // Of ticks that come due during a pause only one is delivered, as by a real timer.
        if (!this.#process.isPaused) this.#process.run(tick);
        next();
      });
    next();
    return () => {
      if (!isStopped) this.#timers--;
      isStopped = true;
    };
  }

  defer(task: () => void): void {
    this.#scheduler.after(0, () => this.#process.run(task));
  }
}
