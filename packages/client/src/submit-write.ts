// One write, from its place in the queue to its end: admission, deadline and abort in one place. A write that was acknowledged early keeps
// its place until its outcome is known: what a client holds of writes is bounded, whatever they wait for.

import { performance } from 'node:perf_hooks';
import type { Acknowledgement } from '@balsa/wire';
import type { Admission, Entrant } from './admission.ts';
import { ClientError, type ClientErrorCode } from './errors.ts';
import type { GroupWriter } from './group-writer.ts';
import type { RequestLimits } from './requester.ts';
import type { WriteResult } from './write-operation.ts';

export interface AcknowledgedWrite {
  /** How far it had come when this was told: as far as was asked for, or further. */
  readonly acknowledged: Acknowledgement;
  /**
   * Resolves when it is applied; rejects with a `ClientError` if it was refused, or if its outcome will never be known. Until then the
   * client goes on sending it. Whoever does not look at it is not disturbed by it.
   */
  readonly confirmed: Promise<WriteResult>;
}

export interface WriteRequest {
  readonly bytes: number;
  readonly acknowledge: Acknowledgement;
  /** Called once the write is admitted, so that those that wait cost little. */
  readonly encode: () => Buffer;
}

type GiveUp = (code: ClientErrorCode, reason: string, options?: ErrorOptions) => void;

export async function submitWrite(
  admission: Admission,
  writer: GroupWriter,
  limits: RequestLimits,
  request: WriteRequest,
): Promise<AcknowledgedWrite> {
  const { deadlineMs, signal } = limits;
  let giveUp: GiveUp = () => {};
  const abort = (): void => giveUp('ABORTED', 'the write was aborted', { cause: signal?.reason });
  if (signal?.aborted) throw notSent('ABORTED', 'the write was aborted', { cause: signal.reason });
  const timer = setTimeout(
    () => giveUp('DEADLINE_EXCEEDED', 'no answer before the deadline'),
    deadlineMs - performance.now(),
  );
  signal?.addEventListener('abort', abort);
  try {
    await admitted(admission, request.bytes, (how) => {
      giveUp = how;
    });
    // Admission and this line are a microtask apart.
    if (signal?.aborted) {
      admission.release(request.bytes);
      throw notSent('ABORTED', 'the write was aborted', { cause: signal.reason });
    }
    return await send(admission, writer, deadlineMs, request, (how) => {
      giveUp = how;
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function admitted(admission: Admission, bytes: number, mayGiveUp: (giveUp: GiveUp) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const entrant: Entrant = {
      bytes,
      admitted: resolve,
      turnedAway: () => reject(notSent('CLOSED', 'the client was closed')),
    };
    mayGiveUp((code, reason, options) => {
      admission.leave(entrant);
      reject(notSent(code, reason, options));
    });
    admission.enter(entrant);
  });
}

/** Gives the place back when the outcome is known, whoever still waits for it. */
function send(
  admission: Admission,
  writer: GroupWriter,
  deadlineMs: number,
  { bytes, acknowledge, encode }: WriteRequest,
  mayGiveUp: (giveUp: GiveUp) => void,
): Promise<AcknowledgedWrite> {
  return new Promise((resolve, reject) => {
    let confirm: (result: WriteResult) => void = () => {};
    let deny: (error: ClientError) => void = reject;
    const operation = writer.submit(encodeOrRelease(admission, bytes, encode), deadlineMs, acknowledge, {
      accepted: (how) => {
        const confirmed = new Promise<WriteResult>((resolveOutcome, rejectOutcome) => {
          confirm = resolveOutcome;
          deny = rejectOutcome;
        });
        confirmed.catch(() => {});
        resolve({ acknowledged: how, confirmed });
      },
      settled: (result) => {
        admission.release(bytes);
        if (result instanceof ClientError) {
          deny(result);
          return;
        }
        confirm(result);
        resolve({ acknowledged: 'applied', confirmed: Promise.resolve(result) });
      },
    });
    mayGiveUp((code, reason, options) => writer.giveUp(operation, code, reason, options));
  });
}

function encodeOrRelease(admission: Admission, bytes: number, encode: () => Buffer): Buffer {
  try {
    return encode();
  } catch (error) {
    admission.release(bytes);
    throw error;
  }
}

function notSent(code: ClientErrorCode, reason: string, options?: ErrorOptions): ClientError {
  return new ClientError(code, reason, { outcome: 'rejected', ...options });
}
