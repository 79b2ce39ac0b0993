// Opens what a node keeps on disk and the network between nodes, as its configuration has it.

import {
  type HostEvents,
  type HostLimits,
  type HostTiming,
  membersMinForRestoring,
  type OpenedHost,
  openHost as openReplicaHost,
  realClock,
} from '@balsa/replica';
import { mustParseAddress } from './address.ts';
import { type NodeConfig, ReplacesLostDisk, type SnapshotsConfig, type TimingConfig } from './config/node-config.ts';
import type { Log } from './log.ts';

const tickMsMax = 10;
const recoveryReportIntervalMs = 2000;

/** @throws ReplicaError */
export function openHost(config: NodeConfig, log: Log, events: HostEvents): Promise<OpenedHost> {
  const { nodeId, clusterName, dataFolder, replacesLostDisk, listen, members, durability, snapshots, limits } = config;
  return openReplicaHost({
    nodeId,
    cluster: clusterName,
    dataFolder,
    listen: mustParseAddress(listen.peer),
    peers: new Map(members.map((member) => [member.id, mustParseAddress(member.peer)])),
    log,
    transportLimits: { frameBytesMax: limits.frameBytesMax },
    restoreFromPeers: members.length >= membersMinForRestoring,
    replacesLostDisk: replacesLostDisk === ReplacesLostDisk.yes,
    durability: durability.mode,
    logSettings: { flushIntervalMs: durability.flushIntervalMs },
    timing: timingOf(config.timing),
    limits: { proposalBytesMax: limits.proposalBytesMax, ...snapshotLimitsOf(snapshots) },
    events,
    onDamage: ({ code, message }) => {
      const advice = 'log or snapshot are damaged; what is lost with them, the other nodes restore';
      log('warn', code, advice, { damage: message });
    },
    onPeersForgotten: ({ code, message }) => log('warn', code, message),
    onRecoveryProgress: recoveryReporter(log),
  });
}

function timingOf(timing: TimingConfig): Partial<HostTiming> {
  return { ...timing, tickMs: Math.min(tickMsMax, timing.heartbeatIntervalMs) };
}

function snapshotLimitsOf(snapshots: SnapshotsConfig): Partial<HostLimits> {
  const { logBytes, logEntries, logAgeMs, logTailBytes, logBytesMax, transferBytesPerSecondMax } = snapshots;
  return {
    snapshotLogBytes: logBytes,
    snapshotEntries: logEntries,
    snapshotAgeMs: logAgeMs,
    logTailBytes,
    logBytesMax,
    snapshotSend: { bytesPerSecondMax: transferBytesPerSecondMax },
  };
}

/** A line in the log now and then while a long log is read. */
function recoveryReporter(log: Log): (progress: { readonly bytesDone: number; readonly bytesTotal: number }) => void {
  let lastMs = realClock.nowMs();
  return ({ bytesDone, bytesTotal }) => {
    const nowMs = realClock.nowMs();
    if (nowMs - lastMs >= recoveryReportIntervalMs) {
      lastMs = nowMs;
      log('info', 'LOG_RECOVERING', 'reading the log', { bytesDone, bytesTotal });
    }
  };
}
