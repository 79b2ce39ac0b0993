// One call of `insertTablet`, from its place in the queue to its end: admission, deadline and abort in one place.

import { performance } from 'node:perf_hooks';
import type { Admission, Entrant } from './admission.ts';
import { ClientError, type ClientErrorCode } from './errors.ts';
import type { GroupWriter } from './group-writer.ts';
import type { RequestLimits } from './requester.ts';
import type { WriteOperation, WriteResult } from './write-operation.ts';

/** `encode` is called once the write is admitted, so that those that wait cost little. */
export async function submitWrite(
  admission: Admission,
  writer: GroupWriter,
  limits: RequestLimits,
  bytes: number,
  encode: () => Buffer,
): Promise<WriteResult> {
  const { deadlineMs, signal } = limits;
  let giveUp: (code: ClientErrorCode, reason: string, options?: ErrorOptions) => void = () => {};
  const abort = (): void => giveUp('ABORTED', 'the write was aborted', { cause: signal?.reason });
  if (signal?.aborted) throw notSent('ABORTED', 'the write was aborted', { cause: signal.reason });
  const timer = setTimeout(
    () => giveUp('DEADLINE_EXCEEDED', 'no answer before the deadline'),
    deadlineMs - performance.now(),
  );
  signal?.addEventListener('abort', abort);
  try {
    await new Promise<void>((resolve, reject) => {
      const entrant: Entrant = {
        bytes,
        admitted: resolve,
        turnedAway: () => reject(notSent('CLOSED', 'the client was closed')),
      };
      giveUp = (code, reason, options) => {
        admission.leave(entrant);
        reject(notSent(code, reason, options));
      };
      admission.enter(entrant);
    });
    try {
      // Admission and this line are a microtask apart.
      if (signal?.aborted) throw notSent('ABORTED', 'the write was aborted', { cause: signal.reason });
      return await send(writer, encode(), deadlineMs, (operation) => {
        giveUp = (code, reason, options) => writer.giveUp(operation, code, reason, options);
      });
    } finally {
      admission.release(bytes);
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function send(
  writer: GroupWriter,
  command: Buffer,
  deadlineMs: number,
  started: (operation: WriteOperation) => void,
): Promise<WriteResult> {
  return new Promise((resolve, reject) => {
    const operation = writer.submit(command, deadlineMs, (result) => {
      if (result instanceof ClientError) reject(result);
      else resolve(result);
    });
    started(operation);
  });
}

function notSent(code: ClientErrorCode, reason: string, options?: ErrorOptions): ClientError {
  return new ClientError(code, reason, { outcome: 'rejected', ...options });
}
