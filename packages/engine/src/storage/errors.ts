// Every failure that leaves the storage engine has a code; docs/errors.md says what to do about each.

export type StorageErrorCode =
  /** Bytes of a file are not those that were written, or it is gone. Nothing of it is served. */
  | 'STORAGE_DAMAGED'
  /** The manifest was written by a version with another layout. */
  | 'STORAGE_UNKNOWN'
  /** The disk refused a flush or a compaction. Nothing is lost; it is tried again. */
  | 'STORAGE_FAILED'
  /** The engine was closed. */
  | 'STORAGE_CLOSED'
  /** The call makes no sense, and changed nothing. */
  | 'STORAGE_ARGUMENT'
  /** A snapshot contradicts itself, or what was fetched for it is something else. Nothing changed. */
  | 'STORAGE_SNAPSHOT_MALFORMED';

interface StorageErrorOptions extends ErrorOptions {
  /** The file that is to blame. */
  readonly file?: string | undefined;
}

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  readonly file: string | undefined;

  constructor(code: StorageErrorCode, message: string, { file, ...options }: StorageErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.file = file;
  }
}

/** What went wrong, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
