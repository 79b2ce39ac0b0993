// A node sends a heartbeat for each group that it leads, and an answer for each that it follows: with thousands of groups
// that is most of what nodes say. So those of many groups travel in one frame, each in as few bytes as it needs: 9 and 16
// instead of 57 and 74 where terms and rounds are small and indexes in the millions, and a third of the work. Stamps, which came
// later, add 7 bytes to each.
//
//   heartbeats     { place | u8 flags | term | session | commitIndex | round | incident and index of `restore`, if flagged
//                    | leaderCommitIndex, if flagged | provenStamp, if flagged }
//   heartbeatAcks  { place | u8 flags | term | session | round | receivedIndex | durableIndex | durableTerm
//                    | incident, if flagged | appliedIndex, if flagged | stamp, if flagged }
//
// Flags of heartbeats: 1 hibernates, 2 has `restore`, 4 has leaderCommitIndex, 8 has provenStamp; of answers: 1 has an incident,
// 2 has appliedIndex, 4 hibernates, 8 has a stamp. What was not there in the agreed version is not flagged.
//
// Numbers are varints. `place`: how far the group lies from the one before, the first from 0; twice that, or twice less
// one if it lies below.

import { type GroupId, type Heartbeat, type HeartbeatAck, MessageType, type NodeId } from '@balsa/raft';
import { ByteReader, ByteWriter, connectionPool, type FrameSink, WireError } from '@balsa/wire';
import type { PeerFrame } from '../ports.ts';
import { since } from './peer-versions.ts';
import { readVarint, varintBytesMax, writeVarint } from './varint.ts';

const heartbeatsFrameType = 25;
const heartbeatAcksFrameType = 26;

/** More would make one input of many; a reader refuses them. */
export const heartbeatsPerFrameMax = 1024;
/** Of one, with the frame around it: more than it takes. */
export const heartbeatBytesMax: number = 16 + 10 * varintBytesMax;
const startBytes = 16 * 1024;

const hibernates = 1;
const restores = 2;
const tellsCommit = 4;
const tellsProven = 8;
const hasIncident = 1;
const tellsApplied = 2;
const agreesToHibernate = 4;
const hasStamp = 8;
const flagsMax = 15;
const flagsMaxWithoutStamps = 7;

const groupMax = 0xffff_ffff;

type GatheredMessage = Heartbeat | HeartbeatAck;

export function isHeartbeats(type: number): boolean {
  return type === heartbeatsFrameType || type === heartbeatAcksFrameType;
}

/** The heartbeat, or the answer to one, that a frame carries. */
export function heartbeatIn(frame: PeerFrame): GatheredMessage | undefined {
  if (frame.kind !== 'raft') return undefined;
  const { message } = frame;
  return message.type === MessageType.heartbeat || message.type === MessageType.heartbeatAck ? message : undefined;
}

/** Heartbeats, or answers to them, that will leave in one frame. */
export class HeartbeatRun {
  readonly #bytesMax: number;
  readonly #writer = new ByteWriter(startBytes, connectionPool);
  #type: GatheredMessage['type'] = MessageType.heartbeat;
  #count = 0;
  #group: GroupId = 0;

  /** The frame may have `bytesMax`; it always has room for one message. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get byteLength(): number {
    return this.#writer.length;
  }

  /** Whether a message of this type can be added to what is there. */
  takes(type: GatheredMessage['type']): boolean {
    if (this.#count === 0) return true;
    const isFull = this.#count === heartbeatsPerFrameMax || this.byteLength + heartbeatBytesMax > this.#bytesMax;
    return this.#type === type && !isFull;
  }

  /** All messages of one frame are of one version. */
  add(group: GroupId, message: GatheredMessage, version: number): void {
    const writer = this.#writer;
    writer.reserve(heartbeatBytesMax);
    const { bytes } = writer;
    const step = group - this.#group;
    const at = writeVarint(bytes, writer.length, step < 0 ? -2 * step - 1 : 2 * step);
    const hasStamps = version >= since.stamps;
    writer.length =
      message.type === MessageType.heartbeat
        ? writeHeartbeat(bytes, at, message, hasStamps)
        : writeAck(bytes, at, message, hasStamps);
    this.#type = message.type;
    this.#group = group;
    this.#count++;
  }

  /** Puts the frame into `sink`, and begins anew. */
  writeTo(sink: FrameSink): void {
    const type = this.#type === MessageType.heartbeat ? heartbeatsFrameType : heartbeatAcksFrameType;
    sink.begin(type).raw(this.#writer.written());
    sink.end();
    this.clear();
  }

  clear(): void {
    this.#writer.length = 0;
    this.#count = 0;
    this.#group = 0;
  }
}

/**
 * Calls `visit` for each message of a frame for which `isHeartbeats`, in order, once all of the frame has been read.
 * @throws WireError: the frame is malformed; nothing has been visited.
 */
export function readHeartbeats(
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
  from: NodeId,
  to: NodeId,
  version: number,
  visit: (group: GroupId, message: GatheredMessage) => void,
): void {
  const read = type === heartbeatsFrameType ? readHeartbeat : readAck;
  const hasStamps = version >= since.stamps;
  const reader = new ByteReader(bytes, start, end);
  const groups: GroupId[] = [];
  const messages: GatheredMessage[] = [];
  let group = 0;
  while (reader.remaining > 0) {
    if (groups.length === heartbeatsPerFrameMax) {
      throw new WireError('BYTES_MALFORMED', `a frame has more than ${heartbeatsPerFrameMax} heartbeats`);
    }
    const place = readVarint(reader);
    group += place % 2 === 0 ? place / 2 : -(place + 1) / 2;
    if (group < 0 || group > groupMax) throw new WireError('BYTES_MALFORMED', `there is no group ${group}`);
    groups.push(group);
    messages.push(read(reader, from, to, hasStamps));
  }
  for (let i = 0; i < groups.length; i++) visit(groups[i]!, messages[i]!);
}

function writeHeartbeat(bytes: Buffer, start: number, message: Heartbeat, hasStamps: boolean): number {
  const { restore, leaderCommitIndex } = message;
  const provenStamp = hasStamps ? message.provenStamp : undefined;
  let at = start;
  bytes[at++] =
    (message.hibernates ? hibernates : 0) |
    (restore === undefined ? 0 : restores) |
    (leaderCommitIndex === undefined ? 0 : tellsCommit) |
    (provenStamp === undefined ? 0 : tellsProven);
  at = writeVarint(bytes, at, message.term);
  at = writeVarint(bytes, at, message.session);
  at = writeVarint(bytes, at, message.commitIndex);
  at = writeVarint(bytes, at, message.round);
  if (restore !== undefined) {
    at = writeVarint(bytes, at, restore.incident);
    at = writeVarint(bytes, at, restore.index);
  }
  if (leaderCommitIndex !== undefined) at = writeVarint(bytes, at, leaderCommitIndex);
  if (provenStamp !== undefined) at = writeVarint(bytes, at, provenStamp);
  return at;
}

function readHeartbeat(reader: ByteReader, from: NodeId, to: NodeId, hasStamps: boolean): Heartbeat {
  const flags = readFlags(reader, hasStamps);
  return {
    type: MessageType.heartbeat,
    from,
    to,
    term: readVarint(reader),
    session: readVarint(reader),
    commitIndex: readVarint(reader),
    round: readVarint(reader),
    restore: (flags & restores) === 0 ? undefined : { incident: readIncident(reader), index: readVarint(reader) },
    hibernates: (flags & hibernates) !== 0,
    leaderCommitIndex: (flags & tellsCommit) === 0 ? undefined : readVarint(reader),
    provenStamp: (flags & tellsProven) === 0 ? undefined : readVarint(reader),
  };
}

function writeAck(bytes: Buffer, start: number, message: HeartbeatAck, hasStamps: boolean): number {
  const { incident, appliedIndex } = message;
  const stamp = hasStamps ? message.stamp : undefined;
  let at = start;
  bytes[at++] =
    (incident === 0 ? 0 : hasIncident) |
    (appliedIndex === undefined ? 0 : tellsApplied) |
    (message.hibernates ? agreesToHibernate : 0) |
    (stamp === undefined ? 0 : hasStamp);
  at = writeVarint(bytes, at, message.term);
  at = writeVarint(bytes, at, message.session);
  at = writeVarint(bytes, at, message.round);
  at = writeVarint(bytes, at, message.receivedIndex);
  at = writeVarint(bytes, at, message.durableIndex);
  at = writeVarint(bytes, at, message.durableTerm);
  if (incident !== 0) at = writeVarint(bytes, at, incident);
  if (appliedIndex !== undefined) at = writeVarint(bytes, at, appliedIndex);
  if (stamp !== undefined) at = writeVarint(bytes, at, stamp);
  return at;
}

function readAck(reader: ByteReader, from: NodeId, to: NodeId, hasStamps: boolean): HeartbeatAck {
  const flags = readFlags(reader, hasStamps);
  return {
    type: MessageType.heartbeatAck,
    from,
    to,
    term: readVarint(reader),
    session: readVarint(reader),
    round: readVarint(reader),
    receivedIndex: readVarint(reader),
    durableIndex: readVarint(reader),
    durableTerm: readVarint(reader),
    incident: (flags & hasIncident) === 0 ? 0 : readIncident(reader),
    appliedIndex: (flags & tellsApplied) === 0 ? undefined : readVarint(reader),
    hibernates: (flags & agreesToHibernate) !== 0,
    stamp: (flags & hasStamp) === 0 ? undefined : readVarint(reader),
  };
}

function readFlags(reader: ByteReader, hasStamps: boolean): number {
  const flags = reader.u8();
  if (flags > (hasStamps ? flagsMax : flagsMaxWithoutStamps))
    throw new WireError('BYTES_MALFORMED', `the flags ${flags} are not known here`);
  return flags;
}

/** One that is told of is not 0: that is what is not flagged. */
function readIncident(reader: ByteReader): number {
  const incident = readVarint(reader);
  if (incident === 0) throw new WireError('BYTES_MALFORMED', 'an incident is flagged and is none');
  return incident;
}
