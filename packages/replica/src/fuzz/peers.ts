// What comes from other nodes.

import type { Batch, GroupId } from '@balsa/raft';
import { FrameQueue, type FrameSink, frameHeaderBytes, WireError } from '@balsa/wire';
import { decoderTarget, FuzzFinding, type FuzzTarget, inputBytesMax } from '@balsa/wire/fuzz';
import { ReplicaError } from '../errors.ts';
import {
  decodePayloadHeader,
  encodePayload,
  isWellFormed,
  openSessionPayload,
  payloadHeaderBytes,
  payloadKindOf,
} from '../host/payload.ts';
import type { PeerFrame } from '../ports.ts';
import { forEachEntry, openRecord, sealRecord } from '../record.ts';
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
import { batchOf, oneOfEach } from '../transport/test-frames.ts';
import { resealRecords } from './reseal.ts';

const group = 7;
const from = 2;
const to = 1;
const folder = { id: 2 ** 40, replacesLostDisk: true };
const version = peerVersionsKnown.newest;
/** Of an append: u8 type, u32 group, u64 term, session, previous index and term, commit index, u32 count. */
const recordsOffset = 1 + 4 + 5 * 8 + 4;

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
  reseal: (bytes) => resealRecords(bytes, recordsOffset),
  decode: (input) => {
    const type = input[0] ?? 0;
    const frame = readPeerFrame(type, input, 1, input.length, from, to, version);
    if (frame.kind === 'raft' && 'batches' in frame.message) frame.message.batches.forEach(readThrough);
    return { group: readPeerFrameGroup(input, 1, input.length), frame };
  },
  encode: frameBytes,
});

const record = decoderTarget({
  name: 'replica/record',
  corpus: [batchOf(group, 1, 0).bytes, batchOf(group, 11, 100).bytes, batchOf(group, 2 ** 40, 3000).bytes].map((it) =>
    Buffer.from(it),
  ),
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
  record,
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
  for (const number of [term, prevTerm, firstIndex, firstIndex + count]) {
    if (!Number.isSafeInteger(number)) throw new FuzzFinding(`a record was opened with the number ${number}`);
  }
  let entries = 0;
  try {
    forEachEntry(batch, () => entries++);
  } catch (error) {
    throw new FuzzFinding(`the entries of an opened record cannot be read: ${String(error)}`, { cause: error });
  }
  if (entries !== count) throw new FuzzFinding(`an opened record has ${entries} entries where ${count} are announced`);
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
