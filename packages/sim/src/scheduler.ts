// Simulated time: a queue of events ordered by time, and by age where times are equal. Nothing else moves the clock.

import type { SeededRandom } from '@balsa/raft';

interface ScheduledEvent {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class Scheduler {
  nowMs = 0;
  #order = 0;
  /** A binary heap, earliest first. */
  readonly #heap: ScheduledEvent[] = [];

  after(delayMs: number, run: () => void): void {
    this.#push({ atMs: this.nowMs + delayMs, order: this.#order++, run });
  }

  /** Resolves when so much time has passed. */
  pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Runs `act` again and again, at random intervals with the given mean; 0: never. */
  repeat(random: SeededRandom, meanMs: number, act: () => void): void {
    if (meanMs === 0) return;
    this.after(random.integerBetween(1, 2 * meanMs + 1), () => {
      act();
      this.repeat(random, meanMs, act);
    });
  }

  /** Runs events until `untilMs`, or until `isDone` says so (asked after every event). */
  runUntil(untilMs: number, isDone: () => boolean = () => false): void {
    while (this.runNext(untilMs)) if (isDone()) return;
    this.nowMs = untilMs;
  }

  /** Runs the earliest event. False: there is none until then. */
  runNext(untilMs: number): boolean {
    if (this.#heap.length === 0 || this.#heap[0]!.atMs > untilMs) return false;
    const event = this.#pop();
    this.nowMs = event.atMs;
    event.run();
    return true;
  }

  #push(event: ScheduledEvent): void {
    const heap = this.#heap;
    let child = heap.length;
    heap.push(event);
    while (child > 0) {
      const parent = (child - 1) >>> 1;
      if (!isEarlier(event, heap[parent]!)) break;
      heap[child] = heap[parent]!;
      child = parent;
    }
    heap[child] = event;
  }

  #pop(): ScheduledEvent {
    const heap = this.#heap;
    const first = heap[0]!;
    const moved = heap.pop()!;
    if (heap.length === 0) return first;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
      if (!isEarlier(heap[child]!, moved)) break;
      heap[parent] = heap[child]!;
      parent = child;
    }
    heap[parent] = moved;
    return first;
  }
}

function isEarlier(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
