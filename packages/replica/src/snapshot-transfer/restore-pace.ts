// How fast the node's state machines get what they restore from snapshots: all of them together so many bytes per second, for
// they share disk and processors with groups that are being written to.

import type { Clock } from '../ports.ts';
import { TokenBucket } from './token-bucket.ts';
import { type SnapshotRestoreLimits, snapshotRestoreDefaults, transferTickMs } from './transfer-limits.ts';

export interface PacedRestore {
  /** Asked again while a chunk waits: what is urgent is not held back, and does not count. */
  readonly isUrgent: () => boolean;
  /** Ends the restore, with its reason. */
  readonly signal: AbortSignal;
}

interface WaitingChunk {
  readonly bytes: number;
  readonly isUrgent: () => boolean;
  readonly pass: () => void;
}

export class RestorePace {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  /** Who came first stands first. */
  readonly #waiting = new Set<WaitingChunk>();
  #stopTicking: (() => void) | undefined;

  constructor(limits: Partial<SnapshotRestoreLimits>, clock: Clock) {
    const { bytesPerSecondMax } = { ...snapshotRestoreDefaults, ...limits };
    this.#clock = clock;
    this.#bucket = new TokenBucket(bytesPerSecondMax, clock.nowMs());
  }

  /** The same chunks, each when its turn has come, and an end when the last has had its time too. */
  async *paced(chunks: AsyncIterable<Uint8Array>, restore: PacedRestore): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await this.#turnOf(chunk.length, restore);
      yield chunk;
    }
    await this.#turnOf(0, restore);
  }

  async #turnOf(bytes: number, restore: PacedRestore): Promise<void> {
    restore.signal.throwIfAborted();
    if (!this.#mayPass(bytes, restore.isUrgent)) await this.#wait(bytes, restore);
  }

  #mayPass(bytes: number, isUrgent: () => boolean): boolean {
    if (isUrgent()) return true;
    if (!this.#bucket.hasTokens(this.#clock.nowMs())) return false;
    this.#bucket.take(bytes);
    return true;
  }

  #wait(bytes: number, { isUrgent, signal }: PacedRestore): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#forget(chunk);
        reject(signal.reason);
      };
      const pass = (): void => {
        this.#forget(chunk);
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const chunk: WaitingChunk = { bytes, isUrgent, pass };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(chunk);
      this.#stopTicking ??= this.#clock.every(transferTickMs, () => this.#tick());
    });
  }

  #tick(): void {
    for (const chunk of [...this.#waiting]) {
      if (this.#mayPass(chunk.bytes, chunk.isUrgent)) chunk.pass();
    }
  }

  /** Time need not pass while nobody waits. */
  #forget(chunk: WaitingChunk): void {
    this.#waiting.delete(chunk);
    if (this.#waiting.size > 0) return;
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }
}
