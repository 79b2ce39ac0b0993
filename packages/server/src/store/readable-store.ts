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
    if (!group.isRestoring) return engine;
    const message = 'this node is taking in a snapshot, and has nothing to show until then: ask again, or another node';
    throw new Refusal(StatusCode.STORAGE_ENGINE_NOT_READY, message);
  };
}
