// Frames for tests: one of every kind that nodes exchange, with sealed records where there are batches.

import {
  type Batch,
  BatchKind,
  type Configuration,
  type Heartbeat,
  type InstallSnapshot,
  type Message,
  MessageType,
} from '@balsa/raft';
import { encodeConfiguration } from '../configuration-bytes.ts';
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
    leader: from,
    session: 2,
    prevIndex: 10,
    prevTerm: 3,
    commitIndex: 9,
    batches,
    mayOvertake: false,
    routes: [],
  };
  return { kind: 'raft', message };
}

/** The same, on its way through a relay that is to pass it on. */
export function relayedAppendOf(
  group: number,
  from: number,
  to: number,
  leader: number,
  batchCount: number,
  payloadBytes: number,
): PeerFrame & { readonly kind: 'raft' } {
  const { message } = appendOf(group, from, to, batchCount, payloadBytes);
  if (message.type !== MessageType.append) throw new Error('not an append');
  const below = [{ node: 2 ** 40 + 1, session: 3, prevIndex: 10, lastIndex: 11, routes: [] }];
  const routes = [
    { node: 8, session: 2 ** 33, prevIndex: 9, lastIndex: 10 + batchCount, routes: below },
    { node: 9, session: 1, prevIndex: 10, lastIndex: 10, routes: [] },
  ];
  return { kind: 'raft', message: { ...message, leader, mayOvertake: true, routes } };
}

const configuration: Configuration = {
  voters: [1, 2, 2 ** 40 + 1],
  outgoing: [1, 2, 3],
  learners: [9],
  preferredLeader: 2,
  leases: true,
};

/** An append that carries the members of the group, which nodes of older versions cannot read. */
export function configurationAppendOf(group: number, from: number, to: number): PeerFrame {
  const payload = encodeConfiguration(configuration);
  const record = Buffer.alloc(recordHeaderBytes + entryHeaderBytes + payload.length);
  record.writeUInt32LE(payload.length, recordHeaderBytes);
  payload.copy(record, recordHeaderBytes + entryHeaderBytes);
  const header = { kind: BatchKind.configuration, term: 3, prevTerm: 3, firstIndex: 11, count: 1 } as const;
  sealRecord(record, group, header);
  const { message } = appendOf(group, from, to, 0, 0);
  if (message.type !== MessageType.append) throw new Error('not an append');
  return { kind: 'raft', message: { ...message, batches: [{ ...header, bytes: record, configuration }] } };
}

export function installSnapshotOf(from: number, to: number): InstallSnapshot {
  const snapshot = { index: 2 ** 35, term: 7, configuration };
  return { type: MessageType.installSnapshot, from, to, term: 8, session: 5, snapshot };
}

/** A small frame that carries a number. */
export function numbered(from: number, to: number, number: number): PeerFrame {
  return { kind: 'raft', message: { type: MessageType.readIndexRequest, from, to, term: 1, requestId: number } };
}

/** A heartbeat that carries a number. */
export function heartbeatOf(from: number, to: number, round: number, fields: Partial<Heartbeat> = {}): PeerFrame {
  const message: Heartbeat = {
    type: MessageType.heartbeat,
    from,
    to,
    term: 4,
    session: 3,
    commitIndex: 70,
    round,
    restore: undefined,
    hibernates: false,
    leaderCommitIndex: undefined,
    provenStamp: undefined,
    ...fields,
  };
  return { kind: 'raft', message };
}

/** Answers to heartbeats. */
export function heartbeatAcks(from: number, to: number, appliedIndexes: readonly (number | undefined)[]): PeerFrame[] {
  const received = { receivedIndex: 80, durableIndex: 77, durableTerm: 6, incident: 0 };
  const fields = { session: 3, ...received, hibernates: false, stamp: undefined };
  return appliedIndexes.map((appliedIndex, round) => ({
    kind: 'raft',
    message: { type: MessageType.heartbeatAck, from, to, term: 4, ...fields, round, appliedIndex },
  }));
}

export function oneOfEach(group: number, from: number, to: number): PeerFrame[] {
  const envelope = { from, to, term: Number.MAX_SAFE_INTEGER };
  const messages: Message[] = [
    { ...envelope, type: MessageType.preVoteRequest, campaignTerm: 8, lastIndex: 2 ** 40 + 5, lastTerm: 6 },
    {
      ...envelope,
      type: MessageType.preVoteResponse,
      campaignTerm: 8,
      granted: true,
      removedAt: undefined,
      commitIndex: undefined,
    },
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
      provenStamp: undefined,
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
      provenStamp: undefined,
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
      hibernates: true,
      stamp: 2 ** 48 + 5,
    },
    { ...envelope, type: MessageType.readIndexRequest, requestId: 99 },
    { ...envelope, type: MessageType.readIndexResponse, requestId: 99, readIndex: undefined },
    { ...envelope, type: MessageType.readIndexResponse, requestId: 99, readIndex: 0 },
    appendOf(group, from, to, 0, 0).message,
    appendOf(group, from, to, 3, 100).message,
    appendOf(group, from, to, 2, 40_000).message,
    {
      ...envelope,
      type: MessageType.preVoteResponse,
      campaignTerm: 8,
      granted: false,
      removedAt: 2 ** 33,
      commitIndex: 2 ** 34,
    },
    { ...envelope, type: MessageType.voteRequest, lastIndex: 5, lastTerm: 6, transfer: true },
    { ...envelope, type: MessageType.timeoutNow },
    { ...envelope, type: MessageType.wake },
    { ...envelope, type: MessageType.weakAck, session: 3, receivedIndex: 2 ** 40 + 7, receivedTerm: 6, incident: 2 },
    installSnapshotOf(from, to),
    relayedAppendOf(group, from, to, 9, 0, 0).message,
    relayedAppendOf(group, from, to, 9, 3, 100).message,
    relayedAppendOf(group, from, to, from, 2, 40_000).message,
  ];
  return [
    ...messages.map((message): PeerFrame => ({ kind: 'raft', message })),
    heartbeatOf(from, to, 14, {
      restore: { incident: 2 ** 40, index: 0 },
      hibernates: true,
      leaderCommitIndex: 2 ** 41,
      provenStamp: 2 ** 42,
    }),
    ...heartbeatAcks(from, to, [undefined]),
    { kind: 'forward', proposal: { requestId: 5, payload: Buffer.from('a payload'), acknowledge: 'applied' } },
    { kind: 'forward', proposal: { requestId: 6, payload: Buffer.alloc(0), acknowledge: 'weak' } },
    { kind: 'forward', proposal: { requestId: 7, payload: Buffer.from('a payload'), acknowledge: 'committed' } },
    { kind: 'forwardAccepted', accepted: { requestId: 6, how: 'weak' } },
    { kind: 'forwardReply', reply: { requestId: 5, code: 7, index: 2 ** 33, result: Buffer.from('a result') } },
    {
      kind: 'snapshotOffer',
      offer: { message: installSnapshotOf(from, to), snapshotId: 2 ** 47, bytes: 2 ** 41, logFirstIndex: 2 ** 34 },
    },
    { kind: 'snapshotRequest', request: { snapshotId: 2 ** 47, offset: 2 ** 40 + 1, bytesMax: 2 ** 31 } },
    { kind: 'snapshotChunk', chunk: { snapshotId: 2 ** 47, offset: 2 ** 40 + 1, bytes: Buffer.from('a chunk') } },
    { kind: 'snapshotChunk', chunk: { snapshotId: 2 ** 47, offset: 2 ** 40, bytes: Buffer.alloc(40_000, 3) } },
    { kind: 'snapshotChunk', chunk: { snapshotId: 2 ** 47, offset: 2 ** 40, bytes: Buffer.alloc(0) } },
    { kind: 'nodeLoad', bytesPerSecond: 2 ** 33 },
    fragmentOf(0, Buffer.alloc(0)),
    fragmentOf(4, Buffer.from('a sealed fragment')),
    fragmentOf(14, Buffer.alloc(40_000, 5)),
  ];
}

/** One of `count` fragments; what is in it is not looked at on the way. */
function fragmentOf(count: number, sealed: Buffer): PeerFrame {
  const receivers = Array.from({ length: count }, (_, i) => ({ node: 2 ** 40 + i, session: i }));
  const position = { leader: 3, term: 8, commitIndex: 2 ** 34, prevIndex: 2 ** 35, prevTerm: 7 };
  return { kind: 'fragment', fragment: { ...position, receivers, pieces: [sealed] } };
}

/** A frame as it arrives when what came after `version` is left out. */
export function asKnownTo(version: number, frame: PeerFrame): PeerFrame {
  if (frame.kind === 'forward' && version < 5) {
    return { kind: 'forward', proposal: { ...frame.proposal, acknowledge: 'applied' } };
  }
  if (frame.kind !== 'raft') return frame;
  const { message } = frame;
  switch (message.type) {
    case MessageType.append:
      return version >= 4 ? frame : { kind: 'raft', message: { ...message, mayOvertake: false } };
    case MessageType.preVoteResponse:
      return {
        kind: 'raft',
        message: {
          ...message,
          removedAt: version >= 3 ? message.removedAt : undefined,
          commitIndex: version >= 4 ? message.commitIndex : undefined,
        },
      };
    case MessageType.voteRequest:
      return version >= 3 ? frame : { kind: 'raft', message: { ...message, transfer: false } };
    case MessageType.heartbeat:
      return {
        kind: 'raft',
        message: {
          ...message,
          hibernates: version >= 3 && message.hibernates,
          leaderCommitIndex: version >= 3 ? message.leaderCommitIndex : undefined,
          provenStamp: version >= 4 ? message.provenStamp : undefined,
        },
      };
    case MessageType.heartbeatAck:
      return {
        kind: 'raft',
        message: {
          ...message,
          appliedIndex: version >= 2 ? message.appliedIndex : undefined,
          hibernates: version >= 3 && message.hibernates,
          stamp: version >= 4 ? message.stamp : undefined,
        },
      };
    default:
      return frame;
  }
}
