// What one measured round of one system yields, from the generator's report and from samples around the window.

import type { LoadReport } from '../load/events.ts';
import { type LatencySummary, summarizeCorrected, summarizeLatencies } from '../measure/latencies.ts';
import type { LogCounters } from '../targets/target.ts';

export interface ProcessCpu {
  readonly process: string;
  readonly usPerOperation: number;
  /** Average number of cores kept busy. */
  readonly cores: number;
}

export interface ProcessFlushes {
  readonly process: string;
  readonly flushes: number;
  readonly bytes: number;
  readonly bytesPerFlush: number;
}

export interface RoundResult {
  readonly operations: number;
  readonly seconds: number;
  readonly operationsPerSecond: number;
  /** Corrected for coordinated omission. */
  readonly latency: LatencySummary;
  /** As measured at the requests that were sent. */
  readonly uncorrectedLatency: LatencySummary;
  readonly statuses: Readonly<Record<string, number>>;
  /** Open loop: writes that were due and could not be started. */
  readonly unstarted: number;
  /** Servers and `generator`; empty where the platform does not tell. */
  readonly cpu: readonly ProcessCpu[];
  /** Sum over the servers; `null` where the platform does not tell. */
  readonly serverCpuUsPerOperation: number | null;
  readonly generatorCpuUsPerOperation: number | null;
  readonly flushes: readonly ProcessFlushes[];
  /** Over all servers. */
  readonly bytesPerFlush: number | null;
}

/** CPU time by process name, in ms since the process started, and counters of the log, both at one moment. */
export interface Sample {
  readonly cpuMs: ReadonlyMap<string, number>;
  readonly log: readonly LogCounters[];
}

export const generatorName = 'generator';

export function roundResult(report: LoadReport, openLoop: boolean, before: Sample, after: Sample): RoundResult {
  const { operations, seconds, statuses, unstarted, latenciesUs } = report;
  const cpu = cpuOf(before, after, operations, seconds);
  const servers = cpu.filter((entry) => entry.process !== generatorName);
  const flushes = flushesOf(before, after);
  const flushCount = sum(flushes.map((entry) => entry.flushes));
  const uncorrectedLatency = summarizeLatencies(latenciesUs);
  return {
    operations,
    seconds,
    operationsPerSecond: operations / seconds,
    latency: openLoop ? uncorrectedLatency : summarizeCorrected(latenciesUs),
    uncorrectedLatency,
    statuses,
    unstarted,
    cpu,
    serverCpuUsPerOperation: servers.length === 0 ? null : sum(servers.map((entry) => entry.usPerOperation)),
    generatorCpuUsPerOperation: cpu.find((entry) => entry.process === generatorName)?.usPerOperation ?? null,
    flushes,
    bytesPerFlush: flushCount === 0 ? null : sum(flushes.map((entry) => entry.bytes)) / flushCount,
  };
}

function cpuOf(before: Sample, after: Sample, operations: number, seconds: number): ProcessCpu[] {
  const result: ProcessCpu[] = [];
  for (const [process, endMs] of after.cpuMs) {
    const startMs = before.cpuMs.get(process);
    if (startMs === undefined) continue;
    const spentMs = endMs - startMs;
    result.push({ process, usPerOperation: (spentMs * 1000) / operations, cores: spentMs / 1000 / seconds });
  }
  return result;
}

function flushesOf(before: Sample, after: Sample): ProcessFlushes[] {
  return after.log.flatMap(({ name, flushes, bytes }) => {
    const earlier = before.log.find((counters) => counters.name === name);
    if (earlier === undefined) return [];
    const count = flushes - earlier.flushes;
    const written = bytes - earlier.bytes;
    return [{ process: name, flushes: count, bytes: written, bytesPerFlush: count === 0 ? 0 : written / count }];
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
