import { ReplicaError, reasonOf } from '../errors.ts';

/** For what the disk refused; errors with a code of ours pass. */
export function snapshotFailed(path: string, error: unknown): ReplicaError {
  if (error instanceof ReplicaError) return error;
  const reason = reasonOf(error);
  const hint = 'The snapshot before it stays. Check the disk (space, health, permissions).';
  return new ReplicaError('SNAPSHOT_FAILED', `${path} cannot be written or read: ${reason}. ${hint}`, { cause: error });
}

/** Are its bytes to blame, and not a disk that refuses for now? */
export function isDamagedSnapshot(error: unknown): error is ReplicaError {
  return error instanceof ReplicaError && error.code === 'SNAPSHOT_DAMAGED';
}

/** For whoever goes on with what was closed, aborted or given up. */
export function snapshotClosed(path: string): ReplicaError {
  return new ReplicaError('STOPPED', `${path} is not open any more`);
}
