// What an embedder asks for is looked at before anything is opened, and everything that is wrong with it is said at once.

import type { NodeId } from '@balsa/raft';
import { zoneProblems } from '../dispatch/zones.ts';
import { ReplicaError } from '../errors.ts';
import { defaultStatisticsSettings, type StatisticsSettings, statisticsProblems } from '../statistics/settings.ts';
import { clusterBytesMax } from '../transport/peer-hello.ts';
import type { PeerAddress } from '../transport/tcp-transport.ts';
import { type TransportLimits, transportLimitsDefault } from '../transport/transport-limits.ts';
import { defaultLimits, defaultTiming, type HostLimits, type HostTiming } from './host-options.ts';

export interface CheckedOptions {
  readonly nodeId: NodeId;
  readonly cluster: string;
  readonly dataFolder: string;
  readonly timing?: Partial<HostTiming>;
  readonly limits?: Partial<HostLimits>;
  readonly statistics?: Partial<StatisticsSettings>;
  readonly listen?: PeerAddress;
  readonly peers?: ReadonlyMap<NodeId, PeerAddress>;
  readonly zones?: ReadonlyMap<NodeId, string>;
  readonly transportLimits?: Partial<TransportLimits>;
}

/** @throws ReplicaError OPTIONS_INVALID. */
export function checkOptions(options: CheckedOptions): void {
  const problems = [
    ...identityProblems(options),
    ...addressProblems(options),
    ...timingProblems({ ...defaultTiming, ...options.timing }),
    ...limitProblems(options),
    ...statisticsProblems({ ...defaultStatisticsSettings, ...options.statistics }),
    ...zoneProblems(options.zones ?? new Map()),
  ];
  refuse(problems);
}

/** @throws ReplicaError OPTIONS_INVALID. */
export function checkZones(zones: ReadonlyMap<NodeId, string>): void {
  refuse([...zoneProblems(zones)]);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new ReplicaError('OPTIONS_INVALID', problems.join('; '));
}

export function isNodeId(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function* identityProblems({ nodeId, cluster, dataFolder }: CheckedOptions): Iterable<string> {
  if (!isNodeId(nodeId)) yield `nodeId: ${nodeId} is not a positive integer`;
  if (cluster === '') yield 'cluster: it needs a name';
  if (Buffer.byteLength(cluster) > clusterBytesMax) yield `cluster: its name is longer than ${clusterBytesMax} bytes`;
  if (dataFolder === '') yield 'dataFolder: it needs a path';
}

function* addressProblems({ listen, peers }: CheckedOptions): Iterable<string> {
  if (listen !== undefined) yield* addressFault('listen', listen);
  for (const [peer, address] of peers ?? []) {
    if (!isNodeId(peer)) yield `peers: ${peer} is not a positive integer`;
    yield* addressFault(`peers: node ${peer}`, address);
  }
}

function* addressFault(name: string, { host, port }: PeerAddress): Iterable<string> {
  if (host === '') yield `${name}: it needs a host`;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) yield `${name}: ${port} is no port, which is 1 to 65535`;
}

function* timingProblems(timing: HostTiming): Iterable<string> {
  const { tickMs, electionTimeoutMs, heartbeatIntervalMs, hibernateAfterMs, clockDriftMax } = timing;
  if (!(tickMs > 0)) yield `timing.tickMs: ${tickMs} is not above 0`;
  if (!(heartbeatIntervalMs >= tickMs)) {
    yield `timing.heartbeatIntervalMs: ${heartbeatIntervalMs} is less than timing.tickMs, ${tickMs}`;
  }
  if (!(electionTimeoutMs >= 2 * heartbeatIntervalMs && Number.isFinite(electionTimeoutMs))) {
    yield `timing.electionTimeoutMs: ${electionTimeoutMs} is less than two heartbeats, 2 * ${heartbeatIntervalMs}`;
  }
  if (!(hibernateAfterMs >= 0)) yield `timing.hibernateAfterMs: ${hibernateAfterMs} is less than 0`;
  if (!(clockDriftMax >= 0 && clockDriftMax < 1)) yield `timing.clockDriftMax: ${clockDriftMax} is not from 0 to 1`;
}

function* limitProblems({ limits, listen, transportLimits }: CheckedOptions): Iterable<string> {
  const all = { ...defaultLimits, ...limits };
  yield* negativeLimits('limits', all);
  for (const name of ['snapshotFetch', 'snapshotSend', 'snapshotRestore'] as const) {
    yield* negativeLimits(`limits.${name}`, all[name]);
  }
  const { frameBytesMax } = { ...transportLimitsDefault, ...transportLimits };
  // A batch of one such proposal must fit in a frame with all that goes before it.
  if (listen !== undefined && all.proposalBytesMax * 2 > frameBytesMax) {
    yield `limits.proposalBytesMax: ${all.proposalBytesMax} is more than half of transportLimits.frameBytesMax, ${frameBytesMax}`;
  }
}

function* negativeLimits(path: string, limits: object): Iterable<string> {
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === 'number' && !(value >= 0)) yield `${path}.${name}: ${value} is less than 0`;
  }
}
