import { StatusCode } from '@balsa/wire';
import { Refusal } from './refusal.ts';

const lateRead = (): Refusal =>
  new Refusal(StatusCode.QUERY_TIMEOUT, 'the read did not end in time: ask for less, or wait longer');

/**
 * Work whose signal fires when its time is over, or when whoever wants it has gone: `gone` fires with a reason then. `late`: what it fires
 * with if the work is no read.
 */
export async function endingInTime<T>(
  timeoutMs: number,
  gone: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => Refusal = lateRead,
): Promise<T> {
  const ending = new AbortController();
  const onGone = (): void => ending.abort(gone.reason);
  if (gone.aborted) onGone();
  gone.addEventListener('abort', onGone, { once: true });
  const timer = setTimeout(() => ending.abort(late()), timeoutMs);
  try {
    return await work(ending.signal);
  } finally {
    clearTimeout(timer);
    gone.removeEventListener('abort', onGone);
  }
}

/** Why what a client wanted ends when the client has gone. Nobody hears it. */
export function clientGone(): Refusal {
  return new Refusal(StatusCode.EXECUTE_STATEMENT_ERROR, 'whoever asked has gone');
}
