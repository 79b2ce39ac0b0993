// What a client and a node say to each other: one frame for a request, one for its answer, matched by `requestId`,
// which is unique among the requests that are under way on the connection. Answers come in any order.
//
//   client                                     node
//   hello       u32 frameBytesMax | text16 name
//                                              welcome        u64 nodeId | u32 frameBytesMax | text16 version | text16 cluster
//   openSession request | u32 group            sessionOpened  u32 requestId | u64 sessionId
//   write       request | u32 group | payload  written        u32 requestId | u64 index | command result
//   writeEarly  request | u32 group | u8 acknowledge | payload
//                                              accepted      u32 requestId | u8 how    (then written or failed, as of a write)
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
// `writeEarly` asks to be told before the write is applied (acknowledgement.ts), and is for nodes whose status says that they know it
// (`earlyAcknowledgements`): others close the connection.
//
// A leader is named by the address at which clients reach it; empty where it is not known.

import type { Acknowledgement, EarlyAcknowledgement } from './acknowledgement.ts';
import { type Protocol, ProtocolKind } from './preamble.ts';

export const clientProtocol: Protocol = { kind: ProtocolKind.client, version: 1 };

export const ClientFrame = {
  hello: 1,
  openSession: 2,
  write: 3,
  read: 4,
  status: 5,
  writeEarly: 6,
  welcome: 16,
  sessionOpened: 17,
  written: 18,
  readDone: 19,
  statusDone: 20,
  failed: 21,
  leaderNotice: 22,
  accepted: 23,
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
  /**
   * As linearizable, from a node that cannot answer a client by itself: whoever is asked answers by itself or says that it cannot, and asks
   * no other. A node of an older release closes the connection.
   */
  linearizableHere: 3,
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
  readonly acknowledge: Acknowledgement;
  /** Session header and command, a view. */
  readonly payload: Buffer;
}

/** A write has come so far; its answer follows. */
export interface Accepted {
  readonly requestId: number;
  readonly how: EarlyAcknowledgement;
}

export interface ReadRequest extends Request {
  readonly group: number;
  readonly kind: ReadKind;
  readonly consistency: ReadConsistency;
  /** The encoded query, a view; empty for statistics. */
  readonly query: Buffer;
}

export interface SessionOpened {
  readonly requestId: number;
  readonly sessionId: number;
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

export const nameBytesMax = 256;
export const addressBytesMax = 512;
