import { setTimeout as sleep } from 'node:timers/promises';

/** Throws the signal's reason, where the timer of Node would throw one of its own. */
export async function sleepFor(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
