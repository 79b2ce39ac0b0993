// The bare core. What waits is proposed as one batch, so that a batch has as many entries as there are clients; each entry
// is copied into its batch, applied by every member, and answered by the leader, one by one.

import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemoryGroup } from './memory-group.ts';
import type { Rig } from './rig.ts';

/** How often the clock is read, and Ctrl-C heard: now and then, for both cost more than a single entry. */
const batchesPerLook = 64;
/** Small, because the core counts the bytes of batches only: batches of one entry each would fill the heap with objects. */
const cacheBytesMin = 1024 * 1024;

/** `clientsMax`: the most clients that a load will have. */
export function openCoreRig(members: number, entryBytes: number, clientsMax: number): Rig {
  const entry = new Uint8Array(entryBytes).fill(1);
  const sums = new Float64Array(members);
  let entries = 0;
  let batches = 0;
  const group = new MemoryGroup({
    members,
    cacheBytesMax: Math.max(cacheBytesMin, 4 * clientsMax * entryBytes),
    seal: (count) => {
      const record = new Uint8Array(count * entryBytes);
      for (let at = 0; at < record.length; at += entryBytes) record.set(entry, at);
      return record;
    },
    apply: (member, { bytes }) => {
      const isLeader = member === group.leaderId;
      for (let at = 0; at < bytes.length; at += entryBytes) {
        sums[member - 1]! += bytes[at]!;
        if (isLeader) entries++;
      }
      if (isLeader) batches++;
    },
  });
  return {
    system: 'core',
    description: `${members} members of the pure core, messages handed over in memory, every append durable at once`,
    run: async (clients, durationMs, signal) => {
      const before = { entries, batches };
      const startMs = performance.now();
      while (performance.now() - startMs < durationMs) {
        for (let i = 0; i < batchesPerLook; i++) group.propose(clients);
        await nextTurn();
        signal.throwIfAborted();
      }
      const seconds = (performance.now() - startMs) / 1000;
      return { entries: entries - before.entries, batches: batches - before.batches, seconds };
    },
    close: async () => {},
  };
}
