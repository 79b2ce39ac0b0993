import type { Mutant } from '../mutant.ts';

const batchCache = 'packages/raft/src/batch-cache.ts';
const leader = 'packages/raft/src/roles/leader.ts';

/** Buffers that grow until memory ends. */
export const boundMutants: readonly Mutant[] = [
  {
    id: 'unlimited-inflight',
    title: 'A slow follower is sent more without limit',
    seen: 'dragonboat#103 (10 GB); the original, R3',
    why: 'One slow member takes all of the leader’s memory.',
    patches: [{ file: leader, find: 'follower.inflightBytes >= config.inflightBytesMax', replace: 'false' }],
    killer: { by: 'core', check: 'bounds' },
  },
  {
    id: 'unlimited-proposals',
    title: 'A leader that cannot commit takes proposals without limit',
    seen: 'the original, R3 (bounds by count, not by bytes); SOFAJRaft#833',
    why: 'Without a quorum its memory fills up.',
    patches: [
      {
        file: leader,
        find: "if (full) return { accepted: false, reason: 'full', leader: this.#core.id };",
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'bounds' },
  },
  {
    id: 'unlimited-cache',
    title: 'Batches stay in memory for ever',
    seen: 'dragonboat#128 and #230 (memory that only grows)',
    why: 'Memory grows with everything that was ever written.',
    patches: [
      {
        file: batchCache,
        find: 'while (this.#bytes > this.#bytesMax && this.#batches.length - this.#head > 1) this.#evictOldest();',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'bounds' },
  },
  {
    id: 'unlimited-queue',
    title: 'Proposals wait for their batch without limit',
    seen: 'SOFAJRaft#649 (memory ends before anybody is refused); the original, R3',
    why: 'A leader whose disk is slow takes in more than it can hold.',
    patches: [
      {
        file: 'packages/replica/src/host/proposal-queue.ts',
        find: 'if (this.queuedBytes > 0 && this.queuedBytes + payload.length > queuedBytesMax) return false;',
        replace: '',
      },
    ],
    killer: { by: 'nodes', check: 'bounds' },
  },
  {
    id: 'unlimited-backlog',
    title: 'A leader proposes without limit what its state machine cannot keep up with',
    seen: 'Balsa itself, node seed 210004604 (2026)',
    why: 'Clients that give up and come again pile up what is to be applied, until nothing is answered in time any more.',
    patches: [
      {
        file: 'packages/replica/src/host/proposal-queue.ts',
        find: 'if (this.#unappliedBytes > 0 && this.#unappliedBytes + bytes > this.#limits.uncommittedBytesMax) return;',
        replace: '',
      },
    ],
    killer: { by: 'nodes', check: 'bounds' },
  },
  {
    id: 'unlimited-forwarding',
    title: 'A follower remembers without limit what it has forwarded',
    seen: 'the original, R1 (handlers that are never removed)',
    why: 'A leader that does not answer fills the memory of everybody else.',
    patches: [
      {
        file: 'packages/replica/src/host/forwarder.ts',
        find: 'const hasRoom = this.#pending.size < this.#pendingMax;',
        replace: 'const hasRoom = true;',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/host/forwarder.test.ts'] },
  },
];
