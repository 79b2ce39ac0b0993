// Snapshots of state machines that keep their state in files (see `StateFiles`). The snapshot itself lies where all do, and names the
// files; to another node both go as one: the snapshot, and behind it the files. What the latest snapshot of a group names is kept, and
// what somebody reads.

import type { GroupId, Index, SnapshotPosition } from '@balsa/raft';
import { ReplicaError, reasonOf } from '../errors.ts';
import type {
  HeldFiles,
  SnapshotReader,
  SnapshotReceiver,
  SnapshotStore,
  SnapshotWriter,
  StateFiles,
  StoredSnapshot,
} from '../ports.ts';
import { isDamagedSnapshot, snapshotFailed } from './failures.ts';
import { pieceBytesMax } from './piece-checker.ts';
import { ReceiverWithFiles } from './receiver-with-files.ts';

/** Finds the state machine's part in what a snapshot of this index holds. */
export type FindState = (index: Index, content: AsyncIterable<Uint8Array>) => Promise<AsyncIterable<Uint8Array>>;

/** Of a group whose state machine has files. */
interface Served {
  readonly files: StateFiles;
  /** What the latest snapshot names. */
  kept: { readonly id: number; readonly held: HeldFiles } | undefined;
}

export class SnapshotsWithFiles implements SnapshotStore {
  readonly #store: SnapshotStore;
  readonly #findState: FindState;
  readonly #served = new Map<GroupId, Served>();

  constructor(store: SnapshotStore, findState: FindState) {
    this.#store = store;
    this.#findState = findState;
  }

  /** From now on until `forget`, what the group's snapshots name goes with them. */
  serve(group: GroupId, files: StateFiles): void {
    this.#served.set(group, { files, kept: undefined });
  }

  /** The files stay: when the group starts again, its snapshot needs them. */
  forget(group: GroupId): void {
    this.#served.delete(group);
  }

  /**
   * Whether the files are here that the latest snapshot of a group names, before they are served. `undefined`: they are.
   * @throws ReplicaError SNAPSHOT_FAILED: the disk refuses to be read, so that nobody knows. What `findState` throws, but for damage.
   */
  async check(group: GroupId, files: StateFiles): Promise<ReplicaError | undefined> {
    const reader = await this.#store.open(group);
    if (reader === undefined) return undefined;
    const { snapshot } = reader;
    try {
      const damage = await files.check(await this.#stateIn(snapshot, reader));
      return damage && filesMissing(snapshot, damage);
    } catch (error) {
      if (isDamagedSnapshot(error)) return error;
      throw filesUnreadable(snapshot, error);
    } finally {
      await reader.close();
    }
  }

  groups(): readonly GroupId[] {
    return this.#store.groups();
  }

  latest(group: GroupId): StoredSnapshot | undefined {
    return this.#store.latest(group);
  }

  async create(group: GroupId, position: SnapshotPosition): Promise<SnapshotWriter> {
    const writer = await this.#store.create(group, position);
    const served = this.#served.get(group);
    if (served === undefined) return writer;
    return {
      write: (chunk) => writer.write(chunk),
      finish: async () => {
        const stored = await writer.finish();
        await this.#keepLatest(group, served);
        return stored;
      },
      abort: () => writer.abort(),
    };
  }

  async open(group: GroupId): Promise<SnapshotReader | undefined> {
    for (;;) {
      const reader = await this.#store.open(group);
      const served = this.#served.get(group);
      if (reader === undefined || served === undefined) return reader;
      const { snapshot } = reader;
      try {
        const state = await this.#stateIn(snapshot, reader);
        const held = await holdAll(snapshot, served.files, state);
        if (served.kept?.id !== snapshot.id) {
          this.#keep(group, served, snapshot.id, await holdAll(snapshot, served.files, state));
        }
        return readerWithFiles(reader, held);
      } catch (error) {
        await reader.close();
        // Another has taken its place before its files were held for whoever is to read it.
        if (this.#store.latest(group)?.id === snapshot.id) throw error;
      }
    }
  }

  async receive(group: GroupId, snapshot: StoredSnapshot): Promise<SnapshotReceiver> {
    const receiver = await this.#store.receive(group, snapshot);
    const served = this.#served.get(group);
    if (served === undefined) return receiver;
    return ReceiverWithFiles.open({
      receiver,
      receiveFiles: async () => served.files.receive(await this.#stateIn(snapshot, receiver)),
      onFinished: (held) => this.#keep(group, served, snapshot.id, held),
    });
  }

  async remove(group: GroupId): Promise<void> {
    const served = this.#served.get(group);
    served?.kept?.held.release();
    if (served !== undefined) served.kept = undefined;
    await this.#store.remove(group);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** It fits into memory: see `StateFiles`. */
  async #stateIn(
    { index }: StoredSnapshot,
    file: Pick<SnapshotReader | SnapshotReceiver, 'content'>,
  ): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.#findState(index, file.content())) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async #keepLatest(group: GroupId, served: Served): Promise<void> {
    if (this.#store.latest(group)?.id === served.kept?.id) return;
    // To open it is to keep it.
    const reader = await this.open(group);
    await reader?.close();
  }

  /** One that was quicker may have taken its place. */
  #keep(group: GroupId, served: Served, id: number, held: HeldFiles): void {
    if (this.#store.latest(group)?.id !== id || served.kept?.id === id) {
      held.release();
      return;
    }
    served.kept?.held.release();
    served.kept = { id, held };
  }
}

async function holdAll(snapshot: StoredSnapshot, files: StateFiles, state: Uint8Array): Promise<HeldFiles> {
  try {
    return await files.hold(state);
  } catch (error) {
    throw filesMissing(snapshot, error);
  }
}

function filesMissing({ index }: StoredSnapshot, error: unknown): ReplicaError {
  const reason = reasonOf(error);
  const message = `the snapshot of entry ${index} cannot be restored from its files: ${reason}`;
  return new ReplicaError('SNAPSHOT_DAMAGED', message, { cause: error });
}

/** The disk refuses; errors with a code of ours pass. */
function filesUnreadable({ index }: StoredSnapshot, error: unknown): ReplicaError {
  return snapshotFailed(`a file of the snapshot of entry ${index}`, error);
}

function readerWithFiles(reader: SnapshotReader, held: HeldFiles): SnapshotReader {
  const { snapshot } = reader;
  const bytes = reader.bytes + held.bytes;
  const readPart = (offset: number, bytesMax: number): Promise<Uint8Array> =>
    offset < reader.bytes
      ? reader.read(offset, Math.min(bytesMax, reader.bytes - offset))
      : held.read(offset - reader.bytes, bytesMax);
  return {
    snapshot,
    bytes,
    content: () => reader.content(),
    read: async (offset, bytesMax) => {
      const wanted = Math.min(bytesMax, pieceBytesMax, bytes - offset);
      const parts: Uint8Array[] = [];
      try {
        // Who gets less than he asked for takes it that there is never more at a time.
        for (let got = 0; got < wanted; got += parts.at(-1)!.length)
          parts.push(await readPart(offset + got, wanted - got));
      } catch (error) {
        throw held.damage === undefined ? filesUnreadable(snapshot, error) : filesMissing(snapshot, held.damage);
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
    close: async () => {
      held.release();
      await reader.close();
    },
  };
}
