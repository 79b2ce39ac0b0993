// A client that says exactly what a test wants, frame by frame.

import { connect, type Socket } from 'node:net';
import {
  type Accepted,
  ClientFrame,
  clientProtocol,
  decodeCommandResult,
  FrameConnection,
  readAccepted,
  readFailed,
  readLeaderNotice,
  readSessionOpened,
  readWelcome,
  type WireError,
  writeHello,
  writtenResultOffset,
} from '@balsa/wire';
import { mustParseAddress } from '../address.ts';

export type RawAnswer =
  | { readonly kind: 'written'; readonly status: number; readonly index: number }
  | { readonly kind: 'sessionOpened'; readonly sessionId: number }
  | {
      readonly kind: 'failed';
      readonly status: number;
      readonly message: string;
      readonly leader: string;
      readonly retryAfterMs: number;
    }
  | { readonly kind: 'body'; readonly bytes: Buffer }
  /** The connection closed first. */
  | { readonly kind: 'lost' };

export class RawClient {
  readonly connection: FrameConnection;
  /** Resolves with the reason when the connection has closed. */
  readonly closed: Promise<WireError | undefined>;
  /** Leaders that the node has named unasked. */
  readonly leaders: string[] = [];
  /** What it has told of writes before it answered them. */
  readonly accepted: Accepted[] = [];
  readonly #answers = new Map<number, (answer: RawAnswer) => void>();
  #nextRequestId = 1;

  private constructor(socket: Socket, frameBytesMax: number, onWelcome: () => void) {
    let onClose: (reason: WireError | undefined) => void = () => {};
    this.closed = new Promise((resolve) => {
      onClose = resolve;
    });
    this.connection = new FrameConnection(
      socket,
      { protocol: clientProtocol, frameBytesMax, queueBytesMax: frameBytesMax },
      {
        onConnect: () => writeHello(this.connection, { frameBytesMax, name: 'test' }),
        onFrame: (type, bytes, start, end) => {
          if (type === ClientFrame.welcome) {
            readWelcome(bytes, start, end);
            this.connection.admit();
            onWelcome();
          } else if (type === ClientFrame.leaderNotice) {
            this.leaders.push(readLeaderNotice(bytes, start, end).leader);
          } else if (type === ClientFrame.accepted) {
            this.accepted.push(readAccepted(bytes, start, end));
          } else {
            this.#onAnswer(type, bytes, start, end);
          }
        },
        onClose: (reason) => {
          for (const answer of this.#answers.values()) {
            answer({ kind: 'lost' });
          }
          onClose(reason);
        },
      },
    );
  }

  /** Rejects with the reason if the connection closes before the welcome. */
  static connect(address: string, frameBytesMax: number = 16 * 1024 * 1024): Promise<RawClient> {
    const { host, port } = mustParseAddress(address);
    return new Promise((resolve, reject) => {
      const client: RawClient = new RawClient(connect({ host, port }), frameBytesMax, () => resolve(client));
      client.closed.then(reject, reject);
    });
  }

  /** `send` puts one request with the given id on the connection; resolves with its answer. */
  ask(send: (connection: FrameConnection, requestId: number) => void): Promise<RawAnswer> {
    const requestId = this.#nextRequestId++;
    return new Promise((resolve) => {
      this.#answers.set(requestId, resolve);
      send(this.connection, requestId);
    });
  }

  async close(): Promise<void> {
    this.connection.close();
    await this.closed;
  }

  #onAnswer(type: number, bytes: Buffer, start: number, end: number): void {
    const answer = this.#answers.get(bytes.readUInt32LE(start));
    this.#answers.delete(bytes.readUInt32LE(start));
    answer?.(decode(type, bytes, start, end));
  }
}

function decode(type: number, bytes: Buffer, start: number, end: number): RawAnswer {
  switch (type) {
    case ClientFrame.failed:
      return { kind: 'failed', ...readFailed(bytes, start, end) };
    case ClientFrame.sessionOpened:
      return { kind: 'sessionOpened', sessionId: readSessionOpened(bytes, start, end).sessionId };
    case ClientFrame.written: {
      const { status } = decodeCommandResult(bytes, start + writtenResultOffset, end);
      return { kind: 'written', status, index: bytes.readUInt32LE(start + 4) };
    }
    default:
      return { kind: 'body', bytes: bytes.subarray(start + 4, end) };
  }
}
