// The suites that implementations of the ports must pass, for those who write their own. A case is a name and a function that
// rejects, so any test runner can run it:
//
//   import { test } from 'node:test';
//   import { stateMachineCases } from '@balsa/replica/conformance';
//
//   for (const { name, run } of stateMachineCases({ create: () => new Counter(), commands })) test(name, run);

export { type DiskHarness, diskCases } from '../disk/disk.conformance.ts';
export { clockCases } from '../host/clock.conformance.ts';
export { type StateMachineHarness, stateMachineCases } from '../host/state-machine.conformance.ts';
export { type HardStateStoreHarness, hardStateStoreCases } from '../log/hard-state-store.conformance.ts';
export { logStoreCases } from '../log/log-store.conformance.ts';
export type { LogStoreHarness } from '../log/log-store-trial.ts';
export { snapshotStoreCases } from '../snapshot/snapshot-store.conformance.ts';
export type { SnapshotStoreHarness } from '../snapshot/snapshot-store-trial.ts';
export { transportFolderCases } from '../transport/conformance/folders.conformance.ts';
export type {
  CreateTestNetwork,
  NetworkNodeOptions,
  TestNetwork,
  TestNetworkOptions,
} from '../transport/conformance/network.ts';
export { type ChangingNetwork, transportPeerCases } from '../transport/conformance/peers.conformance.ts';
export { transportCases } from '../transport/conformance/transport.conformance.ts';
export { transportVersionCases } from '../transport/conformance/versions.conformance.ts';
export type { ConformanceCase } from './case.ts';
