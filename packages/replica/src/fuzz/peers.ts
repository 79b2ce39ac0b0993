// What comes from other nodes.

import {
  type Batch,
  BatchKind,
  type Configuration,
  configurationOf,
  type GroupId,
  type Heartbeat,
  type HeartbeatAck,
} from '@balsa/raft';
import { ByteReader, FrameQueue, type FrameSink, frameHeaderBytes, WireError } from '@balsa/wire';
import { decoderTarget, FuzzFinding, type FuzzTarget, inputBytesMax } from '@balsa/wire/fuzz';
import { decodeConfiguration, encodeConfiguration } from '../configuration-bytes.ts';
import { ReplicaError } from '../errors.ts';
import { sealConfigurationRecord } from '../host/batch-builder.ts';
import {
  decodePayloadHeader,
  encodePayload,
  isWellFormed,
  openSessionPayload,
  payloadHeaderBytes,
  payloadKindOf,
} from '../host/payload.ts';
import type { PeerFrame } from '../ports.ts';
import { forEachEntry, isReset, openLogRecord, openRecord, sealRecord, sealReset } from '../record.ts';
import {
  HeartbeatRun,
  heartbeatIn,
  heartbeatsPerFrameMax,
  isHeartbeats,
  readHeartbeats,
} from '../transport/heartbeat-frames.ts';
import { readPeerFrame, readPeerFrameGroup, writePeerFrame } from '../transport/peer-frame-codec.ts';
import {
  readPeerHello,
  readPeerRefusal,
  readPeerWelcome,
  writePeerHello,
  writePeerRefusal,
  writePeerWelcome,
} from '../transport/peer-hello.ts';
import { peerVersionsKnown } from '../transport/peer-versions.ts';
import { readRoutes, routesBytes } from '../transport/route-bytes.ts';
import { batchOf, heartbeatAcks, heartbeatOf, oneOfEach } from '../transport/test-frames.ts';
import { transportLimitsDefault } from '../transport/transport-limits.ts';
import { resealRecords } from './reseal.ts';

const group = 7;
const from = 2;
const to = 1;
const folder = { id: 2 ** 40, replacesLostDisk: true };
const version = peerVersionsKnown.newest;
const sampleConfiguration: Configuration = {
  voters: [1, 2, 2 ** 52],
  outgoing: [1, 2, 3],
  learners: [4],
  preferredLeader: 2,
  leases: true,
};
/** Of an append: u8 type, u32 group, u64 term, session, previous index and term, commit index, leader, u8 whether it may overtake. */
const routesOffset = 1 + 4 + 6 * 8 + 1;

/** Behind the routes and the u32 count of an append; the end, if it is none. */
function recordsOffset(bytes: Buffer): number {
  try {
    return routesOffset + routesBytes(readRoutes(new ByteReader(bytes, routesOffset, bytes.length))) + 4;
  } catch {
    return bytes.length;
  }
}

interface TypedFrame {
  readonly group: GroupId;
  readonly frame: PeerFrame;
}

/** Input: the frame's type, then its body. */
const peerFrame = decoderTarget<TypedFrame>({
  name: 'replica/peer-frame',
  corpus: oneOfEach(group, from, to)
    .map((frame) => frameBytes({ group, frame }))
    .filter(({ length }) => length <= inputBytesMax),
  refusals: [WireError, ReplicaError],
  reseal: (bytes) => resealRecords(bytes, recordsOffset(bytes)),
  decode: (input) => {
    const type = input[0] ?? 0;
    const frame = readPeerFrame(type, input, 1, input.length, from, to, version);
    if (frame.kind === 'raft' && 'batches' in frame.message) frame.message.batches.forEach(readThrough);
    return { group: readPeerFrameGroup(input, 1, input.length), frame };
  },
  encode: frameBytes,
});

type Heartbeats = readonly (readonly [GroupId, Heartbeat | HeartbeatAck])[];

/** Input: the frame's type, then its body, which is not empty: one without heartbeats would not be sent. */
const peerHeartbeats = decoderTarget<Heartbeats>({
  name: 'replica/peer-heartbeats',
  corpus: [
    ...[1, 2, heartbeatsPerFrameMax].map((count) =>
      heartbeatsBytes(Array.from({ length: count }, (_, i) => [i * 3, heartbeatIn(heartbeatOf(from, to, i))!])),
    ),
    heartbeatsBytes([
      [2 ** 32 - 1, heartbeatIn(heartbeatOf(from, to, 2 ** 40, { restore: { incident: 2, index: 9 } }))!],
      [0, heartbeatIn(heartbeatOf(from, to, 1, { hibernates: true, provenStamp: 2 ** 48 }))!],
    ]),
    heartbeatsBytes(heartbeatAcks(from, to, [undefined, 0, 2 ** 40]).map((frame, i) => [i, heartbeatIn(frame)!])),
  ],
  refusals: [WireError],
  decode: (input) => {
    const type = input[0] ?? 0;
    if (!isHeartbeats(type) || input.length < 2) throw new WireError('BYTES_MALFORMED', 'no heartbeats');
    const read: (readonly [GroupId, Heartbeat | HeartbeatAck])[] = [];
    readHeartbeats(type, input, 1, input.length, from, to, version, (of, message) => {
      checkNumbers({ of, ...message });
      read.push([of, message]);
    });
    return read;
  },
  encode: heartbeatsBytes,
  isCanonical: true,
});

const record = decoderTarget({
  name: 'replica/record',
  corpus: [
    batchOf(group, 1, 0).bytes,
    batchOf(group, 11, 100).bytes,
    batchOf(group, 2 ** 40, 3000).bytes,
    configurationRecord(),
  ].map((it) => Buffer.from(it)),
  refusals: [ReplicaError],
  reseal: (bytes) => resealRecords(bytes, 0),
  decode: (input) => {
    const opened = openRecord(input);
    readThrough(opened.batch);
    return opened;
  },
  encode: ({ group: of, batch }) => {
    const bytes = Buffer.from(batch.bytes);
    sealRecord(bytes, of, batch);
    return bytes;
  },
});

/** What a log takes for one of its records, and what it says. */
const logRecord = decoderTarget({
  name: 'replica/log-record',
  corpus: [
    sealReset(group, { index: 0, term: 0 }).bytes,
    sealReset(group, { index: 2 ** 40, term: 7 }).bytes,
    batchOf(group, 1, 0).bytes,
    configurationRecord(),
  ].map((it) => Buffer.from(it)),
  refusals: [ReplicaError],
  reseal: (bytes) => resealRecords(bytes, 0),
  decode: (input) => {
    const opened = openLogRecord(input);
    if (!isReset(opened.record)) readThrough(opened.record);
    return opened;
  },
  encode: ({ group: of, record: it }) => {
    if (isReset(it)) return Buffer.from(sealReset(of, it.base).bytes);
    if (it.configuration !== undefined) return sealConfigurationRecord(of, it, it.configuration);
    const bytes = Buffer.from(it.bytes);
    sealRecord(bytes, of, it);
    return bytes;
  },
});

const configuration = decoderTarget({
  name: 'replica/configuration',
  corpus: [encodeConfiguration(configurationOf([1])), encodeConfiguration(sampleConfiguration)],
  refusals: [ReplicaError],
  decode: decodeConfiguration,
  encode: encodeConfiguration,
  isCanonical: true,
});

const payload = decoderTarget({
  name: 'replica/payload',
  corpus: [
    encodePayload({ session: 9, sequence: 4, acknowledgedBelow: 3 }, Buffer.from('a command')),
    encodePayload({ session: 0, sequence: 0, acknowledgedBelow: 0 }, Buffer.from('a command')),
    openSessionPayload(),
  ],
  refusals: [ReplicaError],
  decode: (input) => {
    if (!isWellFormed(input)) throw new ReplicaError('PAYLOAD_MALFORMED', 'no header');
    const header = decodePayloadHeader(input);
    const kind = payloadKindOf(header);
    if (kind !== 'command' && kind !== 'openSession') throw new FuzzFinding(`a stranger's ${kind} was accepted`);
    return { header, command: input.subarray(payloadHeaderBytes) };
  },
  encode: ({ header, command }) => encodePayload(header, command),
  isCanonical: true,
});

function greetingTarget<Value>(
  what: string,
  sample: Value,
  read: (bytes: Buffer, start: number, end: number) => Value,
  write: (sink: FrameSink, value: Value) => void,
): FuzzTarget {
  const encode = (value: Value): Buffer => queued((sink) => write(sink, value)).subarray(frameHeaderBytes);
  return decoderTarget({
    name: `replica/peer-${what}`,
    corpus: [encode(sample)],
    refusals: [WireError],
    decode: (input) => read(input, 0, input.length),
    encode,
  });
}

export const peerTargets: readonly FuzzTarget[] = [
  peerFrame,
  peerHeartbeats,
  record,
  logRecord,
  configuration,
  payload,
  greetingTarget(
    'hello',
    { cluster: 'plant', from, to, instance: 2 ** 47, versions: peerVersionsKnown, folder },
    readPeerHello,
    writePeerHello,
  ),
  greetingTarget('welcome', { nodeId: from, instance: 2 ** 47, version, folder }, readPeerWelcome, writePeerWelcome),
  greetingTarget('refusal', { code: 'PEER_ID_OURS', message: 'no' }, readPeerRefusal, writePeerRefusal),
];

/** Whoever opens a record may rely on its numbers being exact and on its entries filling it. */
export function readThrough(batch: Batch): void {
  const { term, prevTerm, firstIndex, count } = batch;
  checkNumbers({ term, prevTerm, firstIndex, end: firstIndex + count });
  let entries = 0;
  try {
    forEachEntry(batch, () => entries++);
  } catch (error) {
    throw new FuzzFinding(`the entries of an opened record cannot be read: ${String(error)}`, { cause: error });
  }
  if (entries !== count) throw new FuzzFinding(`an opened record has ${entries} entries where ${count} are announced`);
}

function checkNumbers(fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'number' || (Number.isSafeInteger(value) && value >= 0)) continue;
    throw new FuzzFinding(`what was accepted has the number ${value} as its ${name}`);
  }
}

/** The frame's type and body. */
function heartbeatsBytes(heartbeats: Heartbeats): Buffer {
  const run = new HeartbeatRun(transportLimitsDefault.frameBytesMax);
  for (const [of, message] of heartbeats) run.add(of, message, version);
  return queued((sink) => run.writeTo(sink)).subarray(frameHeaderBytes - 1);
}

function configurationRecord(): Buffer {
  const header = { kind: BatchKind.configuration, term: 3, prevTerm: 2, firstIndex: 11, count: 1 };
  return sealConfigurationRecord(group, header, sampleConfiguration);
}

function frameBytes({ group: of, frame }: TypedFrame): Buffer {
  return queued((sink) => writePeerFrame(sink, of, frame, version)).subarray(frameHeaderBytes - 1);
}

/** The bytes of the frames that `write` puts into a queue. */
export function queued(write: (sink: FrameSink) => void): Buffer {
  const queue = new FrameQueue();
  write(queue);
  const outgoing = queue.take();
  const bytes = Buffer.concat(outgoing.pieces);
  outgoing.release();
  return bytes;
}
