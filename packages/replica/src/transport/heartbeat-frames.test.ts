import { type Heartbeat, type HeartbeatAck, MessageType } from '@balsa/raft';
import { FrameQueue, frameHeaderBytes, WireError } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HeartbeatRun,
  heartbeatBytesMax,
  heartbeatIn,
  heartbeatsPerFrameMax,
  isHeartbeats,
  readHeartbeats,
} from './heartbeat-frames.ts';
import { peerVersionsKnown, since } from './peer-versions.ts';
import { heartbeatAcks, heartbeatOf, oneOfEach } from './test-frames.ts';

type Gathered = readonly (readonly [number, Heartbeat | HeartbeatAck])[];

const bytesMax = 1 << 20;
const { newest } = peerVersionsKnown;
const number = fc.oneof(fc.maxSafeNat(), fc.nat({ max: 300 }));
const group = fc.oneof(fc.nat({ max: 0xffff_ffff }), fc.nat({ max: 200 }));
const envelope = { from: fc.constant(1), to: fc.constant(2), term: number, session: number, round: number };
const heartbeats = fc.array(
  fc.tuple(
    group,
    fc.record({
      ...envelope,
      type: fc.constant(MessageType.heartbeat),
      commitIndex: number,
      restore: fc.option(fc.record({ incident: number.map((it) => it || 1), index: number }), { nil: undefined }),
      hibernates: fc.boolean(),
      leaderCommitIndex: fc.option(number, { nil: undefined }),
      provenStamp: fc.option(number, { nil: undefined }),
    }),
  ),
  { minLength: 1 },
);
const acks = fc.array(
  fc.tuple(
    group,
    fc.record({
      ...envelope,
      type: fc.constant(MessageType.heartbeatAck),
      receivedIndex: number,
      durableIndex: number,
      durableTerm: number,
      incident: number,
      appliedIndex: fc.option(number, { nil: undefined }),
      hibernates: fc.boolean(),
      stamp: fc.option(number, { nil: undefined }),
    }),
  ),
  { minLength: 1 },
);
const gatheredOfOneKind: fc.Arbitrary<Gathered> = fc.oneof<[fc.Arbitrary<Gathered>, fc.Arbitrary<Gathered>]>(
  heartbeats,
  acks,
);

function encode(gathered: Gathered): { readonly type: number; readonly body: Buffer } {
  const run = new HeartbeatRun(bytesMax);
  for (const [of, message] of gathered) {
    expect(run.takes(message.type)).toBe(true);
    const before = run.byteLength;
    run.add(of, message, newest);
    expect(run.byteLength - before).toBeLessThan(heartbeatBytesMax);
  }
  const queue = new FrameQueue();
  run.writeTo(queue);
  expect([run.isEmpty, run.byteLength]).toEqual([true, 0]);
  const bytes = Buffer.concat(queue.take().pieces);
  return { type: bytes[frameHeaderBytes - 1]!, body: bytes.subarray(frameHeaderBytes) };
}

function decode(type: number, body: Buffer, version = newest): Gathered {
  const gathered: (readonly [number, Heartbeat | HeartbeatAck])[] = [];
  readHeartbeats(type, body, 0, body.length, 1, 2, version, (of, message) => gathered.push([of, message]));
  return gathered;
}

function repeated(count: number): Gathered {
  const message = heartbeatIn(heartbeatOf(1, 2, 5))!;
  return Array.from({ length: count }, (_, i) => [i, message] as const);
}

describe('gathered heartbeats', () => {
  test('come back as they were, in order, whatever groups they are for', () => {
    fc.assert(
      fc.property(gatheredOfOneKind, (gathered) => {
        const { type, body } = encode(gathered);
        expect(isHeartbeats(type)).toBe(true);
        expect(decode(type, body)).toEqual(gathered);
      }),
    );
  });

  test('damaged, they are refused with a code, or are the only encoding of what they say', () => {
    fc.assert(
      fc.property(gatheredOfOneKind, fc.nat(), fc.nat({ max: 7 }), fc.nat(), (gathered, position, bit, cut) => {
        const { type, body } = encode(gathered);
        const bytes = Buffer.from(body.subarray(0, cut % 3 === 0 ? cut % (body.length + 1) : body.length));
        if (bytes.length > 0) bytes[position % bytes.length]! ^= 1 << bit;
        let read: Gathered;
        try {
          read = decode(type, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        for (const [of] of read) expect(of >= 0 && of <= 0xffff_ffff).toBe(true);
        if (read.length > 0) expect(encode(read)).toEqual({ type, body: bytes });
      }),
    );
  });

  test('are not handed out before all of them have been read', () => {
    const { type, body } = encode(repeated(3));
    const visited: number[] = [];
    const read = (): void =>
      readHeartbeats(type, body, 0, body.length - 1, 1, 2, newest, (of) => {
        visited.push(of);
      });
    expect(read).toThrow(expect.objectContaining({ code: 'BYTES_TRUNCATED' }));
    expect(visited).toEqual([]);
  });

  test('are bounded: a run takes no more, and a reader refuses more', () => {
    const run = new HeartbeatRun(bytesMax);
    for (const [of, message] of repeated(heartbeatsPerFrameMax)) run.add(of, message, newest);
    expect([run.takes(MessageType.heartbeat), run.takes(MessageType.heartbeatAck)]).toEqual([false, false]);
    const { type, body } = encode(repeated(heartbeatsPerFrameMax));
    expect(decode(type, body)).toHaveLength(heartbeatsPerFrameMax);
    const more = Buffer.concat([body, encode(repeated(1)).body]);
    expect(() => decode(type, more)).toThrow(/more than 1024 heartbeats/);
  });

  test('are of one kind in a frame', () => {
    const run = new HeartbeatRun(bytesMax);
    run.add(1, heartbeatIn(heartbeatAcks(1, 2, [5])[0]!)!, newest);
    expect([run.takes(MessageType.heartbeatAck), run.takes(MessageType.heartbeat)]).toEqual([true, false]);
    run.clear();
    expect([run.isEmpty, run.takes(MessageType.heartbeat)]).toEqual([true, true]);
  });

  test.each([
    ['a group below 0', 25, '0100' + '01010101'],
    ['a group above all', 25, 'ffffffff1f00' + '01010101' + '0200' + '01010101'],
    ['flags of another version', 25, '0210' + '01010101'],
    ['a restored incident that is none', 25, '0202' + '01010101' + '0005'],
    ['an incident that is none', 26, '0201' + '010101010101' + '00'],
  ])('with %s are refused', (_what, type, hex) => {
    expect(() => decode(type, Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code: 'BYTES_MALFORMED' }));
  });

  test('of a version without stamps have none, and are refused with one', () => {
    const [heartbeat] = repeated(1)[0]!.slice(1) as [Heartbeat];
    const run = new HeartbeatRun(bytesMax);
    run.add(0, { ...heartbeat, provenStamp: 300 }, since.stamps - 1);
    const queue = new FrameQueue();
    run.writeTo(queue);
    const body = Buffer.concat(queue.take().pieces).subarray(frameHeaderBytes);
    expect(decode(25, body, since.stamps - 1)).toEqual([[0, { ...heartbeat, provenStamp: undefined }]]);
    const { body: stamped } = encode([[0, { ...heartbeat, provenStamp: 300 }]]);
    expect(() => decode(25, stamped, since.stamps - 1)).toThrow(/flags 8 are not known/);
  });

  test('other frames are none', () => {
    const isOne = oneOfEach(1, 1, 2).map((frame) => heartbeatIn(frame) !== undefined);
    expect(isOne.filter((it) => it)).toHaveLength(5);
    expect([8, 9, 24, 27, 30].map(isHeartbeats)).toEqual([false, false, false, false, false]);
  });
});
