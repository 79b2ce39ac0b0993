// What a node tells about itself.

import { type Clock, defaultStatisticsSettings, type Group, type Host } from '@balsa/replica';
import type { GroupStatusReport, LogStatistics, NodeAddresses, NodeHealth, NodeStatus } from '@balsa/wire';
import type { AskedOthers } from '../elsewhere/other-members.ts';
import type { Failures } from '../failures.ts';
import { groupReport } from '../report/group-report.ts';
import { type NodeReport, type ReportReason, reportVersion } from '../report/node-report.ts';
import type { OpenedStore } from '../store/open-store.ts';
import { storeFigures, storeReport } from '../store/store-figures.ts';
import type { Problem } from '../store/store-problems.ts';
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
  /** Absent where the data group only counts. */
  readonly store: Pick<OpenedStore, 'engine' | 'problems'> | undefined;
  readonly logStatistics: () => LogStatistics;
  /** On the disk, of all groups. */
  readonly logKeptBytes: () => number;
  readonly askedOthers: () => AskedOthers;
  readonly failures: Failures;
  readonly clock: Pick<Clock, 'nowMs' | 'every'>;
}

export interface NamedGroup {
  readonly name: string;
  readonly group: Group;
  /** As far as it is known without work. */
  readonly checksum: () => GroupStatusReport['checksum'];
}

export class NodeState {
  readonly #ports: NodeStatePorts;
  readonly #startedMs: number;
  readonly #eventLoopDelay: EventLoopDelay;

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
    if (!works) return 'waiting';
    return this.#problem() === undefined ? 'ready' : 'degraded';
  }

  status(): NodeStatus {
    const { nodeId, version, members, logStatistics, failures, store } = this.#ports;
    const problem = this.#problem();
    return {
      nodeId,
      version,
      uptimeMs: this.#uptimeMs,
      earlyAcknowledgements: true,
      health: this.health(),
      ...(failures.first === undefined ? {} : { failure: failures.first }),
      ...(problem === undefined ? {} : { problem }),
      members,
      groups: this.#ports.groups.map((named) => this.#reportOf(named)),
      ...(store === undefined ? {} : { store: storeFigures(store.engine) }),
      log: logStatistics(),
    };
  }

  statistics(): NodeStatistics {
    const { nodeId, host, groups, logStatistics, logKeptBytes, store, askedOthers } = this.#ports;
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
      ...(store === undefined ? {} : { store: storeReport(store.engine) }),
      askedOthers: askedOthers(),
      host: host.statistics(),
      groups: ofGroups,
    };
  }

  report(reason: ReportReason): NodeReport {
    const { nodeId, cluster, version, failures } = this.#ports;
    const { health, uptimeMs, process: ofProcess, log, store, host, groups } = this.statistics();
    const problem = this.#problem();
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
        ...(problem === undefined ? {} : { problem }),
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

  #problem(): Problem | undefined {
    const { store } = this.#ports;
    return store?.problems.current(store.engine.statistics().damagedFiles.length);
  }

  #reportOf({ name, group, checksum: known }: NamedGroup): GroupStatusReport {
    const status = group.status();
    const { role, term, forcedRecoveries, leader, lastIndex, durableIndex, commitIndex, appliedIndex } = status;
    const { strategy, mode, reason } = status.dispatch;
    const checksum = known();
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
      ...(checksum === undefined ? {} : { checksum }),
      members: this.#ports.members.map(({ id }) => memberReport(id, status)),
      dispatch: { strategy, mode, ...(reason === undefined ? {} : { reason }) },
      figures: groupFigures(group.statistics()),
    };
  }
}
