// A snapshot store in memory for tests of the transfer: files of checksummed pieces, copies that survive a restart of the
// process as far as they were checked, predecessors that stay readable. It takes its time for everything, and counts what
// is open.

import type { GroupId, SnapshotPosition } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { ReplicaError } from '../../errors.ts';
import type { SnapshotReader, SnapshotReceiver, SnapshotStore, SnapshotWriter, StoredSnapshot } from '../../ports.ts';

const pieceBytes = 700;
const checksumBytes = 4;

interface Stored {
  readonly snapshot: StoredSnapshot;
  readonly file: Buffer;
}

interface Copy {
  readonly snapshot: StoredSnapshot;
  /** Of whole pieces, all of them checked. */
  checked: Buffer;
}

/** The file of a snapshot with this content. */
export function fileOf(content: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += pieceBytes) {
    const piece = content.subarray(at, at + pieceBytes);
    const checksum = Buffer.alloc(checksumBytes);
    checksum.writeUInt32LE(crc32c(piece));
    parts.push(piece, checksum);
  }
  return Buffer.concat(parts);
}

export interface MemorySnapshotStoreOptions {
  /** Whether `offset` of a copy counts what is not a whole piece yet, which is lost with the process. */
  readonly countsUnchecked: boolean;
  /** Runs `done` some time later. Default: the next turn of the event loop. */
  readonly schedule?: (done: () => void) => void;
}

export class MemorySnapshotStore implements SnapshotStore {
  readonly #options: MemorySnapshotStoreOptions;
  readonly #latest = new Map<GroupId, Stored>();
  readonly #copies = new Map<GroupId, Copy>();
  /** Readers and copies that nobody has closed. */
  openFiles = 0;
  /** What the next operation on a copy fails with. */
  failure: Error | undefined;
  /** As `failure`, for readers. */
  readFailure: Error | undefined;
  /** All that was read from files, and all that was written to copies. */
  bytesRead = 0;
  bytesWritten = 0;

  constructor(options: MemorySnapshotStoreOptions) {
    this.#options = options;
  }

  /** Puts a snapshot there, at once. */
  put(group: GroupId, snapshot: Omit<StoredSnapshot, 'bytes'>, content: Buffer): StoredSnapshot {
    const file = fileOf(content);
    const stored = { ...snapshot, bytes: file.length };
    this.#latest.set(group, { snapshot: stored, file });
    return stored;
  }

  fileOf(group: GroupId): Buffer | undefined {
    return this.#latest.get(group)?.file;
  }

  /** What a restart would find of a copy. */
  copiedBytes(group: GroupId): number {
    return this.#copies.get(group)?.checked.length ?? 0;
  }

  latest(group: GroupId): StoredSnapshot | undefined {
    return this.#latest.get(group)?.snapshot;
  }

  groups(): GroupId[] {
    return [...this.#latest.keys()];
  }

  create(_group: GroupId, _position: SnapshotPosition): Promise<SnapshotWriter> {
    return Promise.reject(new Error('transfers create no snapshots'));
  }

  async open(group: GroupId): Promise<SnapshotReader | undefined> {
    await this.#time();
    const stored = this.#latest.get(group);
    if (stored === undefined) return undefined;
    const { snapshot, file } = stored;
    let isOpen = true;
    this.openFiles++;
    return {
      snapshot,
      bytes: file.length,
      content: () => {
        throw new Error('transfers read bytes, not content');
      },
      read: async (offset, bytesMax) => {
        await this.#time();
        if (!isOpen) throw new Error('read after the close');
        if (this.readFailure !== undefined) throw this.readFailure;
        const bytes = Buffer.from(file.subarray(offset, offset + bytesMax));
        this.bytesRead += bytes.length;
        return bytes;
      },
      close: async () => {
        if (!isOpen) throw new Error('a reader is closed twice');
        isOpen = false;
        this.openFiles--;
        await this.#time();
      },
    };
  }

  async receive(group: GroupId, snapshot: StoredSnapshot): Promise<SnapshotReceiver> {
    await this.#time();
    this.#fail();
    let copy = this.#copies.get(group);
    if (copy === undefined || copy.snapshot.id !== snapshot.id) {
      copy = { snapshot, checked: Buffer.alloc(0) };
      this.#copies.set(group, copy);
    }
    this.openFiles++;
    return this.#receiver(group, copy);
  }

  #receiver(group: GroupId, copy: Copy): SnapshotReceiver {
    let unchecked = Buffer.alloc(0);
    let isOpen = true;
    const { countsUnchecked } = this.#options;
    const offset = (): number => copy.checked.length + (countsUnchecked ? unchecked.length : 0);
    const checkOpen = (): void => {
      this.#fail();
      if (!isOpen) throw new Error('used after the close');
      if (this.#copies.get(group) !== copy) throw new Error('another copy was begun');
    };
    return {
      get offset() {
        return offset();
      },
      bytes: copy.snapshot.bytes,
      content: () => {
        throw new Error('transfers read bytes, not content');
      },
      write: async (bytes) => {
        checkOpen();
        await this.#time();
        checkOpen();
        this.bytesWritten += bytes.length;
        unchecked = Buffer.concat([unchecked, bytes]);
        const { bytes: size } = copy.snapshot;
        for (;;) {
          const length = Math.min(pieceBytes + checksumBytes, size - copy.checked.length);
          if (length === 0 || unchecked.length < length) break;
          const piece = unchecked.subarray(0, length);
          if (piece.readUInt32LE(length - checksumBytes) !== crc32c(piece.subarray(0, length - checksumBytes))) {
            unchecked = Buffer.alloc(0);
            throw new ReplicaError('SNAPSHOT_DAMAGED', `the piece at ${copy.checked.length} is damaged`);
          }
          copy.checked = Buffer.concat([copy.checked, piece]);
          unchecked = unchecked.subarray(length);
        }
      },
      finish: async () => {
        checkOpen();
        await this.#time();
        checkOpen();
        if (copy.checked.length !== copy.snapshot.bytes)
          throw new ReplicaError('SNAPSHOT_DAMAGED', 'it is not all there');
        this.#copies.delete(group);
        const latest = this.#latest.get(group)?.snapshot;
        if (latest !== undefined && latest.index > copy.snapshot.index) return latest;
        this.#latest.set(group, { snapshot: copy.snapshot, file: copy.checked });
        return copy.snapshot;
      },
      close: async () => {
        if (!isOpen) throw new Error('a copy is closed twice');
        isOpen = false;
        this.openFiles--;
        await this.#time();
      },
    };
  }

  async remove(group: GroupId): Promise<void> {
    this.#latest.delete(group);
    this.#copies.delete(group);
    await this.#time();
  }

  async close(): Promise<void> {}

  #fail(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  #time(): Promise<void> {
    return new Promise((resolve) => (this.#options.schedule ?? setImmediate)(resolve));
  }
}
