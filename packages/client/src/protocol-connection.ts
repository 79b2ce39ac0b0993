// One connection to one node, at the level of the protocol: requests go out, answers come back. Nothing is retried
// here. Writes cost no promise, closure or object each, so that a load generator can drive a cluster with it.

import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import {
  type Acknowledgement,
  ClientFrame,
  clientProtocol,
  decodeCommandResult,
  FrameConnection,
  type FrameConnectionHandler,
  type NodeStatus,
  parseNodeStatus,
  type ReadConsistency,
  type ReadKind,
  readAccepted,
  readFailed,
  readLeaderNotice,
  readSessionOpened,
  readWelcome,
  StatusCode,
  type Welcome,
  WireError,
  writeHello,
  writeOpenSession,
  writeOverheadBytes,
  writeRead,
  writeStatus,
  writeWrite,
  writtenResultOffset,
} from '@balsa/wire';
import { parseAddress } from './address.ts';
import { ClientError } from './errors.ts';
import { PendingRequests } from './pending-requests.ts';
import {
  errorOf,
  type ProtocolConnectionOptions,
  type RequestFailure,
  type SessionPosition,
  type WriteSink,
} from './protocol-types.ts';

/** Hears of the answer to a request that is not a write: `start` is behind the request's id. */
interface AnswerSink {
  answered(type: number, bytes: Buffer, start: number, end: number): void;
  failed(token: number, failure: RequestFailure): void;
}

type Sink = WriteSink | AnswerSink;

const frameBytesMaxDefault = 64 * 1024 * 1024;
const queueBytesMaxDefault = 64 * 1024 * 1024;
const requestIdBytes = 4;
/** A node answers within the request's timeout. One that does not do so even after this is taken for dead. */
const answerGraceMs = 500;
const overdueLookMs = 100;

export class ProtocolConnection {
  readonly #options: ProtocolConnectionOptions;
  readonly #connection: FrameConnection;
  readonly #pending = new PendingRequests<Sink>();
  readonly #closed: Promise<void>;
  #overdueTimer: NodeJS.Timeout | undefined;
  #welcome: Welcome | undefined;
  /** Does the node's release tell of writes before they are applied? `undefined`: it has not told its status yet. */
  #tellsEarly: boolean | undefined;
  #asking: Promise<void> | undefined;

  private constructor(options: ProtocolConnectionOptions, onWelcome: (reason: WireError | undefined) => void) {
    this.#options = options;
    const { host, port } = parseAddress(options.address);
    let onClosed = (): void => {};
    this.#closed = new Promise((resolve) => {
      onClosed = resolve;
    });
    const handler: FrameConnectionHandler = {
      onConnect: () => this.#sayHello(),
      onFrame: (type, bytes, start, end) => {
        if (type !== ClientFrame.welcome) this.#onAnswer(type, bytes, start, end);
        else {
          this.#onWelcome(readWelcome(bytes, start, end));
          onWelcome(undefined);
        }
      },
      onRoom: () => options.onRoom?.(),
      onClose: (reason) => {
        onWelcome(reason ?? new WireError('CONNECTION_LOST', 'the connection was closed'));
        this.#onClose(reason);
        onClosed();
      },
    };
    this.#connection = new FrameConnection(
      connect({ host, port, noDelay: true }),
      {
        protocol: clientProtocol,
        frameBytesMax: options.frameBytesMax ?? frameBytesMaxDefault,
        queueBytesMax: options.queueBytesMax ?? queueBytesMaxDefault,
        helloTimeoutMs: options.timeoutMs ?? 5000,
      },
      handler,
    );
  }

  /** @throws ClientError CONNECT_FAILED, INVALID_ARGUMENT. */
  static async connect(options: ProtocolConnectionOptions): Promise<ProtocolConnection> {
    const { address, signal } = options;
    let giveUp = (): void => {};
    try {
      return await new Promise((resolve, reject) => {
        const connection: ProtocolConnection = new ProtocolConnection(options, (reason) => {
          if (reason === undefined) resolve(connection);
          else reject(new ClientError('CONNECT_FAILED', `${address}: ${reason.message}`, { cause: reason }));
        });
        giveUp = () => connection.#connection.destroy();
        signal?.addEventListener('abort', giveUp);
        if (signal?.aborted) giveUp();
      });
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  get address(): string {
    return this.#options.address;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** What the node said of itself. */
  get welcome(): Welcome {
    if (this.#welcome === undefined) throw new Error('the node has not said who it is');
    return this.#welcome;
  }

  /** Requests that are under way. */
  get pendingCount(): number {
    return this.#pending.count;
  }

  /**
   * Sends a command. The sink hears exactly once what became of it, never before this call has returned; and before that, if the node's
   * release knows how to, when it has come as far as `acknowledge` says. Returns false, and the sink hears nothing, if the queue for
   * sending is full, if the connection has ended, or if the node has yet to tell what its release knows: see `onRoom`.
   */
  write(
    position: SessionPosition,
    command: Uint8Array,
    timeoutMs: number,
    sink: WriteSink,
    token: number,
    acknowledge: Acknowledgement = 'applied',
  ): boolean {
    const bytes = writeOverheadBytes + command.length;
    if (!this.isOpen || !this.#connection.hasRoom(bytes)) return false;
    if (acknowledge !== 'applied' && this.#tellsEarly === undefined) {
      this.#asking ??= this.#askWhetherItTellsEarly();
      return false;
    }
    if (bytes > this.welcome.frameBytesMax) {
      // The node would close the connection, and with it everything else that is under way.
      setImmediate(() => sink.failed(token, tooLarge(bytes, this.welcome.frameBytesMax)));
      return true;
    }
    const { group, sessionId, sequence, acknowledgedBelow } = position;
    const requestId = this.#add(sink, token, timeoutMs);
    const asked = this.#tellsEarly === true ? acknowledge : 'applied';
    writeWrite(this.#connection, requestId, timeoutMs, group, sessionId, sequence, acknowledgedBelow, command, asked);
    return true;
  }

  /** Opens a session of a group and returns its id. @throws ClientError REFUSED, CONNECTION_LOST. */
  openSession(group: number, timeoutMs: number): Promise<number> {
    return this.#request(
      ClientFrame.sessionOpened,
      timeoutMs,
      (requestId) => writeOpenSession(this.#connection, requestId, timeoutMs, group),
      (bytes, start, end) => readSessionOpened(bytes, start - requestIdBytes, end).sessionId,
    );
  }

  /** Returns the encoded result. @throws ClientError REFUSED, CONNECTION_LOST. */
  read(
    group: number,
    kind: ReadKind,
    consistency: ReadConsistency,
    query: Uint8Array,
    timeoutMs: number,
  ): Promise<Buffer> {
    return this.#request(
      ClientFrame.readDone,
      timeoutMs,
      (requestId) => writeRead(this.#connection, requestId, timeoutMs, group, kind, consistency, query),
      (bytes, start, end) => bytes.subarray(start, end),
    );
  }

  /** @throws ClientError REFUSED, CONNECTION_LOST. */
  status(timeoutMs: number): Promise<NodeStatus> {
    return this.#request(
      ClientFrame.statusDone,
      timeoutMs,
      (requestId) => writeStatus(this.#connection, requestId, timeoutMs),
      (bytes, start, end) => {
        const status = parseNodeStatus(bytes.toString('utf8', start, end));
        this.#tellsEarly = status.earlyAcknowledgements ?? false;
        return status;
      },
    );
  }

  /** Sends what is queued; requests without an answer by then fail. Resolves when the socket is closed. */
  close(): Promise<void> {
    this.#connection.close();
    return this.#closed;
  }

  /** A node of an older release would close the connection at the sight of a frame that it does not know. */
  async #askWhetherItTellsEarly(): Promise<void> {
    try {
      await this.status(this.#options.timeoutMs ?? 5000);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      // With the connection, whoever waits goes elsewhere.
      if (error.code === 'CONNECTION_LOST') return;
      this.#tellsEarly = false;
    }
    this.#options.onRoom?.();
  }

  #request<Result>(
    answerType: number,
    timeoutMs: number,
    send: (requestId: number) => void,
    parse: (bytes: Buffer, start: number, end: number) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new ClientError('CONNECTION_LOST', `the connection to ${this.address} has ended`));
        return;
      }
      const sink: AnswerSink = {
        answered: (type, bytes, start, end) => {
          if (type !== answerType) throw new WireError('BYTES_MALFORMED', `an answer has the type ${type}`);
          resolve(parse(bytes, start, end));
        },
        failed: (_token, failure) => reject(errorOf(failure)),
      };
      send(this.#add(sink, 0, timeoutMs));
    });
  }

  #add(sink: Sink, token: number, timeoutMs: number): number {
    this.#overdueTimer ??= setInterval(() => this.#lookForOverdue(), overdueLookMs);
    return this.#pending.add(sink, token, performance.now() + timeoutMs + answerGraceMs);
  }

  #lookForOverdue(): void {
    if (this.#pending.count === 0) {
      clearInterval(this.#overdueTimer);
      this.#overdueTimer = undefined;
      return;
    }
    if (!this.#pending.isOverdue(performance.now())) return;
    this.#connection.destroy(new WireError('PEER_SILENT', `${this.address} did not answer a request in time`));
  }

  #sayHello(): void {
    const { frameBytesMax = frameBytesMaxDefault, name = 'balsa client' } = this.#options;
    writeHello(this.#connection, { frameBytesMax, name });
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#welcome !== undefined) throw new WireError('BYTES_MALFORMED', 'the node said welcome twice');
    this.#welcome = welcome;
    this.#connection.admit();
  }

  #onAnswer(type: number, bytes: Buffer, start: number, end: number): void {
    if (type === ClientFrame.leaderNotice) {
      const { group, leader } = readLeaderNotice(bytes, start, end);
      this.#options.onLeader?.(group, leader);
      return;
    }
    if (end - start < requestIdBytes) throw new WireError('BYTES_TRUNCATED', `an answer of type ${type} has no id`);
    const requestId = bytes.readUInt32LE(start);
    const sink = this.#pending.sinkOf(requestId);
    if (sink === undefined)
      throw new WireError('BYTES_MALFORMED', `request ${requestId}, which has an answer, got one`);
    if (type === ClientFrame.failed) {
      // Read before the request leaves the table: if it cannot be read, the close tells the request so.
      const failure = readFailed(bytes, start, end);
      sink.failed(this.#pending.remove(requestId), failure);
    } else if ('written' in sink) this.#onWritten(sink, requestId, type, bytes, start, end);
    else {
      sink.answered(type, bytes, start + requestIdBytes, end);
      this.#pending.remove(requestId);
    }
  }

  #onWritten(sink: WriteSink, requestId: number, type: number, bytes: Buffer, start: number, end: number): void {
    if (type === ClientFrame.accepted) {
      const { how } = readAccepted(bytes, start, end);
      sink.accepted?.(this.#pending.tokenOf(requestId), how);
      return;
    }
    if (type !== ClientFrame.written) throw new WireError('BYTES_MALFORMED', `a write got an answer of type ${type}`);
    const { status, message } = decodeCommandResult(bytes, start + writtenResultOffset, end);
    const index = bytes.readUInt32LE(start + requestIdBytes) + bytes.readUInt32LE(start + requestIdBytes + 4) * 2 ** 32;
    sink.written(this.#pending.remove(requestId), index, status, message);
  }

  #onClose(reason: WireError | undefined): void {
    clearInterval(this.#overdueTimer);
    const message = `lost the connection to ${this.address}: ${reason?.message ?? 'closed'}`;
    const failure: RequestFailure = { status: undefined, retryAfterMs: 0, leader: '', message };
    for (const { sink, token } of this.#pending.takeAll()) sink.failed(token, failure);
    this.#options.onClose?.(reason);
  }
}

function tooLarge(bytes: number, bytesMax: number): RequestFailure {
  const message = `a write of ${bytes} bytes is over the node's limit of ${bytesMax}: send smaller tablets`;
  return { status: StatusCode.REQUEST_TOO_LARGE, retryAfterMs: 0, leader: '', message };
}
