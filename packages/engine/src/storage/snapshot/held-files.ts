import type { ByteSource } from '@balsa/tsfile';
import { crc32c } from '@balsa/wire';
import { StorageError } from '../errors.ts';
import type { FileStore } from '../files/file-store.ts';
import { isDamage } from '../files/is-damage.ts';
import type { FileIdentity } from '../files/manifest.ts';

/**
 * The files of a snapshot, which stay on disk until `release`, to be read one behind the other as if they were one. What is read
 * from front to end is checked.
 */
export class HeldFiles {
  readonly bytes: number;
  readonly #store: FileStore;
  readonly #files: readonly FileIdentity[];
  /** Where each begins. */
  readonly #starts: Float64Array;
  readonly #onReleased: (held: HeldFiles) => void;
  #isReleased = false;
  #damage: StorageError | undefined;
  /** The one that was read last, and how far it was checked. */
  #open:
    | { readonly at: number; readonly source: Promise<ByteSource>; checkedBytes: number; checksum: number }
    | undefined;

  constructor(store: FileStore, files: readonly FileIdentity[], onReleased: (held: HeldFiles) => void) {
    this.#store = store;
    this.#files = files;
    this.#onReleased = onReleased;
    this.#starts = new Float64Array(files.length);
    let bytes = 0;
    for (const [i, { sizeBytes }] of files.entries()) {
      this.#starts[i] = bytes;
      bytes += sizeBytes;
    }
    this.bytes = bytes;
    store.pin(files.map(({ name }) => name));
  }

  /** Why reads fail: what was found not to be what was written. */
  get damage(): StorageError | undefined {
    return this.#damage;
  }

  /**
   * From one byte to `bytesMax`; none at the end. One call at a time.
   * @throws StorageError STORAGE_DAMAGED. The system's errors.
   */
  async read(offset: number, bytesMax: number): Promise<Uint8Array> {
    if (offset >= this.bytes) return new Uint8Array();
    const at = this.#fileAt(offset);
    const { sizeBytes } = this.#files[at]!;
    const from = offset - this.#starts[at]!;
    try {
      const source = await this.#sourceOf(at);
      const bytes = await source.read(from, Math.min(bytesMax, sizeBytes - from));
      this.#check(at, from, bytes);
      return bytes;
    } catch (error) {
      throw isDamage(error) && this.#damage === undefined ? this.#damaged(at) : error;
    }
  }

  release(): void {
    if (this.#isReleased) return;
    this.close();
    this.#store.unpin(this.#files.map(({ name }) => name));
  }

  /** Nothing more is read; but what it names stays on disk, for the next start may need it. */
  close(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#store.track(this.#closeSource());
    this.#onReleased(this);
  }

  /** The last file that begins there or before. */
  #fileAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async #sourceOf(at: number): Promise<ByteSource> {
    if (this.#open?.at !== at) await this.#closeSource();
    if (this.#isReleased) throw new StorageError('STORAGE_CLOSED', 'the files of this snapshot are not held any more');
    const { name, sizeBytes } = this.#files[at]!;
    this.#open ??= { at, source: this.#store.folder.openSource(name), checkedBytes: 0, checksum: 0 };
    const source = await this.#open.source;
    if (source.sizeBytes !== sizeBytes) throw this.#damaged(at);
    return source;
  }

  /** Whoever gets the bytes finds damage as well, but could only ask for the same again. */
  #check(at: number, from: number, bytes: Uint8Array): void {
    const open = this.#open;
    if (open?.checkedBytes !== from) return;
    open.checksum = crc32c(bytes, open.checksum);
    open.checkedBytes += bytes.length;
    const { sizeBytes, checksum } = this.#files[at]!;
    if (open.checkedBytes === sizeBytes && open.checksum !== checksum) throw this.#damaged(at);
  }

  #damaged(at: number): StorageError {
    const { name } = this.#files[at]!;
    const error = new StorageError('STORAGE_DAMAGED', `${name} is not what was written`, { file: name });
    this.#damage = error;
    this.#store.noteDamage(name, error);
    return error;
  }

  async #closeSource(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    // Also if it is being opened; what could not be opened needs no closing.
    await open?.source.then((source) => source.close()).catch(() => undefined);
  }
}
