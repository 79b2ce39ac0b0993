// The bodies of the frames between clients and nodes.

import type { Acknowledgement } from '../acknowledgement.ts';
import {
  readAccepted,
  readFailed,
  readLeaderNotice,
  readSessionOpened,
  readWelcome,
  writeAccepted,
  writeFailed,
  writeLeaderNotice,
  writeSessionOpened,
  writeWelcome,
} from '../client-answers.ts';
import { ClientFrame, ReadConsistency, ReadKind } from '../client-protocol.ts';
import {
  readHello,
  readOpenSession,
  readRead,
  readStatus,
  readWrite,
  writeHello,
  writeOpenSession,
  writeRead,
  writeStatus,
  writeWrite,
} from '../client-requests.ts';
import { WireError } from '../errors.ts';
import { FrameQueue, type FrameSink, frameHeaderBytes } from '../frame-queue.ts';
import { decoderTarget, type FuzzTarget } from './target.ts';

interface BodySpec<Value> {
  readonly what: string;
  readonly sample: Value;
  read(bytes: Buffer, start: number, end: number): Value;
  write(sink: FrameSink, value: Value): void;
}

/** Every one of these has a single encoding, but for timeouts over the limit, which are cut. */
function bodyTarget<Value>({ what, sample, read, write }: BodySpec<Value>): FuzzTarget {
  const encode = (value: Value): Buffer => {
    const queue = new FrameQueue();
    write(queue, value);
    const outgoing = queue.take();
    const frame = Buffer.concat(outgoing.pieces);
    outgoing.release();
    return frame.subarray(frameHeaderBytes);
  };
  return decoderTarget({
    name: `wire/client-${what}`,
    corpus: [encode(sample)],
    refusals: [WireError],
    decode: (input) => read(input, 0, input.length),
    encode,
  });
}

const request = { requestId: 77, timeoutMs: 5000 };
const sessionHeaderBytes = 24;

export const clientFrameTargets: readonly FuzzTarget[] = [
  bodyTarget({
    what: 'hello',
    sample: { frameBytesMax: 1 << 20, name: 'sensor gateway' },
    read: readHello,
    write: writeHello,
  }),
  bodyTarget({
    what: 'open-session',
    sample: { ...request, group: 1 },
    read: readOpenSession,
    write: (sink, { requestId, timeoutMs, group }) => writeOpenSession(sink, requestId, timeoutMs, group),
  }),
  decoderTarget({
    name: 'wire/client-write',
    corpus: [writeBody(Buffer.from('a command'))],
    refusals: [WireError],
    decode: (input) => readWrite(input, 0, input.length).payload.length - sessionHeaderBytes,
  }),
  decoderTarget({
    name: 'wire/client-write-early',
    corpus: [writeBody(Buffer.from('a command'), 'weak')],
    refusals: [WireError],
    decode: (input) => readWrite(input, 0, input.length, ClientFrame.writeEarly).payload.length - sessionHeaderBytes,
  }),
  bodyTarget({
    what: 'accepted',
    sample: { requestId: 5, how: 'weak' },
    read: readAccepted,
    write: writeAccepted,
  }),
  bodyTarget({
    what: 'read',
    sample: {
      ...request,
      group: 1,
      kind: ReadKind.range,
      consistency: ReadConsistency.local,
      query: Buffer.from('a query'),
    },
    read: readRead,
    write: (sink, { requestId, timeoutMs, group, kind, consistency, query }) =>
      writeRead(sink, requestId, timeoutMs, group, kind, consistency, query),
  }),
  bodyTarget({
    what: 'status',
    sample: request,
    read: readStatus,
    write: (sink, { requestId, timeoutMs }) => writeStatus(sink, requestId, timeoutMs),
  }),
  bodyTarget({
    what: 'welcome',
    sample: { nodeId: 3, frameBytesMax: 1 << 24, version: '0.1.0', cluster: 'plant' },
    read: readWelcome,
    write: writeWelcome,
  }),
  bodyTarget({
    what: 'session-opened',
    sample: { requestId: 5, sessionId: 2 ** 40 },
    read: readSessionOpened,
    write: (sink, { requestId, sessionId }) => writeSessionOpened(sink, requestId, sessionId),
  }),
  bodyTarget({
    what: 'failed',
    sample: { requestId: 5, status: 606, retryAfterMs: 20, leader: '10.0.0.2:7101', message: 'wait' },
    read: readFailed,
    write: writeFailed,
  }),
  bodyTarget({
    what: 'leader-notice',
    sample: { group: 1, leader: '10.0.0.2:7101' },
    read: readLeaderNotice,
    write: writeLeaderNotice,
  }),
];

function writeBody(command: Buffer, acknowledge: Acknowledgement = 'applied'): Buffer {
  const queue = new FrameQueue();
  writeWrite(queue, request.requestId, request.timeoutMs, 1, 9, 4, 3, command, acknowledge);
  const outgoing = queue.take();
  const frame = Buffer.concat(outgoing.pieces);
  outgoing.release();
  return frame.subarray(frameHeaderBytes);
}
