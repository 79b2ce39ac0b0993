// What this node does for its clients, whichever protocol they speak.

import { readAggregate, readRange } from '@balsa/engine/storage';
import type { GroupId } from '@balsa/raft';
import type { Group } from '@balsa/replica';
import {
  type AggregateQuery,
  type AggregateResult,
  type CommandResult,
  encodeInsertTablet,
  type NodeHealth,
  type NodeStatus,
  type RangeQuery,
  type RangeResult,
  StatusCode,
  type StoreStatistics,
  type Tablet,
} from '@balsa/wire';
import type { NodeReport } from '../report/node-report.ts';
import type { StatementOptions, StatementOutcome, StatementService } from '../sql/statement-service.ts';
import type { ReadableStore } from '../store/readable-store.ts';
import type { StoreContents } from '../store/store-contents.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ReadOptions } from './consistency.ts';
import type { DataService } from './data-service.ts';
import type { NodeState } from './node-state.ts';
import type { NodeStatistics } from './node-statistics.ts';
import { proposeCommand } from './propose-command.ts';
import { readBarrier } from './read-barrier.ts';
import { Refusal } from './refusal.ts';
import type { SchemaGuard } from './schema-guard.ts';

export interface NodeServicePorts {
  readonly data: Pick<Group, 'failure' | 'readBarrier' | 'propose'>;
  /** Absent where the data group only counts. */
  readonly store: ReadableStore | undefined;
  /** Absent where the data group only counts. */
  readonly contents: StoreContents | undefined;
  readonly guard: SchemaGuard | undefined;
  /** Absent where the data group only counts. */
  readonly statements: StatementService | undefined;
  readonly budget: ByteBudget;
  readonly proposalBytesMax: number;
  readonly state: NodeState;
}

export class NodeService implements DataService {
  readonly #ports: NodeServicePorts;

  constructor(ports: NodeServicePorts) {
    this.#ports = ports;
  }

  async insertTablet(tablet: Tablet, timeoutMs: number, isAligned = false): Promise<CommandResult> {
    const { data, guard, budget, proposalBytesMax } = this.#ports;
    if (guard === undefined) countsOnly();
    const command = encodeInsertTablet(tablet);
    if (command.length > proposalBytesMax) {
      const message = `a tablet of ${command.length} bytes is over the limit of ${proposalBytesMax}; send several`;
      throw new Refusal(StatusCode.REQUEST_TOO_LARGE, message);
    }
    if (!budget.tryTake(command.length)) {
      throw new Refusal(StatusCode.WRITE_PROCESS_REJECT, 'too many bytes are under way; wait and send again');
    }
    try {
      const registration = guard.ensure(tablet, timeoutMs, isAligned);
      if (registration !== undefined) await registration;
      return await proposeCommand((bytes, options) => data.propose(bytes, options), command, timeoutMs);
    } finally {
      budget.giveBack(command.length);
    }
  }

  async execute(sql: string, options: StatementOptions): Promise<StatementOutcome> {
    const { statements } = this.#ports;
    return statements === undefined ? countsOnly() : statements.execute(sql, options);
  }

  readBarrier(options: ReadOptions): Promise<void> {
    return readBarrier(this.#ports.data, options);
  }

  async range(query: RangeQuery, signal: AbortSignal): Promise<RangeResult> {
    const { store = countsOnly } = this.#ports;
    return readRange(store(), query, signal);
  }

  async aggregate(query: AggregateQuery, signal: AbortSignal): Promise<AggregateResult> {
    const { store = countsOnly } = this.#ports;
    return readAggregate(store(), query, signal);
  }

  async statistics(signal: AbortSignal): Promise<StoreStatistics> {
    const { contents } = this.#ports;
    return contents === undefined ? countsOnly() : contents.read(signal);
  }

  health(): NodeHealth {
    return this.#ports.state.health();
  }

  status(): NodeStatus {
    return this.#ports.state.status();
  }

  nodeStatistics(): NodeStatistics {
    return this.#ports.state.statistics();
  }

  report(group?: GroupId): NodeReport {
    const report = this.#ports.state.report('request');
    if (group === undefined) return report;
    const groups = report.groups.filter((candidate) => candidate.group === group);
    if (groups.length > 0) return { ...report, groups };
    const known = report.groups.map((candidate) => `${candidate.group} (${candidate.name})`).join(', ');
    throw new Refusal(StatusCode.GROUP_UNKNOWN, `there is no group ${group} on this node, only ${known}`);
  }
}

function countsOnly(): never {
  throw new Refusal(StatusCode.UNSUPPORTED_OPERATION, 'this cluster only counts commands (dataStateMachine: count)');
}
