// What a client sends; client-protocol.ts shows the layout. Readers throw WireError BYTES_TRUNCATED, BYTES_MALFORMED
// or LIMIT_EXCEEDED.

import { type Acknowledgement, acknowledgementCodes, earlyAcknowledgementOf } from './acknowledgement.ts';
import { ByteReader } from './byte-reader.ts';
import {
  ClientFrame,
  type Hello,
  nameBytesMax,
  type OpenSessionRequest,
  ReadConsistency,
  ReadKind,
  type ReadRequest,
  type Request,
  type WriteRequest,
} from './client-protocol.ts';
import { cutText } from './command-result.ts';
import { WireError } from './errors.ts';
import { type FrameSink, frameHeaderBytes } from './frame-queue.ts';
import { requestTimeoutMsMax } from './limits.ts';

const sessionHeaderBytes = 24;

export type WriteFrame = typeof ClientFrame.write | typeof ClientFrame.writeEarly;

export function writeHello(sink: FrameSink, hello: Hello): void {
  const writer = sink.begin(ClientFrame.hello);
  writer.u32(hello.frameBytesMax);
  writer.text16(cutText(hello.name, nameBytesMax));
  sink.end();
}

export function readHello(bytes: Buffer, start: number, end: number): Hello {
  const reader = new ByteReader(bytes, start, end);
  const hello: Hello = { frameBytesMax: reader.u32(), name: reader.text16(nameBytesMax) };
  reader.finish();
  return hello;
}

export function writeOpenSession(sink: FrameSink, requestId: number, timeoutMs: number, group: number): void {
  const writer = sink.begin(ClientFrame.openSession);
  writer.u32(requestId);
  writer.u32(timeoutMs);
  writer.u32(group);
  sink.end();
}

export function readOpenSession(bytes: Buffer, start: number, end: number): OpenSessionRequest {
  const reader = new ByteReader(bytes, start, end);
  const request = { requestId: reader.u32(), timeoutMs: readTimeoutMs(reader), group: reader.u32() };
  reader.finish();
  return request;
}

export function writeWrite(
  sink: FrameSink,
  requestId: number,
  timeoutMs: number,
  group: number,
  sessionId: number,
  sequence: number,
  acknowledgedBelow: number,
  command: Uint8Array,
  acknowledge: Acknowledgement = 'applied',
): void {
  const isEarly = acknowledge !== 'applied';
  const writer = sink.begin(isEarly ? ClientFrame.writeEarly : ClientFrame.write);
  writer.u32(requestId);
  writer.u32(timeoutMs);
  writer.u32(group);
  if (isEarly) writer.u8(acknowledgementCodes[acknowledge]);
  writer.u64(sessionId);
  writer.u64(sequence);
  writer.u64(acknowledgedBelow);
  sink.attach(command);
  sink.end();
}

/** How many bytes `writeWrite` queues at most, frame header included, beside the command. */
export const writeOverheadBytes: number = frameHeaderBytes + 13 + sessionHeaderBytes;

/** `type`: of the frame, `write` or `writeEarly`. */
export function readWrite(
  bytes: Buffer,
  start: number,
  end: number,
  type: WriteFrame = ClientFrame.write,
): WriteRequest {
  const reader = new ByteReader(bytes, start, end);
  const request = {
    requestId: reader.u32(),
    timeoutMs: readTimeoutMs(reader),
    group: reader.u32(),
    acknowledge: type === ClientFrame.write ? 'applied' : earlyAcknowledgementOf(reader.u8()),
    payload: reader.rest(),
  } as const;
  if (request.payload.length < sessionHeaderBytes) {
    throw new WireError('BYTES_TRUNCATED', `a write of ${request.payload.length} bytes has no session header`);
  }
  return request;
}

export function writeRead(
  sink: FrameSink,
  requestId: number,
  timeoutMs: number,
  group: number,
  kind: ReadKind,
  consistency: ReadConsistency,
  query: Uint8Array,
): void {
  const writer = sink.begin(ClientFrame.read);
  writer.u32(requestId);
  writer.u32(timeoutMs);
  writer.u32(group);
  writer.u8(kind);
  writer.u8(consistency);
  sink.attach(query);
  sink.end();
}

export function readRead(bytes: Buffer, start: number, end: number): ReadRequest {
  const reader = new ByteReader(bytes, start, end);
  return {
    requestId: reader.u32(),
    timeoutMs: readTimeoutMs(reader),
    group: reader.u32(),
    kind: readOneOf(reader, Object.values(ReadKind), 'a kind of read'),
    consistency: readOneOf(reader, Object.values(ReadConsistency), 'a consistency of reads'),
    query: reader.rest(),
  };
}

export function writeStatus(sink: FrameSink, requestId: number, timeoutMs: number): void {
  const writer = sink.begin(ClientFrame.status);
  writer.u32(requestId);
  writer.u32(timeoutMs);
  sink.end();
}

export function readStatus(bytes: Buffer, start: number, end: number): Request {
  const reader = new ByteReader(bytes, start, end);
  const request = { requestId: reader.u32(), timeoutMs: readTimeoutMs(reader) };
  reader.finish();
  return request;
}

function readTimeoutMs(reader: ByteReader): number {
  return Math.min(reader.u32(), requestTimeoutMsMax);
}

function readOneOf<T extends number>(reader: ByteReader, known: readonly T[], what: string): T {
  const code = reader.u8();
  const value = known.find((candidate) => candidate === code);
  if (value === undefined)
    throw new WireError('BYTES_MALFORMED', `${what} has the code ${code}, which is not known here`);
  return value;
}
