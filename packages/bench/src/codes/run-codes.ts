// Kernels take turns within every round, so that a noisy neighbour meets both, and a ratio is one of neighbours in time.
// Measured is the processor's time, not the clock's: there is nothing to wait for, and who else uses it does not count.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { createJavaScriptKernel, createSimdKernel } from '@balsa/codes';
import { BenchError } from '../bench-error.ts';
import { createLoad, type Load, type Shape, shapesOf } from './load.ts';
import type { CodesSettings } from './settings.ts';

const kibibyte = 1024;
const fragmentCounts = [3, 5, 7, 9];
const batchSizes: readonly number[] = [4, 16, 64, 256, 1024, 4096].map((size) => size * kibibyte);
/** Between two looks at the time, which costs as much as a small fragment. */
const bytesPerLook: number = 256 * kibibyte;

/** One measured round of a shape: megabytes of batches per second of processor time. */
export interface CodesRound {
  readonly encode: number;
  readonly encodeJavaScript: number;
  readonly rebuild: number;
  readonly rebuildJavaScript: number;
  readonly split: number;
  readonly join: number;
}

export interface MeasuredShape extends Shape {
  readonly rounds: readonly CodesRound[];
}

/** Throws INTERRUPTED; PEER_MISSING if there is only one kernel. */
export async function measureCodes(
  settings: CodesSettings,
  onRound: (round: number, shape: Shape) => void,
  signal: AbortSignal,
): Promise<MeasuredShape[]> {
  const simd = createSimdKernel();
  if (simd === undefined)
    throw new BenchError('PEER_MISSING', 'this Node has no WebAssembly with SIMD to compare with');
  const javaScript = createJavaScriptKernel();
  const measured = fragmentCounts
    .flatMap((count) => shapesOf(count, batchSizes))
    .map((shape) => {
      const loads = { simd: createLoad(shape, simd), javaScript: createLoad(shape, javaScript) };
      return { shape, loads, rounds: [] as CodesRound[] };
    });
  // Round 0 is for the compiler, and does not count.
  for (let round = 0; round <= settings.rounds; round++) {
    for (const { shape, loads, rounds } of measured) {
      onRound(round, shape);
      const result = await measureRound(shape, loads, settings.roundMs, signal);
      if (round > 0) rounds.push(result);
    }
  }
  return measured.map(({ shape, rounds }) => ({ ...shape, rounds }));
}

async function measureRound(
  { batchBytes }: Shape,
  { simd, javaScript }: { readonly simd: Load; readonly javaScript: Load },
  roundMs: number,
  signal: AbortSignal,
): Promise<CodesRound> {
  const measure = async (work: () => void): Promise<number> => {
    await nextTurn();
    signal.throwIfAborted();
    return megabytesPerSecond(work, batchBytes, roundMs);
  };
  return {
    encode: await measure(simd.encode),
    encodeJavaScript: await measure(javaScript.encode),
    rebuild: await measure(simd.rebuild),
    rebuildJavaScript: await measure(javaScript.rebuild),
    split: await measure(simd.split),
    join: await measure(simd.join),
  };
}

/** Per second of processor time; the collector's and the compiler's count as well. */
function megabytesPerSecond(work: () => void, batchBytes: number, roundMs: number): number {
  const timesPerLook = Math.ceil(bytesPerLook / batchBytes);
  const start = process.cpuUsage();
  let bytes = 0;
  let elapsedUs = 0;
  while (elapsedUs < 1000 * roundMs) {
    for (let i = 0; i < timesPerLook; i++) work();
    bytes += timesPerLook * batchBytes;
    const { user, system } = process.cpuUsage(start);
    elapsedUs = user + system;
  }
  // A byte per microsecond is a megabyte per second.
  return bytes / elapsedUs;
}
