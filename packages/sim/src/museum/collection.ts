import type { Mutant } from './mutant.ts';
import { boundMutants } from './mutants/bounds.ts';
import { durabilityMutants } from './mutants/durability.ts';
import { electionMutants } from './mutants/elections.ts';
import { hostingMutants } from './mutants/hosting.ts';
import { incidentMutants } from './mutants/incidents.ts';
import { readMutants } from './mutants/reads.ts';
import { replicationMutants } from './mutants/replication.ts';
import { storageMutants } from './mutants/storage.ts';

/** Everything on show. */
export const collection: readonly Mutant[] = [
  ...durabilityMutants,
  ...electionMutants,
  ...replicationMutants,
  ...incidentMutants,
  ...readMutants,
  ...boundMutants,
  ...storageMutants,
  ...hostingMutants,
];
