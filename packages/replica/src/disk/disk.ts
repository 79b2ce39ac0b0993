// The file operations that everything durable runs on: small enough that a simulated twin can tell the whole truth
// about what a crash leaves behind. The two operations of the hot path take callbacks (a promise costs a flush about
// 65 us on a busy event loop, see reference/limits.md); the rest are promises.
//
// Errors carry the operating system's `code` (ENOENT, ENOSPC, EIO, ...), as Node's do.

export type Done = (error: Error | null) => void;

export interface DiskFile {
  /**
   * Writes all of `bytes` at `position`; a file grows as needed. `bytes` must stay untouched until `done`. If the file
   * was opened with `durableWrites`, the bytes are durable when `done` hears no error. After an error, what the file
   * holds there is unknown.
   */
  write(bytes: Uint8Array, position: number, done: Done): void;
  /** Makes every write that was done before this call durable, and the file's length with them. */
  flush(done: Done): void;
  /** Fills `into` from `position` on. Returns the bytes read: fewer than asked only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}

export interface OpenFileOptions {
  /** Create the file if it is missing; its name is durable only after `syncFolder`. */
  readonly create?: boolean;
  /** Every write is durable when it is done. */
  readonly durableWrites?: boolean;
  /** Nothing will be written, so that the right to read is enough. A write fails with EBADF. */
  readonly readOnly?: boolean;
}

export interface Disk {
  open(path: string, options?: OpenFileOptions): Promise<DiskFile>;
  /** Creates the folder and its parents, durably. Does nothing if it is there. */
  createFolder(path: string): Promise<void>;
  /** The names in the folder, sorted. */
  list(folder: string): Promise<string[]>;
  /** Replaces `to` if it is there. Durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Durable after `syncFolder`. */
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in the folder durable. */
  syncFolder(folder: string): Promise<void>;
  /** Bytes that this process may still fill on the file system of `path`. */
  freeBytes(path: string): Promise<number>;
}

/** The folder in which a file or folder lies. Paths of data are always written with `/`. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** The operating system's code of an error, if it has one. */
export function diskErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
