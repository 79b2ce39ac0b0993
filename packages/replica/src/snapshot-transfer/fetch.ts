// One attempt to copy a snapshot from another node, from where an earlier one ended. It ends when everything is durable,
// when the source does not have the snapshot any more, when the bytes are damaged again and again, or when it is stopped.

import type { GroupId, NodeId } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type {
  Clock,
  SnapshotChunk,
  SnapshotReceiver,
  SnapshotRequest,
  SnapshotStore,
  StoredSnapshot,
} from '../ports.ts';
import { FetchWindow } from './fetch-window.ts';
import type { SnapshotFetchLimits } from './transfer-limits.ts';

export interface FetchPorts {
  readonly store: Pick<SnapshotStore, 'receive'>;
  readonly clock: Clock;
  readonly limits: SnapshotFetchLimits;
  /** Returns false if it could not be sent. */
  ask(from: NodeId, group: GroupId, request: SnapshotRequest): boolean;
}

export type FetchOutcome =
  | { readonly kind: 'finished'; readonly stored: StoredSnapshot }
  | { readonly kind: 'gone' }
  | { readonly kind: 'damaged' }
  /** The disk of this node failed. */
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'stopped' };

export class Fetch {
  readonly group: GroupId;
  readonly from: NodeId;
  readonly snapshot: StoredSnapshot;
  readonly #ports: FetchPorts;
  #window: FetchWindow | undefined;
  #waitMs: number;
  #heardAtMs: number;
  #isFinishing = false;
  #ending: FetchOutcome | undefined;
  #wake: (() => void) | undefined;

  constructor(group: GroupId, from: NodeId, snapshot: StoredSnapshot, ports: FetchPorts) {
    this.group = group;
    this.from = from;
    this.snapshot = snapshot;
    this.#ports = ports;
    this.#waitMs = ports.limits.retryFirstMs;
    this.#heardAtMs = ports.clock.nowMs();
  }

  /** How much there is to come in all, as far as is known. */
  get bytes(): number {
    return this.#window?.bytes ?? this.snapshot.bytes;
  }

  /** How far it is; 0 until that is known. */
  get offset(): number {
    return this.#window?.offset ?? 0;
  }

  /** Everything is here, and is being made durable. */
  get isFinishing(): boolean {
    return this.#isFinishing;
  }

  /** When the source last gave a sign of life, or when the fetch began. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /** Once. Never rejects; when it resolves, nothing is open any more. */
  async run(): Promise<FetchOutcome> {
    let receiver: SnapshotReceiver | undefined;
    let outcome: FetchOutcome;
    try {
      receiver = await this.#ports.store.receive(this.group, this.snapshot);
      outcome = await this.#fetch(receiver);
    } catch (error) {
      outcome = { kind: 'failed', error };
    }
    try {
      await receiver?.close();
    } catch (error) {
      if (outcome.kind !== 'finished') outcome = { kind: 'failed', error };
    }
    return outcome;
  }

  /** Returns how many of the bytes are welcome. */
  chunkArrived({ snapshotId, offset, bytes }: SnapshotChunk): number {
    if (snapshotId !== this.snapshot.id) return 0;
    this.#heardAtMs = this.#ports.clock.nowMs();
    if (bytes.length === 0) {
      this.#end({ kind: 'gone' });
      return 0;
    }
    if (this.#window?.arrived(offset, bytes) !== true) return 0;
    this.#waitMs = this.#ports.limits.retryFirstMs;
    this.#wake?.();
    return bytes.length;
  }

  tick(): void {
    const { limits } = this.#ports;
    if (this.#ask()) this.#waitMs = Math.min(limits.retryCapMs, 2 * this.#waitMs);
  }

  /** What is being made durable already is still finished. */
  stop(): void {
    this.#end({ kind: 'stopped' });
  }

  async #fetch(receiver: SnapshotReceiver): Promise<FetchOutcome> {
    const { limits } = this.#ports;
    const window = new FetchWindow(receiver.bytes, receiver.offset, limits);
    this.#window = window;
    let furthest = receiver.offset;
    let damages = 0;
    while (this.#ending === undefined) {
      this.#ask();
      const bytes = window.take();
      try {
        if (bytes !== undefined) {
          await receiver.write(bytes);
          // Files that the snapshot names follow it, and some of them are here already.
          if (receiver.offset > window.offset || receiver.bytes !== window.bytes) {
            window.restart(receiver.offset, receiver.bytes);
          }
        } else if (window.isComplete) return { kind: 'finished', stored: await this.#finish(receiver) };
        else await this.#somethingNew();
      } catch (error) {
        if (!(error instanceof ReplicaError) || error.code !== 'SNAPSHOT_DAMAGED') throw error;
        damages = receiver.offset > furthest ? 1 : damages + 1;
        furthest = Math.max(furthest, receiver.offset);
        if (damages > limits.damagesMax) return { kind: 'damaged' };
        window.restart(receiver.offset, receiver.bytes);
      }
    }
    return this.#ending;
  }

  async #finish(receiver: SnapshotReceiver): Promise<StoredSnapshot> {
    this.#isFinishing = true;
    try {
      return await receiver.finish();
    } finally {
      this.#isFinishing = false;
    }
  }

  /** Returns whether something was asked for again. */
  #ask(): boolean {
    const { clock } = this.#ports;
    const { id: snapshotId } = this.snapshot;
    if (this.#window === undefined || this.#ending !== undefined) return false;
    return this.#window.ask(clock.nowMs(), this.#waitMs, (offset, bytesMax) =>
      this.#ports.ask(this.from, this.group, { snapshotId, offset, bytesMax }),
    );
  }

  #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #end(outcome: FetchOutcome): void {
    this.#ending ??= outcome;
    this.#wake?.();
  }
}
