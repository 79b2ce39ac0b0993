// What a node tells about itself.

import type { GroupId } from '@balsa/raft';
import { type Clock, defaultStatisticsSettings, type Group, type Host } from '@balsa/replica';
import type {
  GroupStatusReport,
  LogStatistics,
  NodeAddresses,
  NodeHealth,
  NodeStatus,
  StoreStatistics,
} from '@balsa/wire';
import type { Failures } from '../failures.ts';
import { groupReport } from '../report/group-report.ts';
import { type NodeReport, type ReportReason, reportVersion } from '../report/node-report.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { memberReport } from './member-report.ts';
import { groupFigures, type NodeStatistics } from './node-statistics.ts';
import { processFigures } from './process-figures.ts';

export interface NodeStatePorts {
  readonly nodeId: number;
  readonly cluster: string;
  readonly host: Pick<Host, 'statistics' | 'zoneOf'>;
  readonly version: string;
  readonly members: readonly NodeAddresses[];
  readonly groups: readonly NamedGroup[];
  readonly dataGroup: GroupId;
  /** Absent where the data group only counts. Takes time in proportion to what is stored. */
  readonly storeStatistics: (() => StoreStatistics) | undefined;
  readonly logStatistics: () => LogStatistics;
  /** On the disk, of all groups. */
  readonly logKeptBytes: () => number;
  readonly failures: Failures;
  readonly clock: Pick<Clock, 'nowMs' | 'every'>;
}

export interface NamedGroup {
  readonly name: string;
  readonly group: Group;
}

/** Checksums are computed at most so often for reports; reads of the statistics are always fresh. */
const storeStatisticsAgeMsMax = 1000;

export class NodeState {
  readonly #ports: NodeStatePorts;
  readonly #startedMs: number;
  readonly #eventLoopDelay: EventLoopDelay;
  #storeStatistics: { readonly value: StoreStatistics; readonly takenMs: number } | undefined;

  constructor(ports: NodeStatePorts) {
    this.#ports = ports;
    this.#startedMs = ports.clock.nowMs();
    this.#eventLoopDelay = new EventLoopDelay(ports.clock, defaultStatisticsSettings);
  }

  health(): NodeHealth {
    if (this.#ports.failures.first !== undefined) {
      return 'failed';
    }
    // A leader's first commit is an empty entry, so a group that works has committed something.
    const works = this.#ports.groups.every(({ group }) => {
      const { leader, commitIndex, appliedIndex } = group.status();
      return leader !== undefined && commitIndex > 0 && appliedIndex === commitIndex;
    });
    return works ? 'ready' : 'waiting';
  }

  status(): NodeStatus {
    const { nodeId, version, members, logStatistics, failures } = this.#ports;
    const store = this.#recentStoreStatistics();
    return {
      nodeId,
      version,
      uptimeMs: this.#uptimeMs,
      earlyAcknowledgements: true,
      health: this.health(),
      ...(failures.first === undefined ? {} : { failure: failures.first }),
      members,
      groups: this.#ports.groups.map((named) => this.#reportOf(named, store)),
      ...(store === undefined ? {} : { store }),
      log: logStatistics(),
    };
  }

  statistics(): NodeStatistics {
    const { nodeId, host, groups, logStatistics, logKeptBytes } = this.#ports;
    const { flushes, bytes: writtenBytes } = logStatistics();
    const ofGroups = groups.map(({ name, group }) => {
      return { name, status: group.status(), routing: group.routing(), ...group.statistics() };
    });
    return {
      nodeId,
      health: this.health(),
      uptimeMs: this.#uptimeMs,
      process: processFigures(this.#eventLoopDelay.report()),
      log: { flushes, writtenBytes, keptBytes: logKeptBytes() },
      host: host.statistics(),
      groups: ofGroups,
    };
  }

  report(reason: ReportReason): NodeReport {
    const { nodeId, cluster, version, failures } = this.#ports;
    const { health, uptimeMs, process: ofProcess, log, host, groups } = this.statistics();
    const store = this.#recentStoreStatistics();
    const failure = failures.first === undefined ? {} : { failure: failures.first };
    const zoneOf = (node: number): string | undefined => this.#ports.host.zoneOf(node);
    const zone = zoneOf(nodeId);
    return {
      reportVersion,
      reason,
      writtenAt: new Date().toISOString(),
      windowMs: host.windowMs,
      node: {
        nodeId,
        ...(zone === undefined ? {} : { zone }),
        cluster,
        version,
        nodeJsVersion: process.version,
        uptimeMs,
        health,
        ...failure,
      },
      process: ofProcess,
      ...(store === undefined ? {} : { store }),
      log: { ...log, ...host.log },
      snapshots: { sent: host.snapshotsSent, fetched: host.snapshotsFetched },
      outgoingBytesPerSecond: host.outgoingBytesPerSecond,
      peers: host.peers.map(({ sinceMs, ...peer }) => ({ ...peer, forMs: host.nowMs - sinceMs })),
      groups: groups.map((group) => groupReport(group, zoneOf)),
    };
  }

  /** Nothing is measured any more. */
  stop(): void {
    this.#eventLoopDelay.stop();
  }

  get #uptimeMs(): number {
    return Math.round(this.#ports.clock.nowMs() - this.#startedMs);
  }

  #reportOf({ name, group }: NamedGroup, store: StoreStatistics | undefined): GroupStatusReport {
    const status = group.status();
    const { role, term, forcedRecoveries, leader, lastIndex, durableIndex, commitIndex, appliedIndex } = status;
    const { strategy, mode, reason } = status.dispatch;
    const isStored = group.id === this.#ports.dataGroup && store !== undefined;
    const { index, checksum: value } = isStored
      ? { index: store.appliedIndex, checksum: store.checksum }
      : (group.checksum() ?? { index: 0, checksum: 0 });
    return {
      group: group.id,
      name,
      role,
      term,
      ...(forcedRecoveries === 0 ? {} : { forcedRecoveries }),
      ...(leader === undefined ? {} : { leader }),
      lastIndex,
      durableIndex,
      commitIndex,
      appliedIndex,
      checksum: { index, value: value as number },
      members: this.#ports.members.map(({ id }) => memberReport(id, status)),
      dispatch: { strategy, mode, ...(reason === undefined ? {} : { reason }) },
      figures: groupFigures(group.statistics()),
    };
  }

  #recentStoreStatistics(): StoreStatistics | undefined {
    const { storeStatistics, clock } = this.#ports;
    if (storeStatistics === undefined) {
      return undefined;
    }
    const takenMs = clock.nowMs();
    if (this.#storeStatistics === undefined || takenMs - this.#storeStatistics.takenMs > storeStatisticsAgeMsMax) {
      this.#storeStatistics = { value: storeStatistics(), takenMs };
    }
    return this.#storeStatistics.value;
  }
}
