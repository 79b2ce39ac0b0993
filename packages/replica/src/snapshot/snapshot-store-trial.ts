// What the suites of a snapshot store share.

import { deepEqual, ok, rejects } from 'node:assert/strict';
import type { GroupId } from '@balsa/raft';
import type { ReplicaErrorCode } from '../errors.ts';
import type { SnapshotStore, StoredSnapshot } from '../ports.ts';
import { contentOf } from './snapshot-testing.ts';

export interface SnapshotStoreHarness {
  /** Opens the store of this harness, for the first time or again. The one before is closed. */
  open(): Promise<SnapshotStore>;
  /** Opens another store, of another node. Closed and removed by `dispose`. */
  openOther(): Promise<SnapshotStore>;
  dispose(): Promise<void>;
}

/** What a store checks at a time, and keeps in memory: not more than this. */
export const chunkBytes: number = 256 * 1024;

export class SnapshotStoreTrial {
  readonly harness: SnapshotStoreHarness;
  #store: SnapshotStore;

  static async start(harness: SnapshotStoreHarness): Promise<SnapshotStoreTrial> {
    return new SnapshotStoreTrial(harness, await harness.open());
  }

  private constructor(harness: SnapshotStoreHarness, store: SnapshotStore) {
    this.harness = harness;
    this.#store = store;
  }

  get store(): SnapshotStore {
    return this.#store;
  }

  async reopen(): Promise<void> {
    await this.#store.close();
    this.#store = await this.harness.open();
  }

  async end(): Promise<void> {
    await this.#store.close();
    await this.harness.dispose();
  }

  async expectLatest(group: GroupId, snapshot: StoredSnapshot, content: Buffer): Promise<void> {
    deepEqual(this.#store.latest(group), snapshot);
    ok((await contentOf(this.#store, group))?.equals(content), `group ${group} has other content`);
  }
}

export function expectRefused(work: Promise<unknown>, code: ReplicaErrorCode): Promise<void> {
  return rejects(work, { code });
}
