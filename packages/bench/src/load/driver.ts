// The pacing of simulated clients, apart from any protocol: who may send when, what is recorded, when it ends.
//
// Closed loop: a client sends again as soon as it is answered. Open loop: write number i is due at start + i / rate,
// whichever client is free takes it, and its latency counts from when it was due, however late it was sent.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { LatencyRecorder } from '../measure/latencies.ts';
import type { LoadEvent, LoadReport } from './events.ts';
import type { LoadSpec } from './spec.ts';

/** One system's client library, as the driver sees it. */
export interface WriteChannel {
  readonly successStatus: number;
  /** Sends one write of `client`. The driver's `answered` hears of it exactly once, and never within this call. */
  write(client: number): void;
  statusName(status: number): string;
}

/** A refused client waits this long, so that a system which refuses at once is not asked again in a hot loop. */
const refusedPauseMs = 10;
/** How often due writes are handed out in open loop; timers are no finer. */
const openLoopTickMs = 1;
const progressMs = 500;

export class LoadDriver {
  readonly #spec: LoadSpec;
  readonly #emit: (event: LoadEvent) => void;
  /** When each client's write was sent (closed loop) or due (open loop), on performance.now()'s clock. */
  readonly #startedMs: Float64Array;
  /** Open loop: a stack of the clients that wait for work. */
  readonly #idle: Int32Array;
  #idleCount = 0;
  #channel: WriteChannel | undefined;
  #latencies = new LatencyRecorder();
  readonly #statusCounts = new Map<number, number>();
  #operations = 0;
  #inFlight = 0;
  #measuring = false;
  #stopping = false;
  /** Open loop: number of writes handed out, and when number 0 was due. */
  #handedOut = 0;
  #firstDueMs = 0;

  constructor(spec: LoadSpec, emit: (event: LoadEvent) => void) {
    this.#spec = spec;
    this.#emit = emit;
    this.#startedMs = new Float64Array(spec.clients);
    this.#idle = new Int32Array(spec.clients);
  }

  /** Loads `channel` through warm-up and measurement, then waits for what is in flight. */
  async run(channel: WriteChannel): Promise<LoadReport> {
    this.#channel = channel;
    const ticker = this.#spec.ratePerSecond === null ? this.#startClosedLoop() : this.#startOpenLoop();
    let progressFrom = 0;
    const progress = setInterval(() => {
      const operationsPerSecond = Math.round(((this.#operations - progressFrom) * 1000) / progressMs);
      progressFrom = this.#operations;
      this.#emit({ event: 'progress', operationsPerSecond });
    }, progressMs);

    await sleep(this.#spec.warmupSeconds * 1000);
    this.#operations = 0;
    progressFrom = 0;
    this.#latencies = new LatencyRecorder();
    this.#statusCounts.clear();
    const unstartedBefore = this.#dueButUnstarted();
    this.#measuring = true;
    this.#emit({ event: 'measuring' });
    const measuringFromMs = performance.now();

    await sleep(this.#spec.seconds * 1000);
    this.#measuring = false;
    this.#stopping = true;
    const seconds = (performance.now() - measuringFromMs) / 1000;
    const unstarted = Math.max(0, this.#dueButUnstarted() - unstartedBefore);
    this.#emit({ event: 'measured' });
    clearInterval(progress);
    clearInterval(ticker);
    await this.#drain();

    const statuses: Record<string, number> = {};
    for (const [status, count] of this.#statusCounts) statuses[channel.statusName(status)] = count;
    const latenciesUs = this.#latencies.pairs();
    return { event: 'report', operations: this.#operations, seconds, statuses, latenciesUs, unstarted };
  }

  /** The channel reports the answer to `client`'s write. */
  answered(client: number, status: number): void {
    this.#inFlight--;
    const nowMs = performance.now();
    const channel = this.#channel!;
    const success = status === channel.successStatus;
    if (success && !this.#stopping) this.#operations++;
    if (this.#measuring) {
      this.#statusCounts.set(status, (this.#statusCounts.get(status) ?? 0) + 1);
      if (success) this.#latencies.record((nowMs - this.#startedMs[client]!) * 1000);
    }
    if (this.#stopping) return;
    if (success) this.#next(client, nowMs);
    else setTimeout(() => this.#next(client, performance.now()), refusedPauseMs);
  }

  #next(client: number, nowMs: number): void {
    if (this.#stopping) return;
    if (this.#spec.ratePerSecond === null) {
      this.#send(client, nowMs);
      return;
    }
    this.#idle[this.#idleCount++] = client;
    this.#handOutDue(nowMs);
  }

  #send(client: number, startedMs: number): void {
    this.#startedMs[client] = startedMs;
    this.#inFlight++;
    this.#channel!.write(client);
  }

  #startClosedLoop(): undefined {
    const nowMs = performance.now();
    for (let client = 0; client < this.#spec.clients; client++) this.#send(client, nowMs);
  }

  #startOpenLoop(): NodeJS.Timeout {
    for (let client = 0; client < this.#spec.clients; client++) this.#idle[this.#idleCount++] = client;
    this.#firstDueMs = performance.now();
    return setInterval(() => this.#handOutDue(performance.now()), openLoopTickMs);
  }

  #handOutDue(nowMs: number): void {
    const intervalMs = 1000 / this.#spec.ratePerSecond!;
    while (this.#idleCount > 0) {
      const dueMs = this.#firstDueMs + this.#handedOut * intervalMs;
      if (dueMs > nowMs) return;
      this.#handedOut++;
      this.#send(this.#idle[--this.#idleCount]!, dueMs);
    }
  }

  #dueButUnstarted(): number {
    if (this.#spec.ratePerSecond === null) return 0;
    const due = Math.floor(((performance.now() - this.#firstDueMs) * this.#spec.ratePerSecond) / 1000);
    return Math.max(0, due - this.#handedOut);
  }

  /** Every write has a deadline, so this ends; the margin covers a late timer. */
  async #drain(): Promise<void> {
    const deadlineMs = performance.now() + this.#spec.requestTimeoutMs + 1000;
    while (this.#inFlight > 0 && performance.now() < deadlineMs) await sleep(5);
  }
}
