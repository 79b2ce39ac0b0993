// Messages of the core as bytes: the sender's term, then the fields in the order of their declaration. Who sends a message
// and to whom is known from the connection. Batches travel as their sealed records, untouched; a configuration as in a
// record, behind its length.
//
// How a field is written and read depends on the version that the two nodes agreed on: see peer-versions.ts.

import {
  type Batch,
  type GroupId,
  type InstallSnapshot,
  type Message,
  MessageType,
  type NodeId,
  type WeakAck,
} from '@balsa/raft';
import { type ByteReader, type ByteWriter, type FrameSink, WireError } from '@balsa/wire';
import { decodeConfiguration, encodeConfiguration } from '../configuration-bytes.ts';
import { openRecord } from '../record.ts';
import { since } from './peer-versions.ts';
import { readRoutes, routesBytes, writeRoutes } from './route-bytes.ts';

/** Beside the fixed part of a message: how many bytes it will take. */
export function variableMessageBytes(message: Message): number {
  switch (message.type) {
    case MessageType.append: {
      let sum = 0;
      for (const batch of message.batches) sum += batch.bytes.length;
      return sum + routesBytes(message.routes);
    }
    case MessageType.installSnapshot:
      return encodeConfiguration(message.snapshot.configuration).length;
    default:
      return 0;
  }
}

/** The agreed version must have the message: see needed-version.ts. Batches may be sent without a copy. */
export function writeMessage(writer: ByteWriter, sink: FrameSink, message: Message, version: number): void {
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
      if (version >= since.membership) writeOptional(writer, message.removedAt);
      if (version >= since.preVoteCommitIndex) writeOptional(writer, message.commitIndex);
      return;
    case MessageType.voteRequest:
      writer.u64(message.lastIndex);
      writer.u64(message.lastTerm);
      if (version >= since.leadershipTransfer) writer.u8(message.transfer ? 1 : 0);
      return;
    case MessageType.voteResponse:
      writer.u8(message.granted ? 1 : 0);
      return;
    case MessageType.append:
      writer.u64(message.session);
      writer.u64(message.prevIndex);
      writer.u64(message.prevTerm);
      writer.u64(message.commitIndex);
      if (version >= since.relays) {
        writer.u64(message.leader);
        writer.u8(message.mayOvertake ? 1 : 0);
        writeRoutes(writer, message.routes);
      }
      writer.u32(message.batches.length);
      for (const batch of message.batches) sink.attach(batch.bytes);
      return;
    case MessageType.appendAck:
      writer.u64(message.session);
      writer.u64(message.durableIndex);
      writer.u64(message.durableTerm);
      writer.u64(message.incident);
      return;
    case MessageType.weakAck:
      writer.u64(message.session);
      writer.u64(message.receivedIndex);
      writer.u64(message.receivedTerm);
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
      if (version >= since.hibernation) {
        writer.u8(message.hibernates ? 1 : 0);
        writeOptional(writer, message.leaderCommitIndex);
      }
      if (version >= since.stamps) writeOptional(writer, message.provenStamp);
      return;
    case MessageType.heartbeatAck:
      writer.u64(message.session);
      writer.u64(message.round);
      writer.u64(message.receivedIndex);
      writer.u64(message.durableIndex);
      writer.u64(message.durableTerm);
      writer.u64(message.incident);
      if (version >= since.heartbeatAckAppliedIndex) writeOptional(writer, message.appliedIndex);
      if (version >= since.hibernation) writer.u8(message.hibernates ? 1 : 0);
      if (version >= since.stamps) writeOptional(writer, message.stamp);
      return;
    case MessageType.readIndexRequest:
      writer.u64(message.requestId);
      return;
    case MessageType.readIndexResponse:
      writer.u64(message.requestId);
      writeOptional(writer, message.readIndex);
      return;
    case MessageType.installSnapshot: {
      const { index, term, configuration } = message.snapshot;
      const configurationBytes = encodeConfiguration(configuration);
      writer.u64(message.session);
      writer.u64(index);
      writer.u64(term);
      writer.u32(configurationBytes.length);
      writer.raw(configurationBytes);
      return;
    }
    case MessageType.timeoutNow:
    case MessageType.wake:
      return;
  }
}

/**
 * Batches are views into the reader's bytes.
 * @throws WireError: the message is malformed, or this version has none of this type. ReplicaError RECORD_DAMAGED,
 * RECORD_UNKNOWN: a batch or a configuration in it is.
 */
export function readMessage(
  type: number,
  reader: ByteReader,
  group: GroupId,
  from: NodeId,
  to: NodeId,
  version: number,
): Message {
  switch (type) {
    case MessageType.preVoteRequest:
      return {
        type,
        from,
        to,
        term: reader.u64(),
        campaignTerm: reader.u64(),
        lastIndex: reader.u64(),
        lastTerm: reader.u64(),
      };
    case MessageType.preVoteResponse:
      return {
        type,
        from,
        to,
        term: reader.u64(),
        campaignTerm: reader.u64(),
        granted: readFlag(reader),
        removedAt: version >= since.membership ? readOptional(reader) : undefined,
        commitIndex: version >= since.preVoteCommitIndex ? readOptional(reader) : undefined,
      };
    case MessageType.voteRequest:
      return {
        type,
        from,
        to,
        term: reader.u64(),
        lastIndex: reader.u64(),
        lastTerm: reader.u64(),
        transfer: version >= since.leadershipTransfer && readFlag(reader),
      };
    case MessageType.voteResponse:
      return { type, from, to, term: reader.u64(), granted: readFlag(reader) };
    case MessageType.append: {
      const term = reader.u64();
      const session = reader.u64();
      const prevIndex = reader.u64();
      const prevTerm = reader.u64();
      const commitIndex = reader.u64();
      const leader = version >= since.relays ? reader.u64() : from;
      const mayOvertake = version >= since.relays && readFlag(reader);
      const routes = version >= since.relays ? readRoutes(reader) : [];
      const batches = readBatches(reader, group, prevIndex, prevTerm);
      return {
        type,
        from,
        to,
        term,
        leader,
        session,
        prevIndex,
        prevTerm,
        commitIndex,
        batches,
        mayOvertake,
        routes,
      };
    }
    case MessageType.appendAck:
      return {
        type,
        from,
        to,
        term: reader.u64(),
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
        term: reader.u64(),
        session: reader.u64(),
        rejectedPrevIndex: reader.u64(),
        hintIndex: reader.u64(),
        hintTerm: reader.u64(),
      };
    case MessageType.heartbeat: {
      const term = reader.u64();
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
        hibernates: version >= since.hibernation && readFlag(reader),
        leaderCommitIndex: version >= since.hibernation ? readOptional(reader) : undefined,
        provenStamp: version >= since.stamps ? readOptional(reader) : undefined,
      };
    }
    case MessageType.heartbeatAck:
      return {
        type,
        from,
        to,
        term: reader.u64(),
        session: reader.u64(),
        round: reader.u64(),
        receivedIndex: reader.u64(),
        durableIndex: reader.u64(),
        durableTerm: reader.u64(),
        incident: reader.u64(),
        appliedIndex: version >= since.heartbeatAckAppliedIndex ? readOptional(reader) : undefined,
        hibernates: version >= since.hibernation && readFlag(reader),
        stamp: version >= since.stamps ? readOptional(reader) : undefined,
      };
    case MessageType.readIndexRequest:
      return { type, from, to, term: reader.u64(), requestId: reader.u64() };
    case MessageType.readIndexResponse:
      return { type, from, to, term: reader.u64(), requestId: reader.u64(), readIndex: readOptional(reader) };
    case MessageType.installSnapshot:
      if (version >= since.snapshots) return readInstallSnapshot(reader, from, to);
      break;
    case MessageType.timeoutNow:
      if (version >= since.leadershipTransfer) return { type, from, to, term: reader.u64() };
      break;
    case MessageType.wake:
      if (version >= since.hibernation) return { type, from, to, term: reader.u64() };
      break;
    case MessageType.weakAck:
      if (version >= since.weakAcks) return readWeakAck(reader, from, to);
      break;
  }
  throw new WireError('BYTES_MALFORMED', `version ${version} has no frames of type ${type}`);
}

/** @throws as `readMessage`. */
export function readInstallSnapshot(reader: ByteReader, from: NodeId, to: NodeId): InstallSnapshot {
  const term = reader.u64();
  const session = reader.u64();
  const index = reader.u64();
  const snapshotTerm = reader.u64();
  const configuration = decodeConfiguration(reader.raw(reader.u32()));
  return {
    type: MessageType.installSnapshot,
    from,
    to,
    term,
    session,
    snapshot: { index, term: snapshotTerm, configuration },
  };
}

function readWeakAck(reader: ByteReader, from: NodeId, to: NodeId): WeakAck {
  return {
    type: MessageType.weakAck,
    from,
    to,
    term: reader.u64(),
    session: reader.u64(),
    receivedIndex: reader.u64(),
    receivedTerm: reader.u64(),
    incident: reader.u64(),
  };
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
