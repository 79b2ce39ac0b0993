// The whole run as one object, and as text. docs/benchmarks.md documents every field.

import type { Environment } from '../measure/environment.ts';
import { type Percentiles, percentilesOf, scaled } from '../measure/percentiles.ts';
import { textTable } from '../text-table.ts';
import type { RowFindings } from './check-rows.ts';
import type { RowCounts } from './row-load.ts';
import type { FailoverRun, KillResult } from './run-failover.ts';
import type { FailoverSettings } from './settings.ts';

export interface FailoverReport {
  readonly benchmark: 'failover';
  readonly settings: FailoverSettings;
  readonly environment: Environment;
  /** How long no write was acknowledged. */
  readonly writeStandstillMs: Percentiles;
  /** The same, as multiples of the election timeout. */
  readonly writeStandstillPerElectionTimeout: Percentiles;
  /** How long no linearizable read was answered. */
  readonly readStandstillMs: Percentiles;
  /** How late the load was sent meanwhile. */
  readonly loadLateMs: Percentiles;
  readonly rows: RowCounts & RowFindings;
  readonly readsFailed: number;
  readonly kills: readonly KillResult[];
  readonly good: boolean;
}

export function failoverReport(
  settings: FailoverSettings,
  environment: Environment,
  { kills, rows, readsFailed, findings }: FailoverRun,
): FailoverReport {
  const writeStandstillMs = percentilesOf(kills.map(({ writeMs }) => writeMs));
  return {
    benchmark: 'failover',
    settings,
    environment,
    writeStandstillMs,
    writeStandstillPerElectionTimeout: scaled(writeStandstillMs, 1 / settings.electionTimeoutMs),
    readStandstillMs: percentilesOf(kills.map(({ readMs }) => readMs)),
    loadLateMs: percentilesOf(kills.map(({ lateMs }) => lateMs)),
    rows: { ...rows, ...findings },
    readsFailed,
    kills,
    good: findings.good && readsFailed === 0,
  };
}

export function describeFailover(report: FailoverReport): string {
  const { settings, rows, readsFailed, good } = report;
  const { nodes, kills, graceful, ratePerSecond, electionTimeoutMs, heartbeatIntervalMs } = settings;
  const deed = graceful ? 'asked to stop' : 'killed';
  const heading =
    `${nodes} nodes, election timeout ${electionTimeoutMs} ms, heartbeats every ${heartbeatIntervalMs} ms; ` +
    `${ratePerSecond} writes and as many reads due per second; the leader was ${deed} ${kills} times`;
  const row = (name: string, { p50, p90, p99, max }: Percentiles, digits: number): string[] => [
    name,
    ...[p50, p90, p99, max].map((value) => value.toFixed(digits)),
  ];
  const table = textTable([
    ['', 'p50', 'p90', 'p99', 'max'],
    row('writes stood still, ms', report.writeStandstillMs, 0),
    row('  as election timeouts', report.writeStandstillPerElectionTimeout, 2),
    row('reads stood still, ms', report.readStandstillMs, 0),
    row('load sent late, ms', report.loadLateMs, 0),
  ]);
  const verdict = good
    ? 'Nothing was lost.'
    : `FAILED: ${rows.lost} rows lost, ${rows.duplicated} duplicated, ${readsFailed} reads failed; ` +
      `replicas ${rows.replicasEqual ? 'equal' : 'DIFFERENT'}`;
  return [
    heading,
    '',
    table,
    '',
    `rows: ${rows.acknowledged} acknowledged, ${rows.unknown} unknown, ${rows.rejected} rejected, ${rows.stored} stored`,
    verdict,
  ].join('\n');
}
