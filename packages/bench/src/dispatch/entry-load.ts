// A closed loop of entries on the leader's groups: every client waits for one at a time, always of the same group. Who is told before his entry
// is applied goes on at once, while its outcome is still to come.

import { encodePayload, type Group, payloadHeaderBytes, type ReplicaErrorCode, type SubmitSink } from '@balsa/replica';
import type { Acknowledgement, EarlyAcknowledgement } from '@balsa/wire';
import { randomPool } from '../load/random-pool.ts';
import { LatencyRecorder } from '../measure/latencies.ts';
import type { LoadSpec, WindowLoad } from './node-protocol.ts';

const refusedPauseMs = 10;
const deadlineMs = 60_000;
const poolBytes = 1024 * 1024;
/** Prime to the size of the pool, so that all of it comes in turn. */
const poolStep = 4099;

export class EntryLoad implements SubmitSink {
  readonly #groups: readonly Group[];
  readonly #nowMs: () => number;
  /** By client: when it began what it waits for. */
  readonly #startedMs: Float64Array;
  readonly #acknowledge: Acknowledgement;
  /** By token: whose entry it is; `undefined`: the client has been told of it. */
  readonly #waiting: (number | undefined)[] = [];
  readonly #freeTokens: number[] = [];
  /** Values are cut out of it, each at another place. */
  readonly #pool: Buffer;
  readonly #payload: Buffer;
  /** Of each value; the rest is the same in all. */
  readonly #randomBytes: number;
  #next = 0;
  /** Entries whose outcome is not known, and clients that pause. */
  #underWay = 0;
  #ends = false;
  #completed = 0;
  #failed: Record<string, number> = {};
  #latencies = new LatencyRecorder();
  #beganMs = performance.now();
  #completedMs = this.#beganMs;
  #longestStallMs = 0;
  #byTenth: number[] = [];
  #onIdle: (() => void) | undefined;

  constructor(groups: readonly Group[], nowMs: () => number, spec: LoadSpec, seed: number) {
    const { clients, valueBytes, compressible, acknowledge } = spec;
    this.#groups = groups;
    this.#nowMs = nowMs;
    this.#acknowledge = acknowledge;
    this.#startedMs = new Float64Array(clients);
    this.#randomBytes = Math.round(valueBytes * (1 - compressible));
    this.#pool = randomPool(seed, poolBytes + valueBytes);
    const noSession = { session: 0, sequence: 0, acknowledgedBelow: 0 };
    this.#payload = Buffer.from(encodePayload(noSession, new Uint8Array(valueBytes)));
  }

  begin(): void {
    for (let client = 0; client < this.#startedMs.length; client++) this.#submit(client);
  }

  /** Counts from now on. */
  beginWindow(): void {
    this.#completed = 0;
    this.#failed = {};
    this.#latencies = new LatencyRecorder();
    this.#beganMs = performance.now();
    this.#completedMs = this.#beganMs;
    this.#longestStallMs = 0;
    this.#byTenth = [];
  }

  endWindow(): WindowLoad {
    this.#noteStall(performance.now());
    return {
      completed: this.#completed,
      failed: this.#failed,
      latenciesUs: this.#latencies.pairs(),
      longestStallMs: this.#longestStallMs,
      completedByTenth: Array.from(this.#byTenth, (count) => count ?? 0),
    };
  }

  /** No client begins another entry; resolves when all are answered. */
  async end(): Promise<void> {
    this.#ends = true;
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  accepted(token: number, _how: EarlyAcknowledgement): void {
    this.#told(token);
  }

  completed(token: number): void {
    this.#told(token);
    this.#settled(token);
  }

  #told(token: number): void {
    const client = this.#waiting[token];
    if (client === undefined) return;
    this.#waiting[token] = undefined;
    const nowMs = performance.now();
    this.#completed++;
    this.#latencies.record((nowMs - this.#startedMs[client]!) * 1000);
    this.#noteStall(nowMs);
    const tenth = Math.floor((nowMs - this.#beganMs) / 100);
    this.#byTenth[tenth] = (this.#byTenth[tenth] ?? 0) + 1;
    if (!this.#ends) this.#submit(client);
  }

  #noteStall(nowMs: number): void {
    this.#longestStallMs = Math.max(this.#longestStallMs, nowMs - this.#completedMs);
    this.#completedMs = nowMs;
  }

  failed(token: number, code: ReplicaErrorCode): void {
    this.#failed[code] = (this.#failed[code] ?? 0) + 1;
    const client = this.#waiting[token];
    // Who was told before has gone on.
    if (client === undefined) {
      this.#settled(token);
      return;
    }
    setTimeout(() => {
      this.#waiting[token] = undefined;
      if (!this.#ends) this.#submit(client);
      this.#settled(token);
    }, refusedPauseMs);
  }

  #settled(token: number): void {
    this.#freeTokens.push(token);
    this.#underWay--;
    if (this.#ends && this.#underWay === 0) this.#onIdle?.();
  }

  #submit(client: number): void {
    this.#underWay++;
    this.#startedMs[client] = performance.now();
    this.#next = (this.#next + poolStep) % poolBytes;
    this.#pool.copy(this.#payload, payloadHeaderBytes, this.#next, this.#next + this.#randomBytes);
    const group = this.#groups[client % this.#groups.length]!;
    const token = this.#freeTokens.pop() ?? this.#waiting.length;
    this.#waiting[token] = client;
    group.submit(this.#payload, this.#nowMs() + deadlineMs, this, token, this.#acknowledge);
  }
}
