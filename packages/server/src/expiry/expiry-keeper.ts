// Lets points that have outlived their time leave the files. Reads hide them by the rules of the schema and the clock of the node; the
// engine goes by rules and a clock that stand in commands, and somebody has to send these: the node that leads the data group, every so
// often.

import type { SchemaRegistry } from '@balsa/engine';
import { encodeAdvanceClock, type StorageEngine } from '@balsa/engine/storage';
import { type Clock, type CodedLog, type Group, ReplicaError } from '@balsa/replica';
import { StatusCode, statusName } from '@balsa/wire';
import { proposeCommand } from '../service/propose-command.ts';
import { Refusal } from '../service/refusal.ts';
import { expiryChanges } from './expiry-changes.ts';

export interface ExpiryKeeperPorts {
  readonly registry: Pick<SchemaRegistry, 'ttls'>;
  readonly store: () => Pick<StorageEngine, 'ttl' | 'wouldExpire'>;
  readonly metadata: Pick<Group, 'readBarrier'>;
  readonly data: Pick<Group, 'isLeader' | 'status' | 'readBarrier' | 'propose'>;
  readonly clock: Pick<Clock, 'nowMs' | 'every'>;
  /** Since 1970. */
  readonly dateMs: () => number;
  readonly log: CodedLog<string>;
}

const stepMsMax = 5000;
const dayMs = 86_400_000;
/** A node whose clock is this far behind the one that points expire by has a wrong one, or the one that led before had. */
const behindMsMax = 60_000;

export class ExpiryKeeper {
  readonly #ports: ExpiryKeeperPorts;
  readonly #stepMs: number;
  readonly #stopTicking: () => void;
  readonly #stopping = new AbortController();
  /** In which this node led when it last looked. */
  #ledTerm: number | undefined;
  #step: Promise<void> | undefined;
  /** What was last said of clocks that differ. */
  #complaint: string | undefined;

  constructor(intervalMs: number, ports: ExpiryKeeperPorts) {
    this.#ports = ports;
    this.#stepMs = Math.min(intervalMs, stepMsMax);
    this.#stopTicking = ports.clock.every(intervalMs, () => this.#tick());
  }

  /** Once it has resolved, nothing is proposed any more; it never rejects. */
  async stop(): Promise<void> {
    this.#stopTicking();
    this.#stopping.abort(new Refusal(StatusCode.NODE_STOPPING, 'this node is stopping'));
    await this.#step;
  }

  /** A step that takes longer than the interval takes the place of the next. */
  #tick(): void {
    this.#step ??= this.#keep()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#step = undefined;
      });
  }

  async #keep(): Promise<void> {
    const { registry, store, metadata, data, clock, dateMs } = this.#ports;
    // Commands of the leader before may still come, by rules that have changed since, for as long as one of its steps takes: that must not
    // be between the commands of this one. The interval is no shorter.
    if (!this.#hasLedForLong() || !this.#isDue()) return;
    const deadlineMs = clock.nowMs() + this.#stepMs;
    const { signal } = this.#stopping;
    const options = { timeoutMs: this.#stepMs, signal };
    await Promise.all([metadata.readBarrier(options), data.readBarrier(options)]);
    for (const command of expiryChanges(registry.ttls, store().ttl.rules)) await this.#propose(command, deadlineMs);
    const nowMs = dateMs();
    this.#compareClocks(nowMs);
    if (!store().wouldExpire(nowMs)) return;
    const nextMs = Math.min(nowMs, nextClockMsMax(store().ttl.clockMs));
    await this.#propose(encodeAdvanceClock(nextMs), deadlineMs);
  }

  #hasLedForLong(): boolean {
    const { data } = this.#ports;
    const term = data.isLeader ? data.status().term : undefined;
    const hasLed = term !== undefined && term === this.#ledTerm;
    this.#ledTerm = term;
    return hasLed;
  }

  /** Whether it is worth while to wake a group that hibernates. */
  #isDue(): boolean {
    const { registry, store, dateMs } = this.#ports;
    const { ttl } = store();
    return expiryChanges(registry.ttls, ttl.rules).length > 0 || store().wouldExpire(dateMs());
  }

  async #propose(command: Uint8Array, deadlineMs: number): Promise<void> {
    const { data, clock } = this.#ports;
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    const timeoutMs = deadlineMs - clock.nowMs();
    if (timeoutMs <= 0) throw new ReplicaError('DEADLINE_EXCEEDED', 'the step has taken too long');
    const { status, message } = await proposeCommand(
      (bytes, options) => data.propose(bytes, { ...options, signal }),
      command,
      timeoutMs,
    );
    if (status !== StatusCode.SUCCESS) throw new Error(`${statusName(status)}: ${message}`);
  }

  #compareClocks(nowMs: number): void {
    const { store, log } = this.#ports;
    const { clockMs } = store().ttl;
    const isAhead = nowMs > nextClockMsMax(clockMs);
    const isBehind = nowMs < clockMs - behindMsMax;
    const complaint = isAhead
      ? 'the clock of this node is far ahead of the one that points expire by, which follows by a day at a time'
      : isBehind
        ? 'the clock of this node is behind the one that points expire by: until it is there, nothing more leaves the files'
        : undefined;
    if (complaint !== undefined && complaint !== this.#complaint) {
      const fields = { clock: new Date(nowMs).toISOString(), expiryClock: new Date(clockMs).toISOString() };
      log('warn', 'EXPIRY_CLOCKS_DIFFER', complaint, fields);
    }
    this.#complaint = complaint;
  }

  /** It is tried again at the next interval; nothing depends on when it succeeds. */
  #failed(error: unknown): void {
    // The host has its own lines for these, and reads that are refused for the same reason.
    if (this.#stopping.signal.aborted || error instanceof ReplicaError) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#ports.log('warn', 'EXPIRY_FAILED', `points that have expired stay in the files for now: ${reason}`, {});
  }
}

/** A clock that is wrong for a while must not make everything expire at once. The first has nothing to be compared with. */
function nextClockMsMax(clockMs: number): number {
  return clockMs === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : clockMs + dayMs;
}
