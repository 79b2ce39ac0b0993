import { describe, expect, test } from 'vitest';
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
  writeWritten,
  writtenResultOffset,
} from './client-answers.ts';
import { ClientFrame, ReadConsistency, ReadKind } from './client-protocol.ts';
import {
  readHello,
  readOpenSession,
  readRead,
  readStatus,
  readWrite,
  writeHello,
  writeOpenSession,
  writeOverheadBytes,
  writeRead,
  writeStatus,
  writeWrite,
} from './client-requests.ts';
import { decodeCommandResult, encodeCommandResult } from './command-result.ts';
import { FrameQueue, type FrameSink, frameHeaderBytes } from './frame-queue.ts';
import { messageBytesMax, requestTimeoutMsMax } from './limits.ts';
import { StatusCode } from './status.ts';
import { expectSurvivesDamage } from './test-damage.ts';

/** The frame that `write` queues: its type and its body. */
function frameOf(write: (sink: FrameSink) => void): { type: number; body: Buffer } {
  const queue = new FrameQueue();
  write(queue);
  const bytes = Buffer.concat(queue.take().pieces);
  expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4);
  return { type: bytes[4]!, body: Buffer.from(bytes.subarray(frameHeaderBytes)) };
}

type Read = (bytes: Buffer, start: number, end: number) => unknown;

const failure = { requestId: 3, status: 606, retryAfterMs: 20, leader: '127.0.0.1:7101', message: 'später' };
const cases: [string, number, (sink: FrameSink) => void, Read, unknown][] = [
  [
    'hello',
    ClientFrame.hello,
    (sink) => writeHello(sink, { frameBytesMax: 77, name: 'cli' }),
    readHello,
    { frameBytesMax: 77, name: 'cli' },
  ],
  [
    'welcome',
    ClientFrame.welcome,
    (sink) => writeWelcome(sink, { nodeId: 2 ** 50, frameBytesMax: 9, version: '1.2', cluster: 'c' }),
    readWelcome,
    { nodeId: 2 ** 50, frameBytesMax: 9, version: '1.2', cluster: 'c' },
  ],
  [
    'openSession',
    ClientFrame.openSession,
    (sink) => writeOpenSession(sink, 4, 500, 1),
    readOpenSession,
    { requestId: 4, timeoutMs: 500, group: 1 },
  ],
  [
    'write',
    ClientFrame.write,
    (sink) => writeWrite(sink, 5, 600, 1, 2 ** 52 + 1, 7, 6, Buffer.from('command')),
    readWrite,
    {
      requestId: 5,
      timeoutMs: 600,
      group: 1,
      acknowledge: 'applied',
      payload: Buffer.concat([
        Buffer.from('010000000000100007000000000000000600000000000000', 'hex'),
        Buffer.from('command'),
      ]),
    },
  ],
  [
    'writeEarly',
    ClientFrame.writeEarly,
    (sink) => writeWrite(sink, 5, 600, 1, 2 ** 52 + 1, 7, 6, Buffer.from('command'), 'weak'),
    (bytes, start, end) => readWrite(bytes, start, end, ClientFrame.writeEarly),
    {
      requestId: 5,
      timeoutMs: 600,
      group: 1,
      acknowledge: 'weak',
      payload: Buffer.concat([
        Buffer.from('010000000000100007000000000000000600000000000000', 'hex'),
        Buffer.from('command'),
      ]),
    },
  ],
  [
    'accepted',
    ClientFrame.accepted,
    (sink) => writeAccepted(sink, { requestId: 5, how: 'committed' }),
    readAccepted,
    { requestId: 5, how: 'committed' },
  ],
  [
    'read',
    ClientFrame.read,
    (sink) => writeRead(sink, 6, 700, 1, ReadKind.range, ReadConsistency.local, Buffer.from('query')),
    readRead,
    {
      requestId: 6,
      timeoutMs: 700,
      group: 1,
      kind: ReadKind.range,
      consistency: ReadConsistency.local,
      query: Buffer.from('query'),
    },
  ],
  ['status', ClientFrame.status, (sink) => writeStatus(sink, 7, 800), readStatus, { requestId: 7, timeoutMs: 800 }],
  [
    'sessionOpened',
    ClientFrame.sessionOpened,
    (sink) => writeSessionOpened(sink, 8, 99),
    readSessionOpened,
    { requestId: 8, sessionId: 99 },
  ],
  ['failed', ClientFrame.failed, (sink) => writeFailed(sink, failure), readFailed, failure],
  [
    'leaderNotice',
    ClientFrame.leaderNotice,
    (sink) => writeLeaderNotice(sink, { group: 1, leader: 'a:1' }),
    readLeaderNotice,
    { group: 1, leader: 'a:1' },
  ],
];

describe('the client protocol', () => {
  test.each(cases)('%s comes back as it was', (_name, type, write, read, expected) => {
    const frame = frameOf(write);
    expect(frame.type).toBe(type);
    expect(read(frame.body, 0, frame.body.length)).toEqual(expected);
  });

  test.each(cases)('%s survives damage', (_name, _type, write, read) => {
    expectSurvivesDamage([frameOf(write).body], (bytes) => read(bytes, 0, bytes.length));
  });

  test('a written frame carries the result of the state machine as it is', () => {
    const result = encodeCommandResult(StatusCode.DATA_TYPE_MISMATCH, 'anders');
    const { body } = frameOf((sink) => writeWritten(sink, 9, 2 ** 40, result));
    expect(decodeCommandResult(body, writtenResultOffset)).toEqual({ status: 614, message: 'anders' });
  });

  test('a write queues no more bytes than it says', () => {
    const command = Buffer.alloc(100);
    const { body } = frameOf((sink) => writeWrite(sink, 1, 1, 1, 1, 1, 1, command, 'committed'));
    expect(frameHeaderBytes + body.length).toBe(writeOverheadBytes + command.length);
  });

  test('a write without a session header is refused', () => {
    const { body } = frameOf((sink) => writeWrite(sink, 1, 1, 1, 1, 1, 1, Buffer.alloc(0)));
    expect(() => readWrite(body, 0, body.length - 1)).toThrow(/no session header/);
  });

  test('an acknowledgement that is not known, or not early, is refused', () => {
    for (const code of [0, 3, 4]) {
      const { body } = frameOf((sink) => writeAccepted(sink, { requestId: 1, how: 'weak' }));
      body[4] = code;
      expect(() => readAccepted(body, 0, body.length)).toThrow(expect.objectContaining({ code: 'BYTES_MALFORMED' }));
      const write = frameOf((sink) => writeWrite(sink, 1, 1, 1, 1, 1, 1, Buffer.from('c'), 'weak')).body;
      write[12] = code;
      expect(() => readWrite(write, 0, write.length, ClientFrame.writeEarly)).toThrow(/acknowledgement/);
    }
  });

  test('the bytes of what was released are what they always were', () => {
    const bytesOf = (write: (sink: FrameSink) => void): string => {
      const { type, body } = frameOf(write);
      return `${type}:${body.toString('hex')}`;
    };
    expect(bytesOf((sink) => writeWrite(sink, 5, 600, 1, 2 ** 33, 7, 6, Buffer.from('c')))).toBe(
      '3:0500000058020000010000000000000002000000070000000000000006000000000000006' + '3',
    );
    expect(bytesOf((sink) => writeWritten(sink, 9, 2 ** 33, encodeCommandResult(StatusCode.SUCCESS)))).toBe(
      '18:090000000000000002000000c800',
    );
    expect(bytesOf((sink) => writeWrite(sink, 5, 600, 1, 2 ** 33, 7, 6, Buffer.from('c'), 'weak'))).toBe(
      '6:050000005802000001000000010000000002000000070000000000000006000000000000006' + '3',
    );
    expect(bytesOf((sink) => writeAccepted(sink, { requestId: 9, how: 'weak' }))).toBe('23:0900000001');
  });

  test('a timeout is cut to what a node is willing to wait', () => {
    const { body } = frameOf((sink) => writeStatus(sink, 1, 2 ** 32 - 1));
    expect(readStatus(body, 0, body.length).timeoutMs).toBe(requestTimeoutMsMax);
  });

  test('a long message is cut between characters', () => {
    const { body } = frameOf((sink) => writeFailed(sink, { ...failure, message: 'é'.repeat(messageBytesMax) }));
    expect(readFailed(body, 0, body.length).message).toBe('é'.repeat(messageBytesMax / 2));
  });
});
