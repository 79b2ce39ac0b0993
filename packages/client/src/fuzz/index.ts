// What a node, or whoever answers at its address, may send to a client.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  clientProtocol,
  encodeCommandResult,
  encodePreamble,
  FrameQueue,
  type FrameSink,
  ReadConsistency,
  ReadKind,
  StatusCode,
  writeAccepted,
  writeFailed,
  writeLeaderNotice,
  writeReadDone,
  writeSessionOpened,
  writeStatusDone,
  writeWelcome,
  writeWritten,
} from '@balsa/wire';
import { expectRefusal, FuzzFinding, type FuzzTarget, type Refusal } from '@balsa/wire/fuzz';
import { ClientError } from '../errors.ts';
import { ProtocolConnection } from '../protocol-connection.ts';
import type { WriteSink } from '../protocol-types.ts';

const position = { group: 1, sessionId: 9, sequence: 1, acknowledgedBelow: 1 };
const timeoutMs = 60_000;
const settleMsMax = 15_000;
const result = encodeCommandResult(StatusCode.SUCCESS);
const status = {
  nodeId: 1,
  version: '0.1.0',
  uptimeMs: 5,
  health: 'ready',
  members: [],
  groups: [],
  log: { flushes: 1, bytes: 1 },
} as const;

/** The ids of the requests that `converse` makes, in its order. */
const [writeId, readId, sessionId, statusId] = [0, 1, 2, 3];
const failure = { status: StatusCode.WRITE_PROCESS_REJECT, retryAfterMs: 5, leader: 'a:1', message: 'wait' };

/** Input: what the node sends once it has said welcome and four requests are under way. */
class AnswerTarget implements FuzzTarget {
  readonly name = 'client/answers';
  readonly corpus: readonly Buffer[] = [
    framesOf((sink) => {
      writeAccepted(sink, { requestId: writeId, how: 'weak' });
      writeWritten(sink, writeId, 2 ** 40, result);
      writeReadDone(sink, readId, Buffer.from('a result'));
      writeSessionOpened(sink, sessionId, 77);
      writeStatusDone(sink, statusId, status);
    }),
    framesOf((sink) => {
      writeLeaderNotice(sink, { group: 1, leader: '10.0.0.2:7101' });
      for (const requestId of [writeId, readId, sessionId, statusId]) writeFailed(sink, { requestId, ...failure });
    }),
  ];
  #server: Promise<Server> | undefined;

  async probe(input: Buffer): Promise<Refusal> {
    this.#server ??= listen();
    const server = await this.#server;
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    let reason: Refusal;
    const connection = await ProtocolConnection.connect({
      address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      frameBytesMax: 65536,
      onClose: (error) => {
        reason = error?.code === 'CONNECTION_LOST' ? undefined : error?.message;
      },
    });
    const [socket] = await accepted;
    const answers = converse(connection);
    socket.end(input);
    await within(answers);
    await within(connection.close());
    if (connection.pendingCount !== 0)
      throw new FuzzFinding(`${connection.pendingCount} requests are still waited for`);
    return reason;
  }

  async close(): Promise<void> {
    const server = await this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }
}

export const clientTargets: readonly FuzzTarget[] = [new AnswerTarget()];

/** A server that says welcome to everybody. */
async function listen(): Promise<Server> {
  const welcome = framesOf((sink) =>
    writeWelcome(sink, { nodeId: 1, frameBytesMax: 65536, version: '0.1.0', cluster: 'plant' }),
  );
  const server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    socket.write(Buffer.concat([encodePreamble(clientProtocol), welcome]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** One request of every kind; resolves when each has heard, exactly once, what became of it. */
async function converse(connection: ProtocolConnection): Promise<void> {
  let told = 0;
  const written = new Promise<void>((resolve) => {
    const hear = (): void => {
      told++;
      resolve();
    };
    const sink: WriteSink = { written: hear, failed: hear };
    if (!connection.write(position, Buffer.from('a command'), timeoutMs, sink, 5)) throw new FuzzFinding('no room');
  });
  const rest = await Promise.allSettled([
    connection.read(1, ReadKind.range, ReadConsistency.local, Buffer.alloc(0), timeoutMs),
    connection.openSession(1, timeoutMs),
    connection.status(timeoutMs),
  ]);
  await written;
  if (told !== 1) throw new FuzzFinding(`a write was told ${told} times what became of it`);
  for (const outcome of rest) if (outcome.status === 'rejected') expectRefusal(outcome.reason, [ClientError]);
}

function framesOf(write: (sink: FrameSink) => void): Buffer {
  const queue = new FrameQueue();
  write(queue);
  const outgoing = queue.take();
  const bytes = Buffer.concat(outgoing.pieces);
  outgoing.release();
  return bytes;
}

async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new FuzzFinding('a request was never answered')), settleMsMax);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
