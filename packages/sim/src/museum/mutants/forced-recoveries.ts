import type { Mutant } from '../mutant.ts';

/** A group that has lost its majority for good is forced to go on, and those who were lost may come back. */
export const forcedRecoveryMutants: readonly Mutant[] = [
  {
    id: 'no-new-lineage',
    title: 'A forced recovery begins no new lineage, only a later term',
    seen: 'the trap that docs/recovery.md warns of (a new configuration in the next term)',
    why: 'A member that was lost and comes back may know of a later term still, and replaces what was committed since.',
    patches: [
      {
        file: 'packages/raft/src/lineage.ts',
        find: 'const first = (lineageOf(term) + 1) * termsPerLineage;',
        replace: 'const first = term + 1;',
      },
    ],
    killer: { by: 'nodes', check: 'forced recovery' },
  },
  {
    id: 'earlier-lineage-answered',
    title: 'Who was left behind is answered as any other member, and so drawn into the new lineage',
    seen: 'TiKV (RFC 91: replicas that disagree on who was given up)',
    why: 'It campaigns in the members that it remembers, perhaps with others like it, and without the entry of the recovery.',
    patches: [
      {
        file: 'packages/raft/src/raft.ts',
        find: 'return lineageOf(term) < lineageOf(this.#core.term);',
        replace: 'return false;',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/lineage.test.ts'] },
  },
  {
    id: 'lineage-without-its-entry',
    title: 'A survivor that has only voted in the new lineage campaigns in it',
    seen: 'our own code (found by the simulation of whole nodes)',
    why: 'By the members that it knows, those who come back are a majority with it; the entry of the recovery is replaced.',
    patches: [
      {
        file: 'packages/raft/src/roles/follower.ts',
        find: ' && this.#core.knowsLineage;',
        replace: ';',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/lineage.test.ts'] },
  },
  {
    id: 'recovery-replaces-last-entry',
    title: 'A forced recovery takes the place of the last entry of the survivor',
    seen: 'etcd, --force-new-cluster (gives up what is not known to be committed)',
    why: 'It may have been acknowledged: all that the survivor has is to be kept.',
    patches: [
      {
        file: 'packages/replica/src/forced-recovery/stopped-node.ts',
        find: 'return { group, term, index: lastIndex + 1, lastTerm,',
        replace: 'return { group, term, index: Math.max(1, lastIndex), lastTerm,',
      },
    ],
    killer: { by: 'nodes', check: 'recovery' },
  },
];
