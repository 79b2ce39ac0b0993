import { StatusCode } from '@balsa/wire';
import { Refusal } from './refusal.ts';

/** Work whose signal fires when its time is over, or when whoever wants it has gone: `gone` fires with a reason then. */
export async function endingInTime<T>(
  timeoutMs: number,
  gone: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const onGone = (): void => ending.abort(gone.reason);
  if (gone.aborted) onGone();
  gone.addEventListener('abort', onGone, { once: true });
  const late = new Refusal(StatusCode.QUERY_TIMEOUT, 'the read did not end in time: ask for less, or wait longer');
  const timer = setTimeout(() => ending.abort(late), timeoutMs);
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
