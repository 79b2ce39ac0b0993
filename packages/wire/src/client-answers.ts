// What a node sends to a client; client-protocol.ts shows the layout. Readers throw WireError BYTES_TRUNCATED,
// BYTES_MALFORMED or LIMIT_EXCEEDED.

import { acknowledgementCodes, earlyAcknowledgementOf } from './acknowledgement.ts';
import { ByteReader } from './byte-reader.ts';
import {
  type Accepted,
  addressBytesMax,
  ClientFrame,
  type Failure,
  type LeaderNotice,
  nameBytesMax,
  type SessionOpened,
  type Welcome,
} from './client-protocol.ts';
import { cutText } from './command-result.ts';
import type { FrameSink } from './frame-queue.ts';
import { messageBytesMax } from './limits.ts';
import type { NodeStatus } from './node-status.ts';

export function writeWelcome(sink: FrameSink, welcome: Welcome): void {
  const writer = sink.begin(ClientFrame.welcome);
  writer.u64(welcome.nodeId);
  writer.u32(welcome.frameBytesMax);
  writer.text16(cutText(welcome.version, nameBytesMax));
  writer.text16(cutText(welcome.cluster, nameBytesMax));
  sink.end();
}

export function readWelcome(bytes: Buffer, start: number, end: number): Welcome {
  const reader = new ByteReader(bytes, start, end);
  const welcome: Welcome = {
    nodeId: reader.u64(),
    frameBytesMax: reader.u32(),
    version: reader.text16(nameBytesMax),
    cluster: reader.text16(nameBytesMax),
  };
  reader.finish();
  return welcome;
}

export function writeSessionOpened(sink: FrameSink, requestId: number, sessionId: number): void {
  const writer = sink.begin(ClientFrame.sessionOpened);
  writer.u32(requestId);
  writer.u64(sessionId);
  sink.end();
}

export function readSessionOpened(bytes: Buffer, start: number, end: number): SessionOpened {
  const reader = new ByteReader(bytes, start, end);
  const opened = { requestId: reader.u32(), sessionId: reader.u64() };
  reader.finish();
  return opened;
}

/** `result` is the state machine's answer, a command result, sent as it is. */
export function writeWritten(sink: FrameSink, requestId: number, index: number, result: Uint8Array): void {
  const writer = sink.begin(ClientFrame.written);
  writer.u32(requestId);
  writer.u64(index);
  writer.raw(result);
  sink.end();
}

export function writeAccepted(sink: FrameSink, { requestId, how }: Accepted): void {
  const writer = sink.begin(ClientFrame.accepted);
  writer.u32(requestId);
  writer.u8(acknowledgementCodes[how]);
  sink.end();
}

export function readAccepted(bytes: Buffer, start: number, end: number): Accepted {
  const reader = new ByteReader(bytes, start, end);
  const accepted = { requestId: reader.u32(), how: earlyAcknowledgementOf(reader.u8()) };
  reader.finish();
  return accepted;
}

/** Where the command result of a `written` frame starts. */
export const writtenResultOffset = 12;

/** `result` is sent without a copy: nobody may change it afterwards. */
export function writeReadDone(sink: FrameSink, requestId: number, result: Uint8Array): void {
  sink.begin(ClientFrame.readDone).u32(requestId);
  sink.attach(result);
  sink.end();
}

export function writeStatusDone(sink: FrameSink, requestId: number, status: NodeStatus): void {
  sink.begin(ClientFrame.statusDone).u32(requestId);
  sink.attach(Buffer.from(JSON.stringify(status)));
  sink.end();
}

export function writeFailed(sink: FrameSink, failure: Failure): void {
  const writer = sink.begin(ClientFrame.failed);
  writer.u32(failure.requestId);
  writer.u16(failure.status);
  writer.u32(failure.retryAfterMs);
  writer.text16(failure.leader);
  writer.text16(cutText(failure.message, messageBytesMax));
  sink.end();
}

export function readFailed(bytes: Buffer, start: number, end: number): Failure {
  const reader = new ByteReader(bytes, start, end);
  const failure: Failure = {
    requestId: reader.u32(),
    status: reader.u16(),
    retryAfterMs: reader.u32(),
    leader: reader.text16(addressBytesMax),
    message: reader.text16(messageBytesMax),
  };
  reader.finish();
  return failure;
}

export function writeLeaderNotice(sink: FrameSink, notice: LeaderNotice): void {
  const writer = sink.begin(ClientFrame.leaderNotice);
  writer.u32(notice.group);
  writer.text16(notice.leader);
  sink.end();
}

export function readLeaderNotice(bytes: Buffer, start: number, end: number): LeaderNotice {
  const reader = new ByteReader(bytes, start, end);
  const notice: LeaderNotice = { group: reader.u32(), leader: reader.text16(addressBytesMax) };
  reader.finish();
  return notice;
}
