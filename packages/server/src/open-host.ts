// Opens what a node keeps on disk (its folder, the log of all groups, term and vote) and the network between nodes.

import { randomInt } from 'node:crypto';
import {
  DataFolder,
  Host,
  type HostEvents,
  type HostTiming,
  type LogStoreEvents,
  NodeDisk,
  ReplicaError,
  realClock,
  TcpTransport,
  type Transport,
  WriteAheadLog,
} from '@balsa/replica';
import type { LogStatistics } from '@balsa/wire';
import { mustParseAddress } from './address.ts';
import type { CloseStack } from './close-stack.ts';
import type { NodeConfig, TimingConfig } from './config/node-config.ts';
import { GroupIds } from './group-ids.ts';
import type { Log } from './log.ts';

export interface OpenedHost {
  readonly host: Host;
  readonly logStatistics: () => LogStatistics;
}

const tickMsMax = 10;
const recoveryReportIntervalMs = 2000;

/** With fewer members, the others cannot elect a leader that could make up for what this node has lost. */
const membersMinForRestoring = 3;
const incidentNumberMax = 2 ** 48 - 1;

/**
 * A damaged log is cut at the damage if other members can restore what is lost; else it is left as it is.
 * Everything opened is on the stack, also when this throws.
 * @throws ReplicaError
 */
export async function openHost(
  config: NodeConfig,
  log: Log,
  events: HostEvents,
  open: CloseStack,
): Promise<OpenedHost> {
  const { nodeId, clusterName, dataFolder, members } = config;
  const disk = new NodeDisk();
  const folder = await DataFolder.open({ disk, path: dataFolder, cluster: clusterName, nodeId });
  open.push(() => folder.close());
  const place: Place = { config, log, events, open, disk, folder };
  try {
    return await openWithLog(place, undefined);
  } catch (error) {
    const isDamaged = error instanceof ReplicaError && error.code === 'LOG_DAMAGED';
    if (!isDamaged || members.length < membersMinForRestoring) {
      throw error;
    }
    await noteIncident(folder);
    const advice = 'the log is damaged; it is cut at the damage, and the other nodes restore what is lost';
    log('warn', error.code, advice, { damage: error.message });
    return await openWithLog(place, () => Promise.resolve());
  }
}

interface Place {
  readonly config: NodeConfig;
  readonly log: Log;
  readonly events: HostEvents;
  readonly open: CloseStack;
  readonly disk: NodeDisk;
  readonly folder: DataFolder;
}

async function openWithLog(
  { config, log, events, open, disk, folder }: Place,
  onDamage: (() => Promise<void>) | undefined,
): Promise<OpenedHost> {
  const hardStates = await folder.openHardStates();
  let wal: WriteAheadLog | undefined;
  const openLog = async (logEvents: LogStoreEvents): Promise<WriteAheadLog> => {
    wal = await WriteAheadLog.open({
      disk,
      folder: folder.logFolder,
      clock: realClock,
      events: logEvents,
      durability: config.durability.mode,
      settings: { flushIntervalMs: config.durability.flushIntervalMs },
      onRecoveryProgress: recoveryReporter(log),
      ...(onDamage === undefined ? {} : { onDamage }),
    });
    return wal;
  };
  try {
    const host = await Host.open({
      nodeId: config.nodeId,
      openLog,
      hardStates,
      transport: createTransport(config, log),
      timing: timingOf(config.timing),
      limits: { proposalBytesMax: config.limits.proposalBytesMax },
      events,
    });
    open.push(() => host.stop());
    return {
      host,
      logStatistics: () => ({ flushes: wal?.statistics().blocks ?? 0, bytes: wal?.statistics().writtenBytes ?? 0 }),
    };
  } catch (error) {
    await hardStates.close();
    throw error;
  }
}

/** Makes durable that this node may have lost entries that it acknowledged; see restoring.md of the raft package. */
async function noteIncident(folder: DataFolder): Promise<void> {
  const hardStates = await folder.openHardStates();
  try {
    const incident = randomInt(1, incidentNumberMax);
    for (const group of Object.values(GroupIds)) {
      await hardStates.save(group, { ...hardStates.recovered(group), incident });
    }
  } finally {
    await hardStates.close();
  }
}

function createTransport({ nodeId, clusterName, listen, members, limits }: NodeConfig, log: Log): Transport {
  return new TcpTransport({
    nodeId,
    cluster: clusterName,
    listen: mustParseAddress(listen.peer),
    peers: new Map(members.map((member) => [member.id, mustParseAddress(member.peer)])),
    log,
    limits: { frameBytesMax: limits.frameBytesMax },
  });
}

function timingOf({ electionTimeoutMs, heartbeatIntervalMs }: TimingConfig): HostTiming {
  return { tickMs: Math.min(tickMsMax, heartbeatIntervalMs), electionTimeoutMs, heartbeatIntervalMs };
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
