// Every round begins with a system that is empty and newly started, and ends when it has flushed and merged what was written; then its files are
// measured, and removed unless they are to be kept. Rounds of the systems take turns, so that a noisy neighbour meets all of them alike.

import { rmSync } from 'node:fs';
import { BenchError } from '../bench-error.ts';
import { cpuTimeOfAllMs } from '../measure/cpu-time.ts';
import type { LatencySummary } from '../measure/latencies.ts';
import { largestPeakBytes } from '../measure/resident-memory.ts';
import { pointsOf } from '../series/data-shape.ts';
import type { SeriesTarget } from '../series/series-target.ts';
import type { Contestant } from '../series/start-targets.ts';
import { writeAll } from '../series/write-all.ts';
import type { IngestSettings } from './settings.ts';

export interface IngestRound {
  /** Measured: the warm-up is not among them. */
  readonly points: number;
  readonly seconds: number;
  readonly pointsPerSecond: number;
  /** Of a batch, from when it is sent until it is acknowledged. */
  readonly latency: LatencySummary;
  /** Of all server processes, from the end of the warm-up until the last answer. `null` where the platform does not tell. */
  readonly serverCpuUsPerPoint: number | null;
  /** The same until everything is flushed and merged, which was asked for. */
  readonly mergedCpuUsPerPoint: number | null;
  /** Points for each second that one core was busy in the servers. */
  readonly pointsPerCpuSecond: number | null;
  readonly mergedPointsPerCpuSecond: number | null;
  readonly clientCpuUsPerPoint: number;
  /** The most that the largest process had in memory, from its start until everything was merged. */
  readonly peakResidentBytes: number | null;
  readonly sentBytesPerPoint: number;
  /** From the last answer until everything was flushed and merged, with the second or two in which nothing moved. */
  readonly settleSeconds: number;
  /** False: it was still at work when patience ended, so that figures of the disk are not final. */
  readonly isQuiet: boolean;
  /** Of each node, of all points that it was given. */
  readonly storageBytesPerPoint: number;
  /** Of each node. */
  readonly logBytes: number;
  /** From when a stopped system is started again, as it was told to, until it has counted all its points. */
  readonly restartSeconds: number;
}

export interface MeasuredIngest {
  readonly system: string;
  readonly description: string;
  /** At least one; round i of every system ran next to round i of the others. */
  readonly rounds: readonly IngestRound[];
}

export interface IngestEvents {
  onStage(system: string, round: number, stage: string): void;
  /** Points over all rounds and systems. */
  onPoints(points: number): void;
}

/** Throws NO_SUCCESS if a system refuses a batch, or does not have all points in the end; INTERRUPTED. */
export async function measureIngest(
  contestants: readonly Contestant[],
  settings: IngestSettings,
  { folder, keep }: { readonly folder: string; readonly keep: boolean },
  events: IngestEvents,
  signal: AbortSignal,
): Promise<MeasuredIngest[]> {
  const measured = contestants.map((contestant) => ({ contestant, description: '', rounds: [] as IngestRound[] }));
  const pointsEach = pointsOf(settings.shape);
  let done = 0;
  try {
    for (let round = 1; round <= settings.rounds; round++) {
      for (const entry of measured) {
        const onStage = (stage: string): void => events.onStage(entry.contestant.system, round, stage);
        const onPoints = (points: number): void => events.onPoints(done + points);
        const roundFolder = `${folder}/round-${round}`;
        onStage('starts');
        const start = (): Promise<SeriesTarget> => entry.contestant.start(roundFolder, signal);
        const target = await start();
        entry.description = target.description;
        try {
          const round = await measureRound(target, settings, onStage, onPoints, signal);
          onStage('starts again');
          entry.rounds.push({ ...round, restartSeconds: await measureRestart(start, settings) });
        } finally {
          await target.stop();
        }
        done += pointsEach;
        if (!keep) rmSync(roundFolder, { recursive: true, force: true });
      }
    }
  } catch (error) {
    // Ctrl-C of a terminal ends the servers, too, and what is under way fails before anybody looks at the signal.
    signal.throwIfAborted();
    throw error;
  }
  return measured.map(({ contestant: { system }, description, rounds }) => ({ system, description, rounds }));
}

async function measureRound(
  target: SeriesTarget,
  settings: IngestSettings,
  onStage: (stage: string) => void,
  onPoints: (points: number) => void,
  signal: AbortSignal,
): Promise<Omit<IngestRound, 'restartSeconds'>> {
  onStage('is written to');
  let beforeMs = cpuTimeOfAllMs(target.processes);
  const onMeasuring = (): void => {
    beforeMs = cpuTimeOfAllMs(target.processes);
  };
  const written = await writeAll(target, settings, { onMeasuring, onProgress: onPoints }, signal);
  const writtenMs = cpuTimeOfAllMs(target.processes);
  onStage('flushes and merges');
  const settled = await target.settle();
  const settledMs = cpuTimeOfAllMs(target.processes);
  const peakResidentBytes = largestPeakBytes(target.processes);
  await requireAllPoints(target, settings);
  onStage('stops');
  await target.stop();
  const disk = target.diskUse();
  const perPoint = (fromMs: number | undefined, untilMs: number | undefined): number | null =>
    fromMs === undefined || untilMs === undefined ? null : ((untilMs - fromMs) * 1000) / written.points;
  const inverse = (usPerPoint: number | null): number | null => (usPerPoint === null ? null : 1_000_000 / usPerPoint);
  const serverCpuUsPerPoint = perPoint(beforeMs, writtenMs);
  const mergedCpuUsPerPoint = perPoint(beforeMs, settledMs);
  const nodes = target.processes.length;
  return {
    points: written.points,
    seconds: written.seconds,
    pointsPerSecond: written.points / written.seconds,
    latency: written.latency,
    serverCpuUsPerPoint,
    mergedCpuUsPerPoint,
    pointsPerCpuSecond: inverse(serverCpuUsPerPoint),
    mergedPointsPerCpuSecond: inverse(mergedCpuUsPerPoint),
    clientCpuUsPerPoint: (written.clientCpuMs * 1000) / written.points,
    peakResidentBytes,
    sentBytesPerPoint: written.bytes / written.points,
    settleSeconds: settled.seconds,
    isQuiet: settled.isQuiet,
    storageBytesPerPoint: disk.storageBytes / nodes / pointsOf(settings.shape),
    logBytes: disk.logBytes / nodes,
  };
}

async function measureRestart(start: () => Promise<SeriesTarget>, settings: IngestSettings): Promise<number> {
  const beganMs = performance.now();
  const target = await start();
  try {
    await requireAllPoints(target, settings);
    return (performance.now() - beganMs) / 1000;
  } finally {
    await target.stop();
  }
}

/** What a system has not kept, it has not written. */
async function requireAllPoints(target: SeriesTarget, { shape }: IngestSettings): Promise<void> {
  const read = await target.ask({ kind: 'aggregate', of: 'count', series: null, range: null });
  const points = read().reduce((sum, { value }) => sum + value, 0);
  if (points === pointsOf(shape)) return;
  throw new BenchError(
    'NO_SUCCESS',
    `${target.system} acknowledged ${pointsOf(shape).toLocaleString('en')} points, and has ${points.toLocaleString('en')}`,
  );
}
