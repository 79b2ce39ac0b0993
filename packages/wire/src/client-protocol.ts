// What a client and a node say to each other: one frame for a request, one for its answer, matched by `requestId`,
// which is unique among the requests that are under way on the connection. Answers come in any order.
//
//   client                                     node
//   hello       u32 frameBytesMax | text16 name
//                                              welcome        u64 nodeId | u32 frameBytesMax | text16 version | text16 cluster
//   openSession request | u32 group            sessionOpened  u32 requestId | u64 sessionId
//   write       request | u32 group | payload  written        u32 requestId | u64 index | command result
//   read        request | u32 group | u8 kind | u8 consistency | query
//                                              readDone       u32 requestId | result
//   status      request                        statusDone     u32 requestId | JSON
//                                              failed         u32 requestId | u16 status | u32 retryAfterMs
//                                                             | text16 leader | text16 message
//                                              leaderNotice   u32 group | text16 leader    (unasked)
//
//   request = u32 requestId | u32 timeoutMs
//   payload = u64 sessionId | u64 sequence | u64 acknowledgedBelow | command: byte for byte the payload of the log's
//             entry, so that a node copies it once and reads no further
//
// A leader is named by the address at which clients reach it; empty where it is not known.

import { ByteReader } from './byte-reader.ts';
import { cutText } from './command-result.ts';
import { WireError } from './errors.ts';
import type { FrameSink } from './frame-queue.ts';
import { messageBytesMax, requestTimeoutMsMax } from './limits.ts';
import type { NodeStatus } from './node-status.ts';
import { type Protocol, ProtocolKind } from './preamble.ts';

export const clientProtocol: Protocol = { kind: ProtocolKind.client, version: 1 };

export const ClientFrame = {
  hello: 1,
  openSession: 2,
  write: 3,
  read: 4,
  status: 5,
  welcome: 16,
  sessionOpened: 17,
  written: 18,
  readDone: 19,
  statusDone: 20,
  failed: 21,
  leaderNotice: 22,
} as const;

export const ReadKind = {
  range: 1,
  aggregate: 2,
  statistics: 3,
} as const;
export type ReadKind = (typeof ReadKind)[keyof typeof ReadKind];

export const ReadConsistency = {
  /** Sees every write that was acknowledged before the read began, whichever node is asked. */
  linearizable: 1,
  /** What this node has applied so far. */
  local: 2,
} as const;
export type ReadConsistency = (typeof ReadConsistency)[keyof typeof ReadConsistency];

export interface Hello {
  /** Largest frame that the client accepts. */
  readonly frameBytesMax: number;
  /** Who it is, for the node's log. */
  readonly name: string;
}

export interface Welcome {
  readonly nodeId: number;
  /** Largest frame that the node accepts. */
  readonly frameBytesMax: number;
  /** The node's release. */
  readonly version: string;
  readonly cluster: string;
}

export interface Request {
  readonly requestId: number;
  /** From the node's receipt of the request; the node answers by then. */
  readonly timeoutMs: number;
}

export interface OpenSessionRequest extends Request {
  readonly group: number;
}

export interface WriteRequest extends Request {
  readonly group: number;
  /** Session header and command, a view. */
  readonly payload: Buffer;
}

export interface ReadRequest extends Request {
  readonly group: number;
  readonly kind: ReadKind;
  readonly consistency: ReadConsistency;
  /** The encoded query, a view; empty for statistics. */
  readonly query: Buffer;
}

export interface Failure {
  readonly requestId: number;
  /** A status code, or that of a later version. */
  readonly status: number;
  /** How long to wait before the next attempt, at least. */
  readonly retryAfterMs: number;
  /** Address of the leader as clients reach it, or empty. */
  readonly leader: string;
  readonly message: string;
}

export interface LeaderNotice {
  readonly group: number;
  /** Empty: the group has no leader that this node knows of. */
  readonly leader: string;
}

const sessionHeaderBytes = 24;
const nameBytesMax = 256;
const addressBytesMax = 512;

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
): void {
  const writer = sink.begin(ClientFrame.write);
  writer.u32(requestId);
  writer.u32(timeoutMs);
  writer.u32(group);
  writer.u64(sessionId);
  writer.u64(sequence);
  writer.u64(acknowledgedBelow);
  sink.attach(command);
  sink.end();
}

/** How many bytes `writeWrite` queues, frame header included, beside the command. */
export const writeOverheadBytes: number = 5 + 12 + sessionHeaderBytes;

export function readWrite(bytes: Buffer, start: number, end: number): WriteRequest {
  const reader = new ByteReader(bytes, start, end);
  const request = {
    requestId: reader.u32(),
    timeoutMs: readTimeoutMs(reader),
    group: reader.u32(),
    payload: reader.rest(),
  };
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

export function writeSessionOpened(sink: FrameSink, requestId: number, sessionId: number): void {
  const writer = sink.begin(ClientFrame.sessionOpened);
  writer.u32(requestId);
  writer.u64(sessionId);
  sink.end();
}

export function readSessionOpened(bytes: Buffer, start: number, end: number): { requestId: number; sessionId: number } {
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
