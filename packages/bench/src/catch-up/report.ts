// The whole run as one object, and as text. docs/benchmarks.md documents every field.

import type { Environment } from '../measure/environment.ts';
import { textTable } from '../text-table.ts';
import type { Phase } from './phase.ts';
import type { CatchUp, CatchUpRun } from './run-catch-up.ts';
import type { CatchUpSettings } from './settings.ts';

/** Writes must go on at no less than this part of the rate at which the whole cluster takes them. */
export const rateMin = 0.7;

export interface CatchUpReport {
  readonly benchmark: 'catch-up';
  readonly settings: CatchUpSettings;
  readonly environment: Environment;
  readonly whole: Phase;
  readonly away: Phase;
  readonly during: Phase;
  readonly parts: CatchUpRun['parts'];
  readonly back: Phase;
  /**
   * Of the whole cluster: the mean of the stretches before and after. The machine is slower with gigabytes on its disk than without,
   * whatever the follower does, so that neither alone would be a fair measure.
   */
  readonly wholeWritesPerSecond: number;
  /** Writes per second while the follower caught up, as a part of those. */
  readonly rateDuring: number;
  /** The same, as a part of those of the whole cluster before, and after. */
  readonly rateDuringToBefore: number;
  readonly rateDuringToAfter: number;
  /** The same, as a part of those while the follower was away. */
  readonly rateDuringToAway: number;
  readonly catchUp: CatchUp;
  /** Of the transfer, in 10^6 bytes. */
  readonly megabytesPerSecond: number;
  readonly stateBytes: number;
  readonly failedWrites: number;
  readonly replicasEqual: boolean;
  /** The replicas are equal, the transfer was not begun again, and writes went on. */
  readonly good: boolean;
}

export function catchUpReport(settings: CatchUpSettings, environment: Environment, run: CatchUpRun): CatchUpReport {
  const { whole, away, during, parts, back, catchUp, failedWrites, checks } = run;
  const wholeWritesPerSecond = (whole.writesPerSecond + back.writesPerSecond) / 2;
  const rateDuring = during.writesPerSecond / wholeWritesPerSecond;
  const replicasEqual = new Set(checks.map((check) => JSON.stringify(check))).size === 1;
  return {
    benchmark: 'catch-up',
    settings,
    environment,
    whole,
    away,
    during,
    parts,
    back,
    wholeWritesPerSecond,
    rateDuring,
    rateDuringToBefore: during.writesPerSecond / whole.writesPerSecond,
    rateDuringToAfter: during.writesPerSecond / back.writesPerSecond,
    rateDuringToAway: during.writesPerSecond / away.writesPerSecond,
    catchUp,
    megabytesPerSecond: catchUp.fetchedBytes / 1e6 / catchUp.transferSeconds,
    stateBytes: checks[0]?.bytes ?? 0,
    failedWrites,
    replicasEqual,
    good: replicasEqual && catchUp.restarts === 0 && rateDuring >= rateMin,
  };
}

export function describeCatchUp(report: CatchUpReport): string {
  const { settings, whole, away, during, parts, back, catchUp, wholeWritesPerSecond, replicasEqual } = report;
  const { gigabytes, valueBytes, clients, snapshotMebibytesPerSecond, restoreMebibytesPerSecond } = settings;
  const heading =
    `3 nodes in as many processes; a follower lacks ${gigabytes} GB of state; ${clients} clients write values of ` +
    `${valueBytes} bytes one after the other; snapshots are sent ${atMost(snapshotMebibytesPerSecond)}, and ` +
    `restored ${atMost(restoreMebibytesPerSecond)}`;
  const row = (name: string, phase: Phase): string[] => [
    name,
    ...[phase.writesPerSecond, phase.slowestWritesPerSecond].map((rate) => Math.round(rate).toLocaleString('en')),
    percent(phase.writesPerSecond / wholeWritesPerSecond),
    phase.seconds.toFixed(1),
    phase.leaderStallMsMax.toFixed(0),
    mebibytes(phase.leaderResidentBytesMax),
  ];
  const table = textTable([
    ['', 'writes/s', 'slowest s', 'rate', 'seconds', 'stall ms', 'RSS MiB'],
    row('all three, before', whole),
    row('a follower is away', away),
    row('it catches up', during),
    ...(parts.transfer === null ? [] : [row('  the snapshot comes', parts.transfer)]),
    ...(parts.restore === null ? [] : [row('  the state is restored', parts.restore)]),
    ...(parts.log === null ? [] : [row('  the log is applied', parts.log)]),
    row('all three, after', back),
  ]);
  const { seconds, transferSeconds, restoreSeconds, logSeconds, entries, restarts } = catchUp;
  return [
    heading,
    '',
    table,
    '',
    `It had caught up after ${seconds.toFixed(1)} s: the snapshot took ${transferSeconds.toFixed(1)} s ` +
      `(${(catchUp.fetchedBytes / 1e9).toFixed(2)} GB, ${report.megabytesPerSecond.toFixed(0)} MB/s, begun again ${restarts} times), ` +
      `the state ${restoreSeconds.toFixed(1)} s, the log ${logSeconds.toFixed(1)} s (${entries.toLocaleString('en')} entries were written meanwhile).`,
    `The follower took ${mebibytes(catchUp.followerResidentBytesMax)} MiB at most, and stood still for ${catchUp.followerStallMsMax.toFixed(0)} ms at most.`,
    `The rate of the whole cluster is ${Math.round(wholeWritesPerSecond).toLocaleString('en')} writes/s, the mean of before and after.`,
    `Writes went on at ${percent(report.rateDuring)} of it (${percent(rateMin)} are asked for; ${percent(report.rateDuringToBefore)} of that before, ` +
      `${percent(report.rateDuringToAfter)} of that after), and at ${percent(report.rateDuringToAway)} of that of the two; ` +
      `${report.failedWrites} were refused and repeated; ` +
      `replicas ${replicasEqual ? 'equal' : 'DIFFERENT'}.${report.good ? '' : ' FAILED.'}`,
  ].join('\n');
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`;
}

function atMost(mebibytesPerSecond: number): string {
  return mebibytesPerSecond === 0 ? 'without a limit' : `at ${mebibytesPerSecond} MiB/s at most`;
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
