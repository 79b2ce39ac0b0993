// What nodes tell each other, as frames. The type of a frame with a message of the core is the message's type; who
// sends it and to whom is known from the connection.
//
// How a field is written and read depends on the version that the two nodes agreed on: see peer-versions.ts.
//
//   body = u32 group, then
//     a message of the core: see message-codec.ts
//     forward: u64 requestId | payload
//     forwardEarly, a forward whose proposer is told before it is applied: u64 requestId | u8 acknowledge | payload
//     forwardAccepted: u64 requestId | u8 how
//     forwardReply: u64 requestId | u16 code | u64 index | result
//     snapshotOffer: u64 snapshotId | u64 bytes | u64 logFirstIndex | the fields of installSnapshot
//     snapshotRequest: u64 snapshotId | u64 offset | u32 bytesMax
//     snapshotChunk: u64 snapshotId | u64 offset | bytes
//     nodeLoad: u64 bytesPerSecond
//     fragment: u64 leader | u64 term | u64 commitIndex | u64 prevIndex | u64 prevTerm | u8 receivers, and for each
//       u64 node | u64 session | the sealed fragment
//
// Frames with the heartbeats of many groups have a body of their own: see heartbeat-frames.ts.

import type { GroupId, NodeId } from '@balsa/raft';
import { acknowledgementCodes, ByteReader, earlyAcknowledgementOf, type FrameSink } from '@balsa/wire';
import type { ForwardedProposal, FragmentFrame, PeerFrame } from '../ports.ts';
import { readInstallSnapshot, readMessage, variableMessageBytes, writeMessage } from './message-codec.ts';
import { since } from './peer-versions.ts';

const FrameType = {
  forward: 20,
  forwardReply: 21,
  snapshotOffer: 22,
  snapshotRequest: 23,
  snapshotChunk: 24,
  // 25 and 26: see heartbeat-frames.ts.
  nodeLoad: 27,
  fragment: 28,
  forwardEarly: 29,
  forwardAccepted: 30,
} as const;

/** Of a fragment: node and session. */
const receiverBytes = 16;

/** More than the fixed part of any frame takes. */
const fixedBytesMax = 96;

/** How many bytes the frame will take at most: what it carries, and a small allowance for its fixed part. */
export function peerFrameBytes(frame: PeerFrame): number {
  return fixedBytesMax + variableBytes(frame);
}

function variableBytes(frame: PeerFrame): number {
  switch (frame.kind) {
    case 'raft':
      return variableMessageBytes(frame.message);
    case 'forward':
      return frame.proposal.payload.length;
    case 'forwardReply':
      return frame.reply.result.length;
    case 'snapshotOffer':
      return variableMessageBytes(frame.offer.message);
    case 'forwardAccepted':
    case 'snapshotRequest':
    case 'nodeLoad':
      return 0;
    case 'snapshotChunk':
      return frame.chunk.bytes.length;
    case 'fragment': {
      const { receivers, pieces } = frame.fragment;
      return receivers.length * receiverBytes + pieces.reduce((sum, piece) => sum + piece.length, 0);
    }
  }
}

/**
 * `version` must have the frame: see needed-version.ts. Batches, chunks and fragments may be sent without a copy; payloads and
 * results are copied before this returns.
 */
export function writePeerFrame(sink: FrameSink, group: GroupId, frame: PeerFrame, version: number): void {
  const writer = sink.begin(frameTypeOf(frame, version));
  writer.u32(group);
  switch (frame.kind) {
    case 'raft':
      writeMessage(writer, sink, frame.message, version);
      break;
    case 'forward':
      writer.u64(frame.proposal.requestId);
      if (isEarly(frame.proposal, version)) writer.u8(acknowledgementCodes[frame.proposal.acknowledge]);
      writer.raw(frame.proposal.payload);
      break;
    case 'forwardAccepted':
      writer.u64(frame.accepted.requestId);
      writer.u8(acknowledgementCodes[frame.accepted.how]);
      break;
    case 'forwardReply': {
      const { requestId, code, index, result } = frame.reply;
      writer.u64(requestId);
      writer.u16(code);
      writer.u64(index);
      writer.raw(result);
      break;
    }
    case 'snapshotOffer': {
      const { message, snapshotId, bytes, logFirstIndex } = frame.offer;
      writer.u64(snapshotId);
      writer.u64(bytes);
      writer.u64(logFirstIndex);
      writeMessage(writer, sink, message, version);
      break;
    }
    case 'snapshotRequest': {
      const { snapshotId, offset, bytesMax } = frame.request;
      writer.u64(snapshotId);
      writer.u64(offset);
      writer.u32(bytesMax);
      break;
    }
    case 'snapshotChunk': {
      const { snapshotId, offset, bytes } = frame.chunk;
      writer.u64(snapshotId);
      writer.u64(offset);
      sink.attach(bytes);
      break;
    }
    case 'nodeLoad':
      writer.u64(frame.bytesPerSecond);
      break;
    case 'fragment': {
      const { leader, term, commitIndex, prevIndex, prevTerm, receivers, pieces } = frame.fragment;
      writer.u64(leader);
      writer.u64(term);
      writer.u64(commitIndex);
      writer.u64(prevIndex);
      writer.u64(prevTerm);
      writer.u8(receivers.length);
      for (const { node, session } of receivers) {
        writer.u64(node);
        writer.u64(session);
      }
      for (const piece of pieces) sink.attach(piece);
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
 * One frame, received from `from` by `to`. Batches, chunks, fragments, payloads and results are views into `bytes`.
 * @throws WireError: the frame is malformed, or this version has none of this type. ReplicaError RECORD_DAMAGED,
 * RECORD_UNKNOWN: a batch or a configuration in it is.
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
  const frame = readFrame(type, reader, group, from, to, version);
  reader.finish();
  return frame;
}

/** A version that knows nothing of it tells the proposer later, which says more. */
function isEarly({ acknowledge }: ForwardedProposal, version: number): boolean {
  return acknowledge !== 'applied' && version >= since.earlyAcknowledgements;
}

function frameTypeOf(frame: PeerFrame, version: number): number {
  if (frame.kind === 'forward' && isEarly(frame.proposal, version)) return FrameType.forwardEarly;
  return frame.kind === 'raft' ? frame.message.type : FrameType[frame.kind];
}

function readFrame(
  type: number,
  reader: ByteReader,
  group: GroupId,
  from: NodeId,
  to: NodeId,
  version: number,
): PeerFrame {
  switch (type) {
    case FrameType.forward:
      return {
        kind: 'forward',
        proposal: { requestId: reader.u64(), payload: reader.rest(), acknowledge: 'applied' },
      };
    case FrameType.forwardEarly:
      if (version >= since.earlyAcknowledgements) return readForwardEarly(reader);
      break;
    case FrameType.forwardAccepted:
      if (version >= since.earlyAcknowledgements) {
        return {
          kind: 'forwardAccepted',
          accepted: { requestId: reader.u64(), how: earlyAcknowledgementOf(reader.u8()) },
        };
      }
      break;
    case FrameType.forwardReply:
      return {
        kind: 'forwardReply',
        reply: { requestId: reader.u64(), code: reader.u16(), index: reader.u64(), result: reader.rest() },
      };
    case FrameType.snapshotOffer:
    case FrameType.snapshotRequest:
    case FrameType.snapshotChunk:
      if (version >= since.snapshots) return readSnapshotFrame(type, reader, from, to);
      break;
    case FrameType.nodeLoad:
      if (version >= since.relays) return { kind: 'nodeLoad', bytesPerSecond: reader.u64() };
      break;
    case FrameType.fragment:
      if (version >= since.relays) return { kind: 'fragment', fragment: readFragment(reader) };
      break;
  }
  return { kind: 'raft', message: readMessage(type, reader, group, from, to, version) };
}

function readForwardEarly(reader: ByteReader): PeerFrame {
  const requestId = reader.u64();
  const acknowledge = earlyAcknowledgementOf(reader.u8());
  return { kind: 'forward', proposal: { requestId, payload: reader.rest(), acknowledge } };
}

function readFragment(reader: ByteReader): FragmentFrame {
  const leader = reader.u64();
  const term = reader.u64();
  const commitIndex = reader.u64();
  const prevIndex = reader.u64();
  const prevTerm = reader.u64();
  const receivers = Array.from({ length: reader.u8() }, () => ({ node: reader.u64(), session: reader.u64() }));
  return { leader, term, commitIndex, prevIndex, prevTerm, receivers, pieces: [reader.rest()] };
}

function readSnapshotFrame(
  type: typeof FrameType.snapshotOffer | typeof FrameType.snapshotRequest | typeof FrameType.snapshotChunk,
  reader: ByteReader,
  from: NodeId,
  to: NodeId,
): PeerFrame {
  switch (type) {
    case FrameType.snapshotOffer: {
      const fields = { snapshotId: reader.u64(), bytes: reader.u64(), logFirstIndex: reader.u64() };
      return { kind: 'snapshotOffer', offer: { ...fields, message: readInstallSnapshot(reader, from, to) } };
    }
    case FrameType.snapshotRequest:
      return {
        kind: 'snapshotRequest',
        request: { snapshotId: reader.u64(), offset: reader.u64(), bytesMax: reader.u32() },
      };
    case FrameType.snapshotChunk:
      return { kind: 'snapshotChunk', chunk: { snapshotId: reader.u64(), offset: reader.u64(), bytes: reader.rest() } };
  }
}
