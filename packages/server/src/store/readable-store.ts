import type { StorageEngine } from '@balsa/engine/storage';
import type { Group } from '@balsa/replica';
import { StatusCode } from '@balsa/wire';
import { checkNotFailed } from '../service/read-barrier.ts';
import { Refusal } from '../service/refusal.ts';

/**
 * What this node has stored. To be called anew for each reading, which then begins at once: what has begun goes on with what was there.
 * @throws Refusal STORAGE_ENGINE_NOT_READY; ReplicaError GROUP_FAILED.
 */
export type ReadableStore = () => StorageEngine;

export function readableStore(group: Pick<Group, 'failure' | 'isRestoring'>, engine: StorageEngine): ReadableStore {
  return () => {
    checkNotFailed(group);
    if (group.isRestoring) throw notReady();
    return engine;
  };
}

/** The group as one of several, whose reads need not wait for the end of a snapshot that is taken in: another member has an answer now. */
export function readableElsewhere<Of extends Pick<Group, 'failure' | 'isRestoring' | 'readBarrier' | 'propose'>>(
  group: Of,
): Pick<Group, 'failure' | 'readBarrier' | 'propose'> {
  return {
    get failure() {
      return group.failure;
    },
    readBarrier: async (options) => {
      if (group.isRestoring) throw notReady();
      return group.readBarrier(options);
    },
    propose: (command, options) => group.propose(command, options),
  };
}

function notReady(): Refusal {
  const message = 'this node is taking in a snapshot, and has nothing to show until then: ask again, or another node';
  return new Refusal(StatusCode.STORAGE_ENGINE_NOT_READY, message);
}
