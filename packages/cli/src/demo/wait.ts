import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';

const POLL_INTERVAL_MS = 20;

/**
 * Asks again and again until there is an answer.
 * @throws CliError TOUR_STALLED after `timeoutMs`, naming `what` was waited for; the signal's reason once it is aborted.
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadlineMs) {
      throw new CliError('TOUR_STALLED', `waited ${timeoutMs / 1000} s in vain for ${what}: see the logs of the nodes`);
    }
    await pause(POLL_INTERVAL_MS, signal);
  }
}

/** @throws the signal's reason, as soon as it is aborted. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
