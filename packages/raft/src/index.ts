export { InvariantError } from './assert.ts';
export { type Batch, type BatchHeader, BatchKind, lastIndexOf, liesWithin } from './batch.ts';
export type { RaftConfig, RecoveredState } from './config.ts';
export {
  type Configuration,
  type ConfigurationTarget,
  configurationOf,
  isJoint,
  isMember,
  membersOf,
  noConfiguration,
  quorumOf,
} from './configuration.ts';
export { type FragmentPlan, fragmentReceiversMin, fragmentsNeeded } from './dispatch/coded-dispatch.ts';
export { directPlan, type PlannedRelay, planFault, type RoutePlan } from './dispatch/route-plan.ts';
export type * from './effects.ts';
export { type IncidentLoss, incidentNumber, withLostEntries } from './incident.ts';
export { firstTermOfNextLineage, lineageOf } from './lineage.ts';
export * from './messages.ts';
export type { ProgressState } from './progress.ts';
export { Quorum } from './quorum.ts';
export { Raft } from './raft.ts';
export { SeededRandom } from './random.ts';
export type { Freshness, ProposeResult, ReconfigureRefusal, ReconfigureResult, TransferResult } from './roles/role.ts';
export type { FollowerStatus, RaftStatus } from './status.ts';
export { type LogPosition, logStart } from './term-runs.ts';
export { type GroupId, type HardState, type Index, initialHardState, type NodeId, Role, type Term } from './types.ts';
