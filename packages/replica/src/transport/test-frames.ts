// Frames for tests: one of every kind that nodes exchange, with sealed records where there are batches.

import { type Batch, BatchKind, type Message, MessageType } from '@balsa/raft';
import type { PeerFrame } from '../ports.ts';
import { entryHeaderBytes, openRecord, recordHeaderBytes, sealRecord } from '../record.ts';

/** A sealed batch whose single entry is `payloadBytes` long. */
export function batchOf(group: number, firstIndex: number, payloadBytes: number, term = 3, prevTerm = 3): Batch {
  const record = Buffer.alloc(recordHeaderBytes + entryHeaderBytes + payloadBytes, firstIndex % 251);
  record.writeUInt32LE(payloadBytes, recordHeaderBytes);
  sealRecord(record, group, { kind: BatchKind.entries, term, prevTerm, firstIndex, count: 1 });
  return openRecord(record).batch;
}

/** An append of `batchCount` batches behind index 10 and term 3. */
export function appendOf(
  group: number,
  from: number,
  to: number,
  batchCount: number,
  payloadBytes: number,
): PeerFrame & { readonly kind: 'raft' } {
  const batches = Array.from({ length: batchCount }, (_, i) => batchOf(group, 11 + i, payloadBytes));
  const message: Message = {
    type: MessageType.append,
    from,
    to,
    term: 4,
    session: 2,
    prevIndex: 10,
    prevTerm: 3,
    commitIndex: 9,
    batches,
  };
  return { kind: 'raft', message };
}

/** A small frame that carries a number. */
export function numbered(from: number, to: number, number: number): PeerFrame {
  return { kind: 'raft', message: { type: MessageType.readIndexRequest, from, to, term: 1, requestId: number } };
}

/** Answers to heartbeats: of all frames, the one that says more in version 2. */
export function heartbeatAcks(from: number, to: number, appliedIndexes: readonly (number | undefined)[]): PeerFrame[] {
  const fields = { session: 3, receivedIndex: 80, durableIndex: 77, durableTerm: 6, incident: 0, hibernates: false };
  return appliedIndexes.map((appliedIndex, round) => ({
    kind: 'raft',
    message: { type: MessageType.heartbeatAck, from, to, term: 4, ...fields, round, appliedIndex },
  }));
}

export function oneOfEach(group: number, from: number, to: number): PeerFrame[] {
  const envelope = { from, to, term: Number.MAX_SAFE_INTEGER };
  const messages: Message[] = [
    { ...envelope, type: MessageType.preVoteRequest, campaignTerm: 8, lastIndex: 2 ** 40 + 5, lastTerm: 6 },
    { ...envelope, type: MessageType.preVoteResponse, campaignTerm: 8, granted: true, removedAt: undefined },
    { ...envelope, type: MessageType.voteRequest, lastIndex: 5, lastTerm: 6, transfer: false },
    { ...envelope, type: MessageType.voteResponse, granted: false },
    { ...envelope, type: MessageType.appendAck, session: 3, durableIndex: 77, durableTerm: 6, incident: 0 },
    { ...envelope, type: MessageType.appendReject, session: 3, rejectedPrevIndex: 7, hintIndex: 6, hintTerm: 1 },
    {
      ...envelope,
      type: MessageType.heartbeat,
      session: 3,
      commitIndex: 70,
      round: 12,
      restore: undefined,
      hibernates: false,
      leaderCommitIndex: undefined,
    },
    {
      ...envelope,
      type: MessageType.heartbeat,
      session: 3,
      commitIndex: 70,
      round: 13,
      restore: { incident: 2, index: 69 },
      hibernates: false,
      leaderCommitIndex: undefined,
    },
    {
      ...envelope,
      type: MessageType.heartbeatAck,
      session: 3,
      round: 12,
      receivedIndex: 80,
      durableIndex: 77,
      durableTerm: 6,
      incident: 2,
      appliedIndex: 2 ** 40 + 3,
      hibernates: false,
    },
    { ...envelope, type: MessageType.readIndexRequest, requestId: 99 },
    { ...envelope, type: MessageType.readIndexResponse, requestId: 99, readIndex: undefined },
    { ...envelope, type: MessageType.readIndexResponse, requestId: 99, readIndex: 0 },
    appendOf(group, from, to, 0, 0).message,
    appendOf(group, from, to, 3, 100).message,
    appendOf(group, from, to, 2, 40_000).message,
  ];
  return [
    ...messages.map((message): PeerFrame => ({ kind: 'raft', message })),
    { kind: 'forward', proposal: { requestId: 5, payload: Buffer.from('a payload') } },
    { kind: 'forward', proposal: { requestId: 6, payload: Buffer.alloc(0) } },
    { kind: 'forwardReply', reply: { requestId: 5, code: 7, index: 2 ** 33, result: Buffer.from('a result') } },
  ];
}
