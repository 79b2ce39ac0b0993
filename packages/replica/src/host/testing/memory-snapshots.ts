// Snapshots without a disk, for tests of what uses them.

import type { GroupId, SnapshotPosition } from '@balsa/raft';
import type { SnapshotReader, SnapshotReceiver, SnapshotStore, SnapshotWriter, StoredSnapshot } from '../../ports.ts';

interface Held {
  readonly snapshot: StoredSnapshot;
  readonly content: Buffer;
}

export class MemorySnapshots implements SnapshotStore {
  readonly #held = new Map<GroupId, Held>();
  #nextId = 1;

  latest(group: GroupId): StoredSnapshot | undefined {
    return this.#held.get(group)?.snapshot;
  }

  create(group: GroupId, position: SnapshotPosition): Promise<SnapshotWriter> {
    const chunks: Uint8Array[] = [];
    const id = this.#nextId++;
    return Promise.resolve({
      write: async (chunk: Uint8Array) => {
        chunks.push(Uint8Array.from(chunk));
      },
      finish: async () => {
        const content = Buffer.concat(chunks);
        const snapshot = { ...position, id, bytes: content.length };
        this.#held.set(group, { snapshot, content });
        return snapshot;
      },
      abort: async () => {},
    });
  }

  open(group: GroupId): Promise<SnapshotReader | undefined> {
    const held = this.#held.get(group);
    if (held === undefined) return Promise.resolve(undefined);
    const { snapshot, content } = held;
    return Promise.resolve({
      snapshot,
      async *content() {
        yield content;
      },
      read: async (offset: number, bytesMax: number) => content.subarray(offset, offset + bytesMax),
      close: async () => {},
    });
  }

  receive(group: GroupId, snapshot: StoredSnapshot): Promise<SnapshotReceiver> {
    let content = Buffer.alloc(0);
    return Promise.resolve({
      get offset() {
        return content.length;
      },
      write: async (bytes: Uint8Array) => {
        content = Buffer.concat([content, bytes]);
      },
      finish: async () => {
        this.#held.set(group, { snapshot, content });
        return snapshot;
      },
      close: async () => {},
    });
  }

  async remove(group: GroupId): Promise<void> {
    this.#held.delete(group);
  }

  async close(): Promise<void> {}
}
