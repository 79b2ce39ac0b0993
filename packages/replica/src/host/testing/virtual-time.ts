// Time that passes with the turns of the event loop, one millisecond each: an election costs milliseconds instead of
// seconds, a busy machine changes nothing, and the same seed runs the same way again. Networks and disks that take a turn
// for each step take a millisecond.

import type { Clock } from '../../ports.ts';

interface Condition {
  readonly isMet: () => boolean;
  readonly giveUpMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly what: string;
}

export class VirtualTime {
  #nowMs = 0;
  #passes = false;
  readonly #clocks = new Set<VirtualClock>();
  readonly #conditions = new Set<Condition>();

  get nowMs(): number {
    return this.#nowMs;
  }

  /** A clock of its own for each process, so that one can be paused or die with its process. */
  clock(): VirtualClock {
    const clock = new VirtualClock(this);
    this.#clocks.add(clock);
    return clock;
  }

  /** Lets time pass, until `stop`. */
  start(): void {
    this.#passes = true;
    setImmediate(() => this.#turn());
  }

  stop(): void {
    this.#passes = false;
  }

  /** Resolves once `isMet`; looks every millisecond. Rejects after `limitMs`. */
  until(what: string, isMet: () => boolean, limitMs = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#conditions.add({ isMet, giveUpMs: this.#nowMs + limitMs, resolve, reject, what });
    });
  }

  pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    return this.until(`${ms} ms`, () => this.#nowMs >= endMs, ms + 1);
  }

  /** Runs the task in the turn in which so many milliseconds have passed; with 0, in the next. */
  after(ms: number, task: () => void): void {
    if (ms === 0) setImmediate(task);
    else void this.pass(ms).then(task);
  }

  #turn(): void {
    if (!this.#passes) return;
    this.#nowMs++;
    for (const clock of this.#clocks) clock.fire();
    for (const condition of this.#conditions) this.#check(condition);
    setImmediate(() => this.#turn());
  }

  #check(condition: Condition): void {
    const isMet = condition.isMet();
    if (!isMet && this.#nowMs < condition.giveUpMs) return;
    this.#conditions.delete(condition);
    if (isMet) condition.resolve();
    else condition.reject(new Error(`in vain, until ${this.#nowMs} ms: ${condition.what}`));
  }
}

interface Timer {
  readonly periodMs: number;
  readonly tick: () => void;
  dueMs: number;
}

export class VirtualClock implements Clock {
  readonly #time: VirtualTime;
  readonly #timers = new Set<Timer>();
  #state: 'runs' | 'paused' | 'dead' = 'runs';
  /** Deferred while paused. */
  #held: (() => void)[] = [];

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** Timers that nobody has stopped. */
  get timers(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.#time.nowMs;
  }

  every(periodMs: number, tick: () => void): () => void {
    const timer = { periodMs, tick, dueMs: this.nowMs() + periodMs };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  defer(task: () => void): void {
    setImmediate(() => {
      if (this.#state === 'runs') task();
      else if (this.#state === 'paused') this.#held.push(task);
    });
  }

  /** The process is stopped for a while, as by SIGSTOP. */
  pause(): void {
    this.#state = 'paused';
  }

  resume(): void {
    this.#state = 'runs';
    for (const task of this.#held.splice(0)) this.defer(task);
  }

  /** The process is gone: nothing that it had planned happens any more. */
  die(): void {
    this.#state = 'dead';
    this.#timers.clear();
    this.#held = [];
  }

  fire(): void {
    if (this.#state !== 'runs') return;
    const nowMs = this.nowMs();
    for (const timer of this.#timers) {
      if (timer.dueMs > nowMs) continue;
      timer.dueMs = nowMs + timer.periodMs;
      timer.tick();
    }
  }
}
