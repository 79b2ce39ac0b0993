import { setMaxListeners } from 'node:events';
import type { BalsaClient } from '@balsa/client';
import type { Tablet } from '@balsa/wire';
import { pointsOf } from './fleet.ts';

/** Enough writes at once to keep the log of every node busy; more would only wait. */
const IN_FLIGHT_MAX = 16;
const WRITE_TIMEOUT_MS = 30_000;

/**
 * Writes every tablet, many at a time, and gives the number of points acknowledged.
 * The first failure ends the import; nothing is in flight when this returns or throws.
 */
export async function importTablets(
  client: BalsaClient,
  tablets: Iterator<Tablet>,
  onPoints: (acknowledged: number) => void,
  signal: AbortSignal,
): Promise<number> {
  let acknowledged = 0;
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  // Every write in flight listens; Node would take more than ten for a leak.
  setMaxListeners(IN_FLIGHT_MAX * 2, either);

  const run = async () => {
    for (let next = tablets.next(); !next.done && !either.aborted; next = tablets.next()) {
      await client.insertTablet(next.value, { timeoutMs: WRITE_TIMEOUT_MS, signal: either });
      acknowledged += pointsOf(next.value);
      onPoints(acknowledged);
    }
  };

  const runs = Array.from({ length: IN_FLIGHT_MAX }, () => run().catch((error: unknown) => failure.abort(error)));
  await Promise.all(runs);
  signal.throwIfAborted();
  failure.signal.throwIfAborted();
  return acknowledged;
}
