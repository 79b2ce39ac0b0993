// A closed loop of writes on the leader: every client has one value under way.

import { encodePayload, type Group, payloadHeaderBytes, type SubmitSink } from '@balsa/replica';
import { randomPool } from '../load/random-pool.ts';

const pauseMs = 10;
const deadlineMs = 30_000;
const poolBytes = 1024 * 1024;

export interface LoadCounts {
  readonly written: number;
  readonly failed: number;
}

export class ValueLoad implements SubmitSink {
  readonly #group: Group;
  readonly #nowMs: () => number;
  readonly #valueBytes: number;
  /** Values are cut out of it, each at another place, so that no two neighbours are equal. */
  readonly #pool: Buffer;
  readonly #payload: Buffer;
  #next = 0;
  #underWay = 0;
  #writesLeft = 0;
  #written = 0;
  #failed = 0;
  #onIdle: (() => void) | undefined;

  constructor(group: Group, nowMs: () => number, valueBytes: number, seed: number) {
    this.#group = group;
    this.#nowMs = nowMs;
    this.#valueBytes = valueBytes;
    this.#pool = randomPool(seed, poolBytes + valueBytes);
    const noSession = { session: 0, sequence: 0, acknowledgedBelow: 0 };
    this.#payload = Buffer.from(encodePayload(noSession, new Uint8Array(valueBytes)));
  }

  get counts(): LoadCounts {
    return { written: this.#written, failed: this.#failed };
  }

  /** Begins; goes on until `end`, or until `writes` have been acknowledged. */
  begin(clients: number, writes: number = Number.POSITIVE_INFINITY): void {
    this.#writesLeft = writes;
    for (let client = 0; client < clients; client++) this.#submit(client);
  }

  /** No client begins another write; resolves when all are answered. */
  end(): Promise<void> {
    this.#writesLeft = 0;
    return this.idle();
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  completed(client: number): void {
    this.#written++;
    this.#answered(client);
  }

  /** Written again, if that is still wanted: the state machine does not mind what it is given twice. */
  failed(client: number): void {
    this.#failed++;
    this.#writesLeft++;
    setTimeout(() => this.#answered(client), pauseMs);
  }

  #answered(client: number): void {
    this.#underWay--;
    if (this.#writesLeft > 0) this.#submit(client);
    else if (this.#underWay === 0) this.#onIdle?.();
  }

  #submit(client: number): void {
    this.#underWay++;
    this.#writesLeft--;
    this.#next = (this.#next + 4099) % poolBytes;
    this.#pool.copy(this.#payload, payloadHeaderBytes, this.#next, this.#next + this.#valueBytes);
    this.#group.submit(this.#payload, this.#nowMs() + deadlineMs, this, client);
  }
}
