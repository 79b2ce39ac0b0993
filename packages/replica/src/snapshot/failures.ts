import { ReplicaError, reasonOf } from '../errors.ts';

/** For what the disk refused; errors with a code of ours pass. */
export function snapshotFailed(path: string, error: unknown): ReplicaError {
  if (error instanceof ReplicaError) return error;
  const reason = reasonOf(error);
  const hint = 'The snapshot before it stays. Check the disk (space, health, permissions).';
  return new ReplicaError('SNAPSHOT_FAILED', `${path} cannot be written or read: ${reason}. ${hint}`, { cause: error });
}

/** For whoever goes on with what was closed, aborted or given up. */
export function snapshotClosed(path: string): ReplicaError {
  return new ReplicaError('STOPPED', `${path} is not open any more`);
}
