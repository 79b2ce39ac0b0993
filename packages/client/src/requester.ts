// Requests that change nothing, so that they can be sent again anywhere until the deadline.

import { performance } from 'node:perf_hooks';
import { describeStatus } from '@balsa/wire';
import { ClientError } from './errors.ts';
import type { ProtocolConnection } from './protocol-connection.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Router } from './router.ts';

/** A node that has not answered within this long may be hung: another one may do better. */
const attemptTimeoutMsMax = 30_000;

export interface RequestLimits {
  /** On the clock of `performance.now()`. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Where a request may go; `undefined`: nowhere at the moment. */
export type Target = () => ProtocolConnection | undefined;

/** @throws ClientError REFUSED, DEADLINE_EXCEEDED, ABORTED, CLOSED. */
export async function request<Result>(
  router: Router,
  target: Target,
  limits: RequestLimits,
  send: (connection: ProtocolConnection, timeoutMs: number) => Promise<Result>,
): Promise<Result> {
  let lastFailure: ClientError | undefined;
  for (let attempt = 1; ; attempt++) {
    const connection = target();
    if (connection === undefined) {
      await waitFor<void>(limits, lastFailure, router, (done) => router.onChange(done));
      continue;
    }
    const remainingMs = Math.max(1, Math.ceil(limits.deadlineMs - performance.now()));
    try {
      const answer = send(connection, Math.min(remainingMs, attemptTimeoutMsMax));
      return await waitFor(limits, lastFailure, router, (done, fail) => {
        answer.then(done, fail);
        return () => {};
      });
    } catch (error) {
      if (!(error instanceof ClientError) || !isRetryable(error)) throw error;
      lastFailure = error;
    }
    await waitFor<void>(limits, lastFailure, router, (done) => {
      const timer = setTimeout(done, retryDelayMs(attempt));
      return () => clearTimeout(timer);
    });
  }
}

function isRetryable(error: ClientError): boolean {
  if (error.code === 'CONNECTION_LOST') return true;
  return error.code === 'REFUSED' && error.status !== undefined && describeStatus(error.status).retryable;
}

/** Waits for what `begin` starts (it returns how to stop it), but no longer than the limits allow. */
function waitFor<Result>(
  { deadlineMs, signal }: RequestLimits,
  lastFailure: ClientError | undefined,
  router: Router,
  begin: (done: (result: Result) => void, fail: (error: unknown) => void) => () => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cleanUp: (() => void)[] = [];
    const finish = (settle: () => void): void => {
      for (const step of cleanUp) step();
      settle();
    };
    const refuse = (code: 'DEADLINE_EXCEEDED' | 'ABORTED' | 'CLOSED', reason: string, cause: unknown): void => {
      const last = lastFailure?.message ?? router.failures();
      finish(() =>
        reject(new ClientError(code, `${reason}; last failure: ${last}`, { status: lastFailure?.status, cause })),
      );
    };
    const abort = (): void => refuse('ABORTED', 'the request was aborted', signal?.reason);
    if (signal?.aborted) {
      abort();
      return;
    }
    const timer = setTimeout(
      () => refuse('DEADLINE_EXCEEDED', 'no answer before the deadline', lastFailure),
      deadlineMs - performance.now(),
    );
    cleanUp.push(() => clearTimeout(timer));
    signal?.addEventListener('abort', abort);
    cleanUp.push(() => signal?.removeEventListener('abort', abort));
    cleanUp.push(router.onClose(() => refuse('CLOSED', 'the client was closed', undefined)));
    cleanUp.push(
      begin(
        (result) => finish(() => resolve(result)),
        (error) => finish(() => reject(error)),
      ),
    );
  });
}
