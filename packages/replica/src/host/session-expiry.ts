// Ends sessions that were silent for too long. The leader's clock finds them and an entry ends them, so it is the same on
// all replicas, whatever their clocks say. What the clock cannot see is counted for the client: a new leader starts anew.

import type { Index } from '@balsa/raft';
import type { SessionTable } from './session-table.ts';

export interface SessionExpiryPorts {
  readonly sessions: Pick<SessionTable, 'oldestActivity' | 'newestActivity'>;
  /** Proposes to end the sessions whose last activity lies below `index`. It may be lost. */
  readonly propose: (index: Index) => void;
}

/** Whatever was applied at `atMs` lies at or below `index`. */
interface Sample {
  readonly atMs: number;
  readonly index: Index;
}

/** Steps that a timeout is divided into. Sessions end at most four of them late, and hardly more samples are kept. */
const steps = 16;

export class SessionExpiry {
  readonly #timeoutMs: number;
  readonly #stepMs: number;
  readonly #ports: SessionExpiryPorts;
  /** Ascending in time and index. */
  readonly #samples: Sample[] = [];
  /**
   * Since when sessions at or below `index` are to be ended. They are given a step of grace: if the process was held up,
   * what their clients sent meanwhile must be heard first.
   */
  #due: Sample | undefined;

  /** `timeoutMs` 0: never. */
  constructor(timeoutMs: number, ports: SessionExpiryPorts) {
    this.#timeoutMs = timeoutMs;
    this.#stepMs = timeoutMs / steps;
    this.#ports = ports;
  }

  /** Samples held: bounded, however long it runs. */
  get samples(): number {
    return this.#samples.length;
  }

  /** This node does not lead: nothing counts any more. */
  reset(): void {
    this.#samples.length = 0;
    this.#due = undefined;
  }

  /**
   * To be called now and then while this node leads; costs next to nothing. Returns when it must be called again at the
   * latest; `undefined`: not before another session was opened.
   */
  run(nowMs: number): number | undefined {
    const { oldestActivity, newestActivity } = this.#ports.sessions;
    if (this.#timeoutMs === 0 || oldestActivity === undefined || newestActivity === undefined) {
      this.reset();
      return undefined;
    }
    this.#sample(nowMs, newestActivity);
    this.#forget(nowMs, oldestActivity);
    this.#expire(nowMs, oldestActivity);
    return this.#nextMs(oldestActivity, newestActivity);
  }

  /** An idle group needs no new samples: the last one goes on to hold. */
  #sample(nowMs: number, newestActivity: Index): void {
    const last = this.#samples.at(-1);
    const isDue = last === undefined || (newestActivity > last.index && nowMs >= last.atMs + this.#stepMs);
    if (isDue) this.#samples.push({ atMs: nowMs, index: newestActivity });
  }

  /** Of the samples that are old enough, the newest says all; those below every session say nothing. */
  #forget(nowMs: number, oldestActivity: Index): void {
    const isOldEnough = (sample: Sample | undefined): boolean =>
      sample !== undefined && sample.atMs + this.#timeoutMs <= nowMs;
    while (this.#samples.length > 1 && (isOldEnough(this.#samples[1]) || this.#samples[0]!.index < oldestActivity))
      this.#samples.shift();
  }

  #expire(nowMs: number, oldestActivity: Index): void {
    // Ended, or active again.
    if (this.#due !== undefined && this.#due.index < oldestActivity) this.#due = undefined;
    const first = this.#samples[0]!;
    const canBeDue = first.index >= oldestActivity && first.atMs + this.#timeoutMs <= nowMs;
    if (this.#due !== undefined && nowMs >= this.#due.atMs + this.#stepMs) {
      this.#ports.propose(this.#due.index + 1);
      // Again a step later, unless it has been applied by then.
      this.#due = { atMs: nowMs, index: this.#due.index };
    } else if (this.#due === undefined && canBeDue) {
      this.#due = { atMs: nowMs, index: first.index };
    }
  }

  #nextMs(oldestActivity: Index, newestActivity: Index): number {
    const last = this.#samples.at(-1)!;
    const sampleMs = newestActivity > last.index ? last.atMs + this.#stepMs : Number.POSITIVE_INFINITY;
    if (this.#due !== undefined) return Math.min(sampleMs, this.#due.atMs + this.#stepMs);
    const covering = this.#samples.find(({ index }) => index >= oldestActivity);
    return Math.min(sampleMs, covering === undefined ? Number.POSITIVE_INFINITY : covering.atMs + this.#timeoutMs);
  }
}
