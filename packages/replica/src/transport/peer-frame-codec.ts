// What nodes tell each other, as frames. The type of a frame with a message of the core is the message's type; who
// sends it and to whom is known from the connection. Batches travel as their sealed records, untouched.
//
// How a field is written and read depends on the version that the two nodes agreed on: see peer-versions.ts.
//
//   body = u32 group, then
//     a message of the core: u64 term and its fields in the order of their declaration;
//     append: its fields, u32 number of batches, the records
//     forward: u64 requestId | payload
//     forwardReply: u64 requestId | u16 code | u64 index | result

import { type Batch, type GroupId, type Message, MessageType, type NodeId } from '@balsa/raft';
import { ByteReader, type ByteWriter, type FrameSink, WireError } from '@balsa/wire';
import type { PeerFrame } from '../ports.ts';
import { openRecord } from '../record.ts';
import { since } from './peer-versions.ts';

const forwardFrameType = 20;
const forwardReplyFrameType = 21;
/** More than the fixed part of any frame takes. */
const fixedBytesMax = 96;

/** How many bytes the frame will take at most: what it carries, and a small allowance for its fixed part. */
export function peerFrameBytes(frame: PeerFrame): number {
  switch (frame.kind) {
    case 'forward':
      return fixedBytesMax + frame.proposal.payload.length;
    case 'forwardReply':
      return fixedBytesMax + frame.reply.result.length;
    case 'raft': {
      let sum = fixedBytesMax;
      if (frame.message.type === MessageType.append)
        for (const batch of frame.message.batches) sum += batch.bytes.length;
      return sum;
    }
    default:
      return fixedBytesMax;
  }
}

/** Batches may be sent without a copy; payloads and results are copied before this returns. */
export function writePeerFrame(sink: FrameSink, group: GroupId, frame: PeerFrame, version: number): void {
  switch (frame.kind) {
    case 'forward': {
      const writer = sink.begin(forwardFrameType);
      writer.u32(group);
      writer.u64(frame.proposal.requestId);
      writer.raw(frame.proposal.payload);
      break;
    }
    case 'forwardReply': {
      const { requestId, code, index, result } = frame.reply;
      const writer = sink.begin(forwardReplyFrameType);
      writer.u32(group);
      writer.u64(requestId);
      writer.u16(code);
      writer.u64(index);
      writer.raw(result);
      break;
    }
    case 'raft': {
      const writer = sink.begin(frame.message.type);
      writer.u32(group);
      writeMessage(writer, sink, frame.message, version);
      break;
    }
  }
  sink.end();
}

/** The group that a frame is for. @throws WireError BYTES_TRUNCATED. */
export function readPeerFrameGroup(bytes: Buffer, start: number, end: number): GroupId {
  return new ByteReader(bytes, start, end).u32();
}

/**
 * One frame, received from `from` by `to`. Batches, payloads and results are views into `bytes`.
 * @throws WireError: the frame is malformed. ReplicaError RECORD_DAMAGED, RECORD_UNKNOWN: a batch in it is.
 */
export function readPeerFrame(
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
  from: NodeId,
  to: NodeId,
  version: number,
): PeerFrame {
  const reader = new ByteReader(bytes, start, end);
  const group = reader.u32();
  let frame: PeerFrame;
  if (type === forwardFrameType) {
    frame = { kind: 'forward', proposal: { requestId: reader.u64(), payload: reader.rest() } };
  } else if (type === forwardReplyFrameType) {
    frame = {
      kind: 'forwardReply',
      reply: { requestId: reader.u64(), code: reader.u16(), index: reader.u64(), result: reader.rest() },
    };
  } else {
    frame = { kind: 'raft', message: readMessage(type, reader, group, from, to, version) };
  }
  reader.finish();
  return frame;
}

function writeMessage(writer: ByteWriter, sink: FrameSink, message: Message, version: number): void {
  writer.u64(message.term);
  switch (message.type) {
    case MessageType.preVoteRequest:
      writer.u64(message.campaignTerm);
      writer.u64(message.lastIndex);
      writer.u64(message.lastTerm);
      return;
    case MessageType.preVoteResponse:
      writer.u64(message.campaignTerm);
      writer.u8(message.granted ? 1 : 0);
      return;
    case MessageType.voteRequest:
      writer.u64(message.lastIndex);
      writer.u64(message.lastTerm);
      return;
    case MessageType.voteResponse:
      writer.u8(message.granted ? 1 : 0);
      return;
    case MessageType.append:
      writer.u64(message.session);
      writer.u64(message.prevIndex);
      writer.u64(message.prevTerm);
      writer.u64(message.commitIndex);
      writer.u32(message.batches.length);
      for (const batch of message.batches) sink.attach(batch.bytes);
      return;
    case MessageType.appendAck:
      writer.u64(message.session);
      writer.u64(message.durableIndex);
      writer.u64(message.durableTerm);
      writer.u64(message.incident);
      return;
    case MessageType.appendReject:
      writer.u64(message.session);
      writer.u64(message.rejectedPrevIndex);
      writer.u64(message.hintIndex);
      writer.u64(message.hintTerm);
      return;
    case MessageType.heartbeat:
      writer.u64(message.session);
      writer.u64(message.commitIndex);
      writer.u64(message.round);
      writer.u64(message.restore?.incident ?? 0);
      writer.u64(message.restore?.index ?? 0);
      return;
    case MessageType.heartbeatAck:
      writer.u64(message.session);
      writer.u64(message.round);
      writer.u64(message.receivedIndex);
      writer.u64(message.durableIndex);
      writer.u64(message.durableTerm);
      writer.u64(message.incident);
      if (version >= since.heartbeatAckAppliedIndex) writeOptional(writer, message.appliedIndex);
      return;
    case MessageType.readIndexRequest:
      writer.u64(message.requestId);
      return;
    case MessageType.readIndexResponse:
      writer.u64(message.requestId);
      writeOptional(writer, message.readIndex);
      return;
  }
}

function readMessage(
  type: number,
  reader: ByteReader,
  group: GroupId,
  from: NodeId,
  to: NodeId,
  version: number,
): Message {
  const term = reader.u64();
  switch (type) {
    case MessageType.preVoteRequest:
      return {
        type,
        from,
        to,
        term,
        campaignTerm: reader.u64(),
        lastIndex: reader.u64(),
        lastTerm: reader.u64(),
      };
    case MessageType.preVoteResponse:
      return { type, from, to, term, campaignTerm: reader.u64(), granted: readFlag(reader), removedAt: undefined };
    case MessageType.voteRequest:
      return { type, from, to, term, lastIndex: reader.u64(), lastTerm: reader.u64(), transfer: false };
    case MessageType.voteResponse:
      return { type, from, to, term, granted: readFlag(reader) };
    case MessageType.append: {
      const session = reader.u64();
      const prevIndex = reader.u64();
      const prevTerm = reader.u64();
      const commitIndex = reader.u64();
      const batches = readBatches(reader, group, prevIndex, prevTerm);
      return { type, from, to, term, session, prevIndex, prevTerm, commitIndex, batches };
    }
    case MessageType.appendAck:
      return {
        type,
        from,
        to,
        term,
        session: reader.u64(),
        durableIndex: reader.u64(),
        durableTerm: reader.u64(),
        incident: reader.u64(),
      };
    case MessageType.appendReject:
      return {
        type,
        from,
        to,
        term,
        session: reader.u64(),
        rejectedPrevIndex: reader.u64(),
        hintIndex: reader.u64(),
        hintTerm: reader.u64(),
      };
    case MessageType.heartbeat: {
      const session = reader.u64();
      const commitIndex = reader.u64();
      const round = reader.u64();
      const incident = reader.u64();
      const index = reader.u64();
      return {
        type,
        from,
        to,
        term,
        session,
        commitIndex,
        round,
        restore: incident === 0 ? undefined : { incident, index },
        hibernates: false,
        leaderCommitIndex: undefined,
      };
    }
    case MessageType.heartbeatAck:
      return {
        type,
        from,
        to,
        term,
        session: reader.u64(),
        round: reader.u64(),
        receivedIndex: reader.u64(),
        durableIndex: reader.u64(),
        durableTerm: reader.u64(),
        incident: reader.u64(),
        appliedIndex: version >= since.heartbeatAckAppliedIndex ? readOptional(reader) : undefined,
        hibernates: false,
      };
    case MessageType.readIndexRequest:
      return { type, from, to, term, requestId: reader.u64() };
    case MessageType.readIndexResponse:
      return { type, from, to, term, requestId: reader.u64(), readIndex: readOptional(reader) };
    default:
      throw new WireError('BYTES_MALFORMED', `frames of type ${type} are not known here`);
  }
}

/** Opens the records up to the reader's end, and checks that they follow one another from (prevIndex, prevTerm) on. */
function readBatches(reader: ByteReader, group: GroupId, prevIndex: number, prevTerm: number): Batch[] {
  const count = reader.u32();
  const records = reader.rest();
  const batches: Batch[] = [];
  let offset = 0;
  let lastIndex = prevIndex;
  let lastTerm = prevTerm;
  while (offset < records.length) {
    const { group: recordGroup, batch } = openRecord(records, offset);
    if (recordGroup !== group) {
      throw new WireError('BYTES_MALFORMED', `a batch of group ${recordGroup} came to group ${group}`);
    }
    if (batch.firstIndex !== lastIndex + 1 || batch.prevTerm !== lastTerm || batch.count === 0) {
      throw new WireError('BYTES_MALFORMED', `the batch at index ${batch.firstIndex} does not follow on ${lastIndex}`);
    }
    batches.push(batch);
    offset += batch.bytes.length;
    lastIndex += batch.count;
    lastTerm = batch.term;
  }
  if (batches.length !== count) {
    throw new WireError('BYTES_MALFORMED', `${batches.length} batches came where ${count} were announced`);
  }
  return batches;
}

/** A flag, then the number, which is 0 if there is none. */
function writeOptional(writer: ByteWriter, value: number | undefined): void {
  writer.u8(value === undefined ? 0 : 1);
  writer.u64(value ?? 0);
}

function readOptional(reader: ByteReader): number | undefined {
  const isThere = readFlag(reader);
  const value = reader.u64();
  return isThere ? value : undefined;
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new WireError('BYTES_MALFORMED', `a flag is ${flag}`);
  return flag === 1;
}
