import { StatusCode } from '@balsa/wire';
import { expect, test } from 'vitest';
import { clientGone, endingInTime } from './ending-in-time.ts';

const staying = new AbortController().signal;

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

test('work ends when its time is over', async () => {
  await expect(endingInTime(5, staying, untilAborted)).rejects.toMatchObject({ status: StatusCode.QUERY_TIMEOUT });
});

test('work ends when whoever wants it has gone, also before it began', async () => {
  const gone = new AbortController();
  const work = endingInTime(60_000, gone.signal, untilAborted);
  gone.abort(clientGone());
  await expect(work).rejects.toThrow('whoever asked has gone');
  await expect(endingInTime(60_000, gone.signal, untilAborted)).rejects.toThrow('whoever asked has gone');
});

test('what is done in time is the result', async () => {
  await expect(endingInTime(60_000, staying, async () => 7)).resolves.toBe(7);
});
