// All writes of one client to one group: in one session, pipelined, each sent again under its own sequence until it has
// an answer or its deadline has passed. The node applies a sequence once, however often it comes; so a retry cannot
// write twice. Only when the session itself is lost can nobody tell what became of what was under way. What somebody was told of early
// is sent again for as long as it takes, for a leader that is lost may have taken it along (docs/weak-writes.md).

import { performance } from 'node:perf_hooks';
import {
  type Acknowledgement,
  describeStatus,
  type EarlyAcknowledgement,
  StatusCode,
  sessionWindowMax,
} from '@balsa/wire';
import { ClientError, type ClientErrorCode } from './errors.ts';
import type { ProtocolConnection } from './protocol-connection.ts';
import type { RequestFailure, WriteSink } from './protocol-types.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Router } from './router.ts';
import { Session } from './session.ts';
import { WriteOperation, type WriteWaiter } from './write-operation.ts';

/** A node that has not answered within this long may be hung: another one may do better. */
const attemptTimeoutMsMax = 2000;

export class GroupWriter implements WriteSink {
  readonly #group: number;
  readonly #router: Router;
  readonly #stopListening: () => void;
  /** Every operation that is not settled, by its token. */
  readonly #operations = new Map<number, WriteOperation>();
  /** Those that wait for a session, for room in its window, or for a connection; in order. */
  readonly #unsent = new Set<WriteOperation>();
  /** Those whose attempt is under way. */
  readonly #underWay = new Set<WriteOperation>();
  #session: Session | undefined;
  #opening = false;
  #openTimer: NodeJS.Timeout | undefined;
  #openFailures = 0;
  /** Sessions lost in a row, none of which has brought an answer. */
  #sessionsLost = 0;
  #nextToken = 0;
  #isDraining = false;
  #onDrained: () => void = () => {};
  #isClosed = false;

  constructor(group: number, router: Router) {
    this.#group = group;
    this.#router = router;
    this.#stopListening = router.onChange(() => this.#pump());
  }

  /** Operations of which somebody was told early, and whose outcome is not known yet. */
  get unconfirmed(): number {
    let unconfirmed = 0;
    for (const operation of this.#operations.values()) if (operation.isAccepted) unconfirmed++;
    return unconfirmed;
  }

  /** Sends the command as soon as possible; `waiter` hears what becomes of it. Returns the operation's handle. */
  submit(command: Uint8Array, deadlineMs: number, acknowledge: Acknowledgement, waiter: WriteWaiter): WriteOperation {
    const operation = new WriteOperation(command, deadlineMs, this.#nextToken++, acknowledge, waiter);
    this.#operations.set(operation.token, operation);
    this.#unsent.add(operation);
    if (this.#isDraining) this.giveUp(operation, 'CLOSED', 'the client was closed');
    else this.#pump();
    return operation;
  }

  /** Stops trying, unless somebody was told of it early. What is under way may still be applied. */
  giveUp(operation: WriteOperation, code: ClientErrorCode, reason: string, options?: ErrorOptions): void {
    if (!operation.isAccepted) this.#giveUp(operation, code, reason, options);
  }

  /**
   * Takes nothing more, and gives up what nobody was told of. Resolves when the outcome of the rest is known, or after so long, with how
   * many are left.
   */
  async drain(timeoutMs: number): Promise<number> {
    this.#isDraining = true;
    for (const operation of [...this.#operations.values()]) {
      this.giveUp(operation, 'CLOSED', 'the client was closed');
    }
    if (this.#operations.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#onDrained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#operations.size;
  }

  #giveUp(operation: WriteOperation, code: ClientErrorCode, reason: string, options?: ErrorOptions): void {
    if (!this.#operations.has(operation.token)) return;
    if (this.#underWay.has(operation)) operation.noteAbandoned();
    this.#remove(operation);
    operation.fail(code, reason, options);
    this.#pump();
  }

  /** Gives up everything. */
  close(): void {
    this.#isDraining = true;
    this.#isClosed = true;
    this.#stopListening();
    clearTimeout(this.#openTimer);
    for (const operation of [...this.#operations.values()]) this.#giveUp(operation, 'CLOSED', 'the client was closed');
  }

  accepted(token: number, how: EarlyAcknowledgement): void {
    this.#operations.get(token)?.accept(how);
  }

  written(token: number, index: number, status: number, message: string): void {
    const operation = this.#operations.get(token);
    if (operation === undefined) return;
    this.#remove(operation);
    this.#sessionsLost = 0;
    if (status === StatusCode.SUCCESS) operation.succeed(index);
    else operation.refuse(status, message);
    this.#pump();
  }

  failed(token: number, failure: RequestFailure): void {
    const operation = this.#operations.get(token);
    if (operation === undefined) return;
    this.#underWay.delete(operation);
    const { status } = failure;
    if (status === StatusCode.SESSION_UNKNOWN) {
      this.#sessionLost(operation, failure);
      return;
    }
    const description = status === undefined ? undefined : describeStatus(status);
    operation.noteFailure(failure, description?.outcome ?? 'unknown');
    if (status !== undefined) this.#router.learnLeader(this.#group, failure.leader);
    if (description === undefined || description.retryable) this.#retryLater(operation, failure.retryAfterMs);
    else this.#refused(operation, failure);
  }

  #refused(operation: WriteOperation, failure: RequestFailure): void {
    this.#remove(operation);
    operation.fail('REFUSED', failure.message);
    this.#pump();
  }

  /**
   * The node does not know the session: it ended while it was idle, or there were too many. What cannot have been applied
   * in it goes on under a new one.
   */
  #sessionLost(operation: WriteOperation, failure: RequestFailure): void {
    if (this.#session === operation.session) {
      this.#session = undefined;
      // Where there are too many, clients that open them as fast as they can only end each other's.
      if (++this.#sessionsLost > 1) this.#openNoneFor(retryDelayMs(this.#sessionsLost - 1));
    }
    operation.noteFailure(failure, 'rejected');
    if (operation.mayBeApplied) {
      this.#remove(operation);
      operation.fail(
        'OUTCOME_UNKNOWN',
        'the session ended while the write was under way: it was applied once or not at all',
      );
    } else {
      operation.session = undefined;
      this.#unsent.add(operation);
    }
    this.#pump();
  }

  #retryLater(operation: WriteOperation, atLeastMs: number): void {
    operation.retryTimer = setTimeout(
      () => {
        this.#unsent.add(operation);
        this.#pump();
      },
      retryDelayMs(operation.attempts, atLeastMs),
    );
  }

  /** Sends what can be sent. */
  #pump(): void {
    if (this.#unsent.size === 0 || this.#isClosed) return;
    if (this.#session === undefined) this.#openSession();
    for (const operation of this.#unsent) {
      if (!this.#assign(operation)) continue;
      const connection = this.#router.take(this.#group);
      if (connection === undefined || !this.#send(operation, connection)) return;
    }
  }

  /** Gives the operation its place in the session; false if there is none now. */
  #assign(operation: WriteOperation): boolean {
    if (operation.session !== undefined) return true;
    const sequence = this.#session?.window.take();
    if (sequence === undefined) return false;
    operation.session = this.#session;
    operation.sequence = sequence;
    return true;
  }

  #send(operation: WriteOperation, connection: ProtocolConnection): boolean {
    const { session, sequence, command } = operation;
    if (session === undefined) return false;
    const { acknowledgedBelow } = session.window;
    const position = { group: this.#group, sessionId: session.id, sequence, acknowledgedBelow };
    const timeoutMs = Math.min(operation.remainingMs(performance.now()), attemptTimeoutMsMax);
    if (!connection.write(position, command, timeoutMs, this, operation.token, operation.acknowledge)) return false;
    this.#unsent.delete(operation);
    this.#underWay.add(operation);
    operation.attempts++;
    return true;
  }

  #openSession(): void {
    if (this.#opening) return;
    const connection = this.#router.take(this.#group);
    if (connection === undefined) return;
    this.#opening = true;
    connection.openSession(this.#group, attemptTimeoutMsMax).then(
      (id) => {
        this.#opening = false;
        this.#openFailures = 0;
        this.#session = new Session(id, sessionWindowMax);
        this.#pump();
      },
      (error: unknown) => this.#openFailed(error),
    );
  }

  #openFailed(error: unknown): void {
    const failure = failureOf(error);
    const waiting = Array.from(this.#unsent).filter(({ session }) => session === undefined);
    for (const operation of waiting) operation.noteFailure(failure, 'rejected');
    if (failure.status !== undefined && !describeStatus(failure.status).retryable) {
      this.#opening = false;
      for (const operation of waiting) this.#giveUp(operation, 'REFUSED', 'no session could be opened');
      return;
    }
    this.#openNoneFor(retryDelayMs(++this.#openFailures));
  }

  #openNoneFor(delayMs: number): void {
    this.#opening = true;
    this.#openTimer = setTimeout(() => {
      this.#opening = false;
      this.#pump();
    }, delayMs);
  }

  #remove(operation: WriteOperation): void {
    clearTimeout(operation.retryTimer);
    this.#operations.delete(operation.token);
    this.#unsent.delete(operation);
    this.#underWay.delete(operation);
    operation.session?.window.settle(operation.sequence);
    if (this.#operations.size === 0) this.#onDrained();
  }
}

function failureOf(error: unknown): RequestFailure {
  return {
    status: error instanceof ClientError ? error.status : undefined,
    retryAfterMs: 0,
    leader: '',
    message: error instanceof Error ? error.message : String(error),
  };
}
