import type { Mutant } from '../mutant.ts';

const applier = 'packages/replica/src/host/applier.ts';
const proposalQueue = 'packages/replica/src/host/proposal-queue.ts';
const readBarriers = 'packages/replica/src/host/read-barriers.ts';
const sessionTable = 'packages/replica/src/host/session-table.ts';

const sessionTests = ['packages/replica/src/host/session-table.test.ts'];
const proposalTests = ['packages/replica/src/host/proposal-queue.test.ts'];

/** What clients are told. The simulator runs the core without the host, so the host's tests kill these. */
export const hostingMutants: readonly Mutant[] = [
  {
    id: 'repeat-applied-twice',
    title: 'A command that is sent again is applied again',
    seen: 'the original, S24 (a repeated hint counts twice); RedisRaft (Jepsen 2020)',
    why: 'A lost answer doubles a write.',
    patches: [{ file: sessionTable, find: 'if (earlier !== undefined) return earlier;', replace: '' }],
    killer: { by: 'tests', files: sessionTests },
  },
  {
    id: 'late-repeat-applied',
    title: 'A repeat that arrives after its answer was acknowledged is applied',
    seen: 'Raft dissertation, section 6.3',
    why: 'A message that the network held back for long doubles a write.',
    patches: [{ file: sessionTable, find: 'if (sequence < session.acknowledgedBelow) return refused;', replace: '' }],
    killer: { by: 'tests', files: sessionTests },
  },
  {
    id: 'answer-of-another-term',
    title: 'A waiting client is told of the entry that took its entry’s place',
    seen: 'the original, S13 and S29 (matched by index)',
    why: 'A write that was overwritten is reported as done.',
    patches: [
      {
        file: proposalQueue,
        find: 'return oldest.term === batch.term ? oldest.waiters : undefined;',
        replace: 'return oldest.waiters;',
      },
    ],
    killer: { by: 'tests', files: proposalTests },
  },
  {
    id: 'wait-without-end',
    title: 'A proposal that is never committed is never given up',
    seen: 'the original, L2 (no timeout)',
    why: 'Clients and their buffers pile up.',
    patches: [
      {
        file: proposalQueue,
        find: 'for (const { waiters } of this.#proposed) waiters.expire(nowMs);',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: proposalTests },
  },
  {
    id: 'read-before-applied',
    title: 'A read is answered when its index is known, not when it is applied',
    seen: 'Raft dissertation, section 6.4',
    why: 'It sees the state before the writes that it must see.',
    patches: [
      {
        file: readBarriers,
        find: 'else if (readIndex <= appliedIndex) for',
        replace: 'else if (readIndex >= 0) for',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/host/read-barriers.test.ts'] },
  },
  {
    id: 'apply-error-swallowed',
    title: 'An entry that cannot be applied counts as applied',
    seen: 'the original, S26',
    why: 'Replicas differ from here on, and nobody knows.',
    patches: [
      {
        file: applier,
        find: '        this.#applyBatch(batch);\n',
        replace: '        try {\n          this.#applyBatch(batch);\n        } catch {}\n',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/host/cluster-failures.test.ts'] },
  },
];
