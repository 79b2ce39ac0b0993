// The write benchmark: every system stays up for the whole run, and their rounds take turns, so that a noisy
// neighbour or a warming disk meets all of them alike.

import { BenchError } from '../bench-error.ts';
import { cpuTimeMs } from '../measure/cpu-time.ts';
import type { Target, Workload } from '../targets/target.ts';
import type { MeasuredSystem } from './report.ts';
import { generatorName, type RoundResult, roundResult, type Sample } from './result.ts';

export interface RunEvents {
  /** Twice a second while a round runs. */
  onProgress(system: string, round: number, operationsPerSecond: number): void;
}

/** Throws NO_SUCCESS if a system answers nothing with success; GENERATOR_FAILED; INTERRUPTED. */
export async function measureWrites(
  targets: readonly Target[],
  workload: Workload,
  rounds: number,
  events: RunEvents,
  signal: AbortSignal,
): Promise<MeasuredSystem[]> {
  const measured = targets.map((target) => ({ target, rounds: [] as RoundResult[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const { target, rounds: results } of measured) {
      results.push(
        await measureRound(target, workload, signal, (operationsPerSecond) =>
          events.onProgress(target.system, round, operationsPerSecond),
        ),
      );
    }
  }
  return measured.map(({ target: { system, description }, rounds: results }) => ({
    system,
    description,
    rounds: results,
  }));
}

async function measureRound(
  target: Target,
  workload: Workload,
  signal: AbortSignal,
  onProgress: (operationsPerSecond: number) => void,
): Promise<RoundResult> {
  let generatorPid = 0;
  let before: Sample | undefined;
  let after: Sample | undefined;
  const listener = {
    onMeasuring: async (pid: number): Promise<void> => {
      generatorPid = pid;
      before = await takeSample(target, generatorPid);
    },
    onMeasured: async (): Promise<void> => {
      after = await takeSample(target, generatorPid);
    },
    onProgress,
  };
  const report = await target.load(workload, listener, signal);
  if (report.operations === 0) {
    throw new BenchError(
      'NO_SUCCESS',
      `${target.system} answered no write with success: ${JSON.stringify(report.statuses)}`,
    );
  }
  if (before === undefined || after === undefined) {
    throw new BenchError('GENERATOR_FAILED', 'the load generator reported without having measured');
  }
  return roundResult(report, workload.ratePerSecond !== null, before, after);
}

/** CPU time is read at once, and first: asking for the counters takes a moment under load. */
async function takeSample(target: Target, generatorPid: number): Promise<Sample> {
  const cpuMs = new Map<string, number>();
  for (const { name, pid } of [...target.processes, { name: generatorName, pid: generatorPid }]) {
    const spentMs = cpuTimeMs(pid);
    if (spentMs !== undefined) cpuMs.set(name, spentMs);
  }
  return { cpuMs, log: await target.logCounters() };
}
