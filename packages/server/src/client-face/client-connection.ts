// One client's connection: requests in, answers out, in any order. Writes take the short path: from the frame straight
// into the group's batch, and from its outcome straight into the connection's outgoing buffer.

import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { NodeId } from '@balsa/raft';
import type { ReplicaErrorCode } from '@balsa/replica';
import {
  ClientFrame,
  clientProtocol,
  type EarlyAcknowledgement,
  FrameConnection,
  type FrameConnectionHandler,
  ReadConsistency,
  ReadKind,
  type ReadRequest,
  readHello,
  readOpenSession,
  readRead,
  readStatus,
  readWrite,
  StatusCode,
  WireError,
  type WriteRequest,
  writeAccepted,
  writeFailed,
  writeLeaderNotice,
  writeReadDone,
  writeSessionOpened,
  writeStatusDone,
  writeWelcome,
  writeWritten,
} from '@balsa/wire';
import type { MemberConfig } from '../config/node-config.ts';
import { askAsClient } from '../elsewhere/ask-as-client.ts';
import { isForOthers } from '../elsewhere/other-members.ts';
import { ByteBudget } from '../service/byte-budget.ts';
import { Consistency } from '../service/consistency.ts';
import { clientGone, endingInTime } from '../service/ending-in-time.ts';
import { Refusal } from '../service/refusal.ts';
import { Slots } from '../service/slots.ts';
import { describeFault, refusalFor, translateReplicaCode } from '../service/status-of-error.ts';
import type { WriteSink } from '../service/write-path.ts';
import type { ClientFaceContext } from './context.ts';
import { PendingWrites } from './pending-writes.ts';
import { runRead } from './run-read.ts';

/** What a request other than a write counts for while it is under way, beside its own bytes. */
const requestOverheadBytes = 1024;
const retryAfterMs = 20;
/** Answers of one connection that are computed at the same time, and may be in memory. */
const readsAtOnceMax = 4;

export class ClientConnection implements FrameConnectionHandler, WriteSink {
  readonly #context: ClientFaceContext;
  readonly #connection: FrameConnection;
  readonly #budget: ByteBudget;
  readonly #pending = new PendingWrites();
  readonly #onClosed: () => void;
  readonly #remote: string;
  /** Fires when the client has gone. */
  readonly #gone = new AbortController();
  readonly #reads = new Slots(readsAtOnceMax);
  #welcomed = false;
  #clientFrameBytesMax = 0;
  #clientName = '';
  #waitingForRoom: (() => void)[] = [];

  constructor(socket: Socket, context: ClientFaceContext, onClosed: () => void) {
    const { frameBytesMax, connectionInFlightBytesMax } = context.limits;
    this.#context = context;
    this.#onClosed = onClosed;
    this.#budget = new ByteBudget(connectionInFlightBytesMax, context.budget);
    this.#connection = new FrameConnection(
      socket,
      { protocol: clientProtocol, frameBytesMax, queueBytesMax: frameBytesMax, pauseReadsWhenFull: true },
      this,
    );
    this.#remote = this.#connection.remoteAddress;
    // One for each read that is under way, of which there may be many.
    setMaxListeners(0, this.#gone.signal);
  }

  /** Tells the client who leads now, unasked, so that it need not learn it from refusals. */
  noticeLeader(leader: NodeId | undefined): void {
    if (this.#welcomed) {
      const { writes, clientAddressOf } = this.#context;
      writeLeaderNotice(this.#connection, { group: writes.group, leader: clientAddressOf(leader) });
    }
  }

  /** Sends what is queued, then closes. */
  close(): void {
    this.#connection.close();
  }

  onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    if ((type === ClientFrame.write || type === ClientFrame.writeEarly) && this.#welcomed) {
      this.#write(readWrite(bytes, start, end, type));
    } else if (type === ClientFrame.hello || !this.#welcomed) {
      this.#hello(type, bytes, start, end);
    } else if (type === ClientFrame.read) {
      const request = readRead(bytes, start, end);
      this.#answer(request.requestId, request.query.length, () => this.#read(request));
    } else if (type === ClientFrame.openSession) {
      const { requestId, timeoutMs, group } = readOpenSession(bytes, start, end);
      this.#answer(requestId, 0, () => this.#openSession(requestId, timeoutMs, group));
    } else if (type === ClientFrame.status) {
      writeStatusDone(this.#connection, readStatus(bytes, start, end).requestId, this.#context.service.status());
    } else {
      throw new WireError('BYTES_MALFORMED', `frame type ${type} is not known here`);
    }
  }

  onRoom(): void {
    const waiting = this.#waitingForRoom;
    this.#waitingForRoom = [];
    for (const resume of waiting) {
      resume();
    }
  }

  onClose(reason: WireError | undefined): void {
    this.#gone.abort(clientGone());
    this.onRoom();
    const quiet = reason === undefined || reason.code === 'CONNECTION_LOST';
    this.#context.log(quiet ? 'debug' : 'warn', reason?.code ?? 'CLIENT_CLOSED', reason?.message ?? 'closed', {
      remote: this.#remote,
      client: this.#clientName,
    });
    this.#onClosed();
  }

  accepted(token: number, how: EarlyAcknowledgement): void {
    writeAccepted(this.#connection, { requestId: this.#pending.requestIdOf(token), how });
  }

  completed(token: number, index: number, result: Uint8Array): void {
    writeWritten(this.#connection, this.#pending.requestIdOf(token), index, result);
    this.#budget.giveBack(this.#pending.remove(token));
  }

  failed(token: number, code: ReplicaErrorCode, leader: NodeId | undefined): void {
    const { status, message } = translateReplicaCode(code);
    this.#failWrite(token, status, message, leader);
  }

  refused(token: number, error: unknown): void {
    const { status, message } = this.#refusalFor(error);
    this.#failWrite(token, status, message, undefined);
  }

  #hello(type: number, bytes: Buffer, start: number, end: number): void {
    if (type !== ClientFrame.hello || this.#welcomed) {
      throw new WireError('BYTES_MALFORMED', 'a client says hello once, before anything else');
    }
    const hello = readHello(bytes, start, end);
    this.#clientFrameBytesMax = hello.frameBytesMax;
    this.#clientName = hello.name;
    this.#welcomed = true;
    this.#connection.admit();
    const { nodeId, version, cluster, limits } = this.#context;
    writeWelcome(this.#connection, { nodeId, frameBytesMax: limits.frameBytesMax, version, cluster });
    this.noticeLeader(this.#context.writes.leader);
  }

  #write({ requestId, timeoutMs, group, acknowledge, payload }: WriteRequest): void {
    const { writes, limits } = this.#context;
    if (group !== writes.group) {
      this.#refuse(requestId, StatusCode.GROUP_UNKNOWN, `clients write to group ${writes.group}`);
      return;
    }
    if (payload.length > limits.proposalBytesMax) {
      const message = `a write of ${payload.length} bytes is over the limit of ${limits.proposalBytesMax}; send smaller ones`;
      this.#refuse(requestId, StatusCode.REQUEST_TOO_LARGE, message);
      return;
    }
    if (!this.#budget.tryTake(payload.length)) {
      this.#refuse(requestId, StatusCode.WRITE_PROCESS_REJECT, 'too many bytes are under way; wait and send again');
      return;
    }
    const token = this.#pending.add(requestId, payload.length);
    writes.submit(payload, timeoutMs, this, token, acknowledge);
  }

  async #openSession(requestId: number, timeoutMs: number, group: number): Promise<void> {
    const { writes } = this.#context;
    if (group !== writes.group) {
      throw new Refusal(StatusCode.GROUP_UNKNOWN, `clients write to group ${writes.group}`);
    }
    writeSessionOpened(this.#connection, requestId, await writes.openSession(timeoutMs));
  }

  async #read(request: ReadRequest): Promise<void> {
    const { others } = this.#context;
    const deadlineMs = performance.now() + request.timeoutMs;
    await endingInTime(request.timeoutMs, this.#gone.signal, async (signal) => {
      try {
        await this.#readHere(request, signal);
      } catch (error) {
        const { kind, consistency } = request;
        const mayAsk = kind !== ReadKind.statistics && consistency === ReadConsistency.linearizable;
        if (!mayAsk || !isForOthers(error)) throw error;
        const askOne = ({ client }: MemberConfig): Promise<Buffer | undefined> => {
          const timeoutMs = Math.max(1, Math.ceil(deadlineMs - performance.now()));
          return askAsClient(client, request, { timeoutMs, frameBytesMax: this.#clientFrameBytesMax, signal });
        };
        const isAnswered = await this.#reads.run(() => this.#answerRead(request, () => others.ask(signal, askOne)));
        if (!isAnswered) throw error;
      }
    });
  }

  async #readHere(request: ReadRequest, signal: AbortSignal): Promise<void> {
    const { service } = this.#context;
    const { kind, timeoutMs } = request;
    const local = request.consistency === ReadConsistency.local;
    await service.readBarrier({ consistency: local ? Consistency.local : Consistency.linearizable, timeoutMs });
    const answer = (): Promise<boolean> => this.#answerRead(request, () => runRead(service, request, signal));
    // Statistics are small, and may take long: others do not wait for them.
    await (kind === ReadKind.statistics ? answer() : this.#reads.run(answer));
  }

  /** Returns whether there was an answer. */
  async #answerRead({ requestId }: ReadRequest, read: () => Promise<Buffer | undefined>): Promise<boolean> {
    // An answer is only computed when there is room for it, so a slow reader costs no memory.
    while (this.#connection.isOpen && !this.#connection.hasRoom(0)) {
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve));
    }
    if (!this.#connection.isOpen) return true;
    const result = await read();
    if (result === undefined) return false;
    if (result.length + requestOverheadBytes > this.#clientFrameBytesMax) {
      const message = `an answer of ${result.length} bytes is over the client's frame limit; ask for less at a time`;
      throw new Refusal(StatusCode.REQUEST_TOO_LARGE, message);
    }
    writeReadDone(this.#connection, requestId, result);
    return true;
  }

  /** Runs a request that takes its time; whatever it throws is its answer. */
  #answer(requestId: number, bytes: number, work: () => Promise<void>): void {
    const cost = bytes + requestOverheadBytes;
    if (!this.#budget.tryTake(cost)) {
      this.#refuse(requestId, StatusCode.WRITE_PROCESS_REJECT, 'too many requests are under way; wait and send again');
      return;
    }
    work()
      .catch((error: unknown) => {
        const refusal = this.#refusalFor(error);
        this.#refuse(requestId, refusal.status, refusal.message);
      })
      .finally(() => this.#budget.giveBack(cost));
  }

  #failWrite(token: number, status: StatusCode, message: string, leader: NodeId | undefined): void {
    this.#refuse(this.#pending.requestIdOf(token), status, message, leader);
    this.#budget.giveBack(this.#pending.remove(token));
  }

  #refuse(requestId: number, status: StatusCode, message: string, leader?: NodeId): void {
    const retry = status === StatusCode.WRITE_PROCESS_REJECT ? retryAfterMs : 0;
    const address = this.#context.clientAddressOf(leader ?? this.#context.writes.leader);
    writeFailed(this.#connection, { requestId, status, retryAfterMs: retry, leader: address, message });
  }

  #refusalFor(error: unknown): Refusal {
    const refusal = refusalFor(error);
    if (refusal.status === StatusCode.INTERNAL_SERVER_ERROR) {
      this.#context.log('error', 'REQUEST_FAULT', describeFault(error), { remote: this.#remote });
    }
    return refusal;
  }
}
