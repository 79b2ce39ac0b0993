// Reads the session table from the front of a snapshot's content; what stands behind it is for the state machine.

import type { Index } from '@balsa/raft';
import { damagedSessions, SessionsDecoder } from './session-encoding.ts';
import type { SessionLimits } from './session-limits.ts';
import { SessionTable } from './session-table.ts';

export interface SessionSnapshot {
  readonly sessions: SessionTable;
  /** To be read to its end, or returned. */
  readonly rest: AsyncIterableIterator<Uint8Array>;
}

/**
 * `index`: that of the snapshot.
 * @throws ReplicaError SNAPSHOT_DAMAGED, RECORD_UNKNOWN, SESSION_LIMITS_DIFFER, and what `chunks` throws.
 */
export async function readSessionSnapshot(
  limits: SessionLimits,
  index: Index,
  chunks: AsyncIterable<Uint8Array>,
): Promise<SessionSnapshot> {
  const iterator = chunks[Symbol.asyncIterator]();
  const decoder = new SessionsDecoder(limits);
  try {
    for (;;) {
      const next = await iterator.next();
      const behind = next.done ? undefined : decoder.push(next.value);
      if (behind === undefined && !next.done) continue;
      const sessions = SessionTable.from(limits, decoder.finish());
      const { newestActivity = 0 } = sessions;
      if (newestActivity > index) throw damagedSessions(`entry ${newestActivity} is in it, but not in the snapshot`);
      return { sessions, rest: restOf(behind, iterator) };
    }
  } catch (error) {
    await iterator.return?.();
    throw error;
  }
}

function restOf(first: Uint8Array | undefined, iterator: AsyncIterator<Uint8Array>): AsyncIterableIterator<Uint8Array> {
  let ahead = first?.length === 0 ? undefined : first;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => {
      if (ahead === undefined) return iterator.next();
      const value = ahead;
      ahead = undefined;
      return Promise.resolve({ value });
    },
    return: async () => {
      ahead = undefined;
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}
