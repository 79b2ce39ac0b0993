// Opens what a node keeps on disk (its folder, the log of all groups, term and vote) and the network between nodes.

import {
  DataFolder,
  Host,
  type HostEvents,
  type HostTiming,
  type LogStoreEvents,
  NodeDisk,
  realClock,
  TcpTransport,
  type Transport,
  WriteAheadLog,
} from '@balsa/replica';
import type { LogStatistics } from '@balsa/wire';
import { mustParseAddress } from './address.ts';
import type { CloseStack } from './close-stack.ts';
import type { NodeConfig, TimingConfig } from './config/node-config.ts';
import type { Log } from './log.ts';

export interface OpenedHost {
  readonly host: Host;
  readonly logStatistics: () => LogStatistics;
}

const tickMsMax = 10;
const recoveryReportIntervalMs = 2000;

/** Everything opened is on the stack, also when this throws. @throws ReplicaError */
export async function openHost(
  config: NodeConfig,
  log: Log,
  events: HostEvents,
  open: CloseStack,
): Promise<OpenedHost> {
  const disk = new NodeDisk();
  const { nodeId, clusterName, dataFolder } = config;
  const folder = await DataFolder.open({ disk, path: dataFolder, cluster: clusterName, nodeId });
  open.push(() => folder.close());
  const hardStates = await folder.openHardStates();
  open.push(() => hardStates.close());
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
    });
    return wal;
  };
  const host = await Host.open({
    nodeId,
    openLog,
    hardStates,
    transport: createTransport(config, log),
    timing: timingOf(config.timing),
    limits: { proposalBytesMax: config.limits.proposalBytesMax },
    events,
  });
  open.pop(); // The host closes the hard states with everything else of its own.
  open.push(() => host.stop());
  return {
    host,
    logStatistics: () => ({ flushes: wal?.statistics().blocks ?? 0, bytes: wal?.statistics().writtenBytes ?? 0 }),
  };
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
