import type { Mutant } from './mutant.ts';
import { boundMutants } from './mutants/bounds.ts';
import { dataFileMutants } from './mutants/data-files.ts';
import { durabilityMutants } from './mutants/durability.ts';
import { electionMutants } from './mutants/elections.ts';
import { forcedRecoveryMutants } from './mutants/forced-recoveries.ts';
import { fragmentMutants } from './mutants/fragments.ts';
import { handoverMutants } from './mutants/handovers.ts';
import { hibernationMutants } from './mutants/hibernation.ts';
import { hostMembershipMutants } from './mutants/host-membership.ts';
import { hostingMutants } from './mutants/hosting.ts';
import { incidentMutants } from './mutants/incidents.ts';
import { leaseMutants } from './mutants/leases.ts';
import { membershipMutants } from './mutants/membership.ts';
import { readMutants } from './mutants/reads.ts';
import { relayMutants } from './mutants/relays.ts';
import { replicationMutants } from './mutants/replication.ts';
import { slowRelayMutants } from './mutants/slow-relays.ts';
import { snapshotMutants } from './mutants/snapshots.ts';
import { stateFileMutants } from './mutants/state-files.ts';
import { storageMutants } from './mutants/storage.ts';
import { weakWriteMutants } from './mutants/weak-writes.ts';
import { windowMutants } from './mutants/windows.ts';

/** Everything on show. */
export const collection: readonly Mutant[] = [
  ...durabilityMutants,
  ...electionMutants,
  ...replicationMutants,
  ...relayMutants,
  ...slowRelayMutants,
  ...fragmentMutants,
  ...windowMutants,
  ...weakWriteMutants,
  ...incidentMutants,
  ...forcedRecoveryMutants,
  ...membershipMutants,
  ...snapshotMutants,
  ...handoverMutants,
  ...readMutants,
  ...leaseMutants,
  ...hibernationMutants,
  ...boundMutants,
  ...storageMutants,
  ...stateFileMutants,
  ...dataFileMutants,
  ...hostingMutants,
  ...hostMembershipMutants,
];
