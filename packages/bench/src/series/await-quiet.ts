import { sleepFor } from '../command/sleep-for.ts';
import { cpuTimeMs } from '../measure/cpu-time.ts';
import { folderBytes } from '../measure/folder-bytes.ts';
import type { ServerProcess } from '../targets/target.ts';
import type { Settling } from './series-target.ts';

const pollMs = 1_000;
const patienceMs = 120_000;
/** A process that does nothing has timers all the same. */
const idleShare = 0.05;

/**
 * Waits until the processes do nothing and their folder does not change, or patience ends: flushes and merges that run in the background have
 * no other sign in common.
 */
export async function awaitQuiet(
  processes: readonly ServerProcess[],
  folder: string,
  signal: AbortSignal,
): Promise<Settling> {
  const beganMs = performance.now();
  const elapsedMs = (): number => performance.now() - beganMs;
  for (let before = stateOf(processes, folder); ; ) {
    await sleepFor(pollMs, signal);
    const now = stateOf(processes, folder);
    const isIdle = now.cpuMs - before.cpuMs <= idleShare * (now.atMs - before.atMs) * processes.length;
    if (isIdle && now.bytes === before.bytes) return { seconds: elapsedMs() / 1000, isQuiet: true };
    if (elapsedMs() > patienceMs) return { seconds: elapsedMs() / 1000, isQuiet: false };
    before = now;
  }
}

function stateOf(
  processes: readonly ServerProcess[],
  folder: string,
): { readonly atMs: number; readonly cpuMs: number; readonly bytes: number } {
  const cpuMs = processes.reduce((sum, { pid }) => sum + (cpuTimeMs(pid) ?? 0), 0);
  return { atMs: performance.now(), cpuMs, bytes: folderBytes(folder) };
}
