import { type Group, ReplicaError } from '@balsa/replica';
import { StatusCode } from '@balsa/wire';
import { Consistency, type ReadOptions } from './consistency.ts';
import { Refusal } from './refusal.ts';

export type BarrierGroup = Pick<Group, 'failure' | 'readBarrier'>;

/**
 * Once it has resolved, reads of what this node has of the group have the consistency that was asked for.
 * @throws Refusal QUERY_TIMEOUT; ReplicaError GROUP_FAILED, also for local reads, and the group's other errors.
 */
export async function readBarrier(group: BarrierGroup, { consistency, timeoutMs }: ReadOptions): Promise<void> {
  checkNotFailed(group);
  if (consistency === Consistency.local) {
    return;
  }
  try {
    await group.readBarrier({ timeoutMs });
  } catch (error) {
    throw error instanceof ReplicaError && error.code === 'DEADLINE_EXCEEDED'
      ? new Refusal(StatusCode.QUERY_TIMEOUT, 'no quorum confirmed the read in time; try again')
      : error;
  }
}

/** @throws ReplicaError GROUP_FAILED */
export function checkNotFailed({ failure }: Pick<Group, 'failure'>): void {
  if (failure === undefined) return;
  const message = 'the data on this node cannot be relied on any more: ask another node';
  throw new ReplicaError('GROUP_FAILED', message, { cause: failure });
}
