import { TsFileError } from '@balsa/tsfile';
import { StorageError } from '../errors.ts';
import { systemCode } from '../folder/storage-folder.ts';

/** Tells that a file is not what was written, or is gone, from what may be otherwise the next time. */
export function isDamage(error: unknown): boolean {
  const isCoded = error instanceof StorageError && error.code === 'STORAGE_DAMAGED';
  return isCoded || error instanceof TsFileError || systemCode(error) === 'ENOENT';
}
