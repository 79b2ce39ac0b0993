import { ReplicaError } from '../errors.ts';
import type { HeldFiles, SnapshotReceiver, StateFilesReceiver, StoredSnapshot } from '../ports.ts';
import { snapshotFailed } from './failures.ts';

export interface ReceiverWithFilesOptions {
  /** Of the snapshot itself. */
  readonly receiver: SnapshotReceiver;
  /** Called once the snapshot is here, and tells which files it needs. */
  readonly receiveFiles: () => Promise<StateFilesReceiver>;
  /** It is durable, with its files. */
  readonly onFinished: (held: HeldFiles) => void;
}

/** A copy of a snapshot, and then of the files that it names. */
export class ReceiverWithFiles implements SnapshotReceiver {
  readonly #options: ReceiverWithFilesOptions;
  #files: StateFilesReceiver | undefined;

  static async open(options: ReceiverWithFilesOptions): Promise<ReceiverWithFiles> {
    const receiver = new ReceiverWithFiles(options);
    try {
      if (receiver.#hasSnapshot) await receiver.#begunFiles();
    } catch (error) {
      await receiver.close();
      throw error;
    }
    return receiver;
  }

  private constructor(options: ReceiverWithFilesOptions) {
    this.#options = options;
  }

  get offset(): number {
    const { receiver } = this.#options;
    return this.#files === undefined ? receiver.offset : receiver.bytes + this.#files.offset;
  }

  get bytes(): number {
    return this.#options.receiver.bytes + (this.#files?.bytes ?? 0);
  }

  get #hasSnapshot(): boolean {
    const { receiver } = this.#options;
    return receiver.offset === receiver.bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#files !== undefined) {
      await this.#writeFiles(this.#files, bytes);
      return;
    }
    await this.#options.receiver.write(bytes);
    if (this.#hasSnapshot) await this.#begunFiles();
  }

  async finish(): Promise<StoredSnapshot> {
    const { receiver, onFinished } = this.#options;
    // Files that nothing names would be removed; a snapshot whose files are missing would be the end of this member.
    const held = await this.#onDisk(this.#begunFiles().then((files) => files.finish()));
    try {
      const stored = await receiver.finish();
      onFinished(held);
      return stored;
    } catch (error) {
      held.release();
      throw error;
    }
  }

  content(): AsyncIterable<Uint8Array> {
    return this.#options.receiver.content();
  }

  async close(): Promise<void> {
    await this.#files?.close();
    await this.#options.receiver.close();
  }

  async #begunFiles(): Promise<StateFilesReceiver> {
    this.#files ??= await this.#onDisk(this.#options.receiveFiles());
    return this.#files;
  }

  async #writeFiles(files: StateFilesReceiver, bytes: Uint8Array): Promise<void> {
    const isRight = await this.#onDisk(files.write(bytes));
    if (!isRight) throw new ReplicaError('SNAPSHOT_DAMAGED', 'a file of the snapshot is not what was announced');
  }

  async #onDisk<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw snapshotFailed('a file of a snapshot', error);
    }
  }
}
