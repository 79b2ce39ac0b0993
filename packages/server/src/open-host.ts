// Opens what a node keeps on disk and the network between nodes, as its configuration has it.

import {
  type ForcedRecovery,
  type HostEvents,
  type HostLimits,
  type HostTiming,
  membersMinForRestoring,
  type OpenedHost,
  openHost as openReplicaHost,
  realClock,
} from '@balsa/replica';
import { mustParseAddress } from './address.ts';
import {
  AtShutdown,
  type NodeConfig,
  ReplacesLostDisk,
  type ReportConfig,
  type SnapshotsConfig,
  type TimingConfig,
} from './config/node-config.ts';
import type { Log, LogFields } from './log.ts';

const tickMsMax = 10;
const recoveryReportIntervalMs = 2000;
const damageAdvice = 'log or snapshot are damaged; what is lost with them, the other nodes restore';

/** @throws ReplicaError */
export async function openHost(config: NodeConfig, log: Log, events: HostEvents): Promise<OpenedHost> {
  const { nodeId, clusterName, dataFolder, replacesLostDisk, listen, members, durability, snapshots, limits } = config;
  const opened = await openReplicaHost({
    nodeId,
    cluster: clusterName,
    dataFolder,
    listen: mustParseAddress(listen.peer),
    peers: new Map(members.map((member) => [member.id, mustParseAddress(member.peer)])),
    zones: new Map(members.flatMap(({ id, zone }) => (zone === undefined ? [] : [[id, zone] as const]))),
    log,
    transportLimits: { frameBytesMax: limits.frameBytesMax },
    restoreFromPeers: members.length >= membersMinForRestoring,
    replacesLostDisk: replacesLostDisk === ReplacesLostDisk.yes,
    durability: durability.mode,
    logSettings: { flushIntervalMs: durability.flushIntervalMs },
    timing: timingOf(config.timing),
    limits: { proposalBytesMax: limits.proposalBytesMax, ...snapshotLimitsOf(snapshots) },
    statistics: { collect: isReported(config.report) ? 'always' : 'onDemand' },
    events,
    onDamage: ({ code, message }) => {
      if (code === 'RECOVERY_RECORD_DAMAGED') log('warn', code, message);
      else log('warn', code, damageAdvice, { damage: message });
    },
    onPeersForgotten: ({ code, message }) => log('warn', code, message),
    onRecoveryProgress: recoveryReporter(log),
  });
  for (const recovery of opened.forcedRecoveries) log('warn', 'QUORUM_FORCED', ...describeForced(recovery));
  return opened;
}

/** At every start: whoever looks for what is missing must not have to know of it. */
function describeForced({ group, members, membersBefore, index, term, at }: ForcedRecovery): [string, LogFields] {
  const message = `group ${group} was forced to go on without a quorum, with what this node had: entries that only others held are lost`;
  const before = membersBefore.length === 0 ? {} : { membersBefore: membersBefore.join() };
  return [message, { group, at, members: members.join(), ...before, index, term }];
}

function timingOf(timing: TimingConfig): Partial<HostTiming> {
  return { ...timing, tickMs: Math.min(tickMsMax, timing.heartbeatIntervalMs) };
}

function snapshotLimitsOf(snapshots: SnapshotsConfig): Partial<HostLimits> {
  const { logBytes, logEntries, logAgeMs, logTailBytes, logBytesMax } = snapshots;
  return {
    snapshotLogBytes: logBytes,
    snapshotEntries: logEntries,
    snapshotAgeMs: logAgeMs,
    logTailBytes,
    logBytesMax,
    snapshotSend: { bytesPerSecondMax: snapshots.transferBytesPerSecondMax },
    snapshotRestore: { bytesPerSecondMax: snapshots.restoreBytesPerSecondMax },
  };
}

/** What nobody asks for must have been measured all the same. */
function isReported({ intervalMs, atShutdown }: ReportConfig): boolean {
  return intervalMs > 0 || atShutdown === AtShutdown.yes;
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
