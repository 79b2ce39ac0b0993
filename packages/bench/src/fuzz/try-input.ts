// One input on one target, and what it took.

import { getHeapStatistics } from 'node:v8';
import type { FuzzTarget, Refusal } from '@balsa/wire/fuzz';

/** One input may keep the processor this long, on a machine that may be busy: it is measured three times. */
const inputCpuMsMax = 1000;
const timeTries = 3;
/** One input may leave so much memory behind, garbage included: this, and so many times its own length. */
const inputMemoryBytesMax = 32 * 1024 * 1024;
const inputMemoryFactorMax = 64;

export interface Answer {
  readonly accepted: boolean;
  /** The promise that was broken. */
  readonly broken?: string;
  /** It takes seconds to try. */
  readonly isSlow: boolean;
  /** Equal for inputs that the target treats alike, as far as can be seen from outside. */
  readonly key: string;
}

/** Never rejects. The input is tried on a copy. */
export async function tryInput(target: FuzzTarget, input: Buffer): Promise<Answer> {
  const before = memoryBytes();
  const start = process.cpuUsage();
  const startMs = performance.now();
  let refusal: Refusal;
  let broken: string | undefined;
  try {
    refusal = await target.probe(Buffer.from(input));
  } catch (error) {
    broken = describe(error);
  }
  const memory = memoryBytes() - before;
  const cpuMs = cpuMsSince(start);
  const isSlow = performance.now() - startMs > inputCpuMsMax;
  const memoryMax = target.memoryBytesMax ?? inputMemoryBytesMax + inputMemoryFactorMax * input.length;
  if (broken === undefined && memory > memoryMax) broken = `it took ${memory} bytes of memory`;
  if (broken === undefined && cpuMs > inputCpuMsMax && (await isAlwaysSlow(target, input))) {
    broken = `it took ${Math.round(cpuMs)} ms`;
  }
  if (broken !== undefined) return { accepted: false, broken, isSlow, key: '' };
  const key = refusal?.replaceAll(/\d+|"[^"]*"/g, '') ?? `accepted ${Math.round(Math.log2(input.length + 1))}`;
  return { accepted: refusal === undefined, isSlow, key };
}

async function isAlwaysSlow(target: FuzzTarget, input: Buffer): Promise<boolean> {
  for (let left = timeTries - 1; left > 0; left--) {
    const start = process.cpuUsage();
    await target.probe(Buffer.from(input));
    if (cpuMsSince(start) <= inputCpuMsMax) return false;
  }
  return true;
}

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Objects, and buffers beside the heap. */
function memoryBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
