import { MessageType } from '@balsa/raft';
import { WireError } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplicaError } from '../errors.ts';
import type { PeerFrame } from '../ports.ts';
import { neededVersion } from './needed-version.ts';
import { decodePeerFrame, encodePeerFrame } from './peer-frame-bytes.ts';
import { peerFrameBytes } from './peer-frame-codec.ts';
import { peerVersionsKnown } from './peer-versions.ts';
import { appendOf, asKnownTo, configurationAppendOf, oneOfEach } from './test-frames.ts';

const group = 7;

const { oldest, newest } = peerVersionsKnown;
const versions = Array.from({ length: newest - oldest + 1 }, (_, i) => oldest + i);

function encode(frame: PeerFrame, version = newest): Buffer {
  return encodePeerFrame(group, frame, version);
}

function decode(bytes: Buffer, version = newest): PeerFrame {
  return decodePeerFrame(bytes, 1, 2, version).frame;
}

function oneOfEachIn(version: number): PeerFrame[] {
  return oneOfEach(group, 1, 2).filter((frame) => neededVersion(frame) <= version);
}

describe.each(versions)('frames between nodes, version %i', (version) => {
  test.each(oneOfEachIn(version).map((frame, i) => [i, frame] as const))(
    'frame %i comes back as it was, but for what the version does not have',
    (_, frame) => {
      const bytes = encode(frame, version);
      expect(decodePeerFrame(bytes, 1, 2, version)).toEqual({ group, frame: asKnownTo(version, frame) });
      expect(bytes.length).toBeLessThanOrEqual(peerFrameBytes(frame));
    },
  );

  test('any heartbeat answer comes back, but for what the version does not have', () => {
    const number = fc.maxSafeNat();
    const fields = fc.record({
      term: number,
      session: number,
      round: number,
      receivedIndex: number,
      durableIndex: number,
      durableTerm: number,
      incident: number,
      appliedIndex: fc.option(number, { nil: undefined }),
      stamp: fc.option(number, { nil: undefined }),
    });
    fc.assert(
      fc.property(fields, (values) => {
        const frame: PeerFrame = {
          kind: 'raft',
          message: { type: MessageType.heartbeatAck, from: 1, to: 2, hibernates: false, ...values },
        };
        expect(decode(encode(frame, version), version)).toEqual(asKnownTo(version, frame));
      }),
    );
  });

  test('cut, flipped and random bytes give a coded error or a well-formed frame, never anything else', () => {
    const frames = oneOfEachIn(version).map((frame) => encode(frame, version));
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat({ max: 7 }), fc.nat(), (which, position, bit, cut) => {
        const original = frames[which % frames.length]!;
        const bytes = Buffer.from(original.subarray(0, original.length - (cut % 3 === 0 ? cut % original.length : 0)));
        const at = position % bytes.length;
        bytes[at] = bytes[at]! ^ (1 << bit);
        expectCodedOrFine(() => decode(bytes, version));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(random.length);
        expectCodedOrFine(() => decode(Buffer.concat([length, random]), version));
      }),
    );
  });
});

const ackOfVersion1 =
  '07000000040000000000000003000000000000000c0000000000000050000000000000004d0000000000000006000000000000000200000000000000';

describe('frames between nodes', () => {
  // Bytes that a released version sends never change. Add the newest version's here; leave the others alone.
  test.each([
    [1, undefined, `3d00000009${ackOfVersion1}`],
    [2, 2 ** 40 + 3, `4600000009${ackOfVersion1}010300000000010000`],
    [3, 2 ** 40 + 3, `4700000009${ackOfVersion1}01030000000001000000`],
  ])('the bytes of version %i are what they always were', (version, appliedIndex, hex) => {
    const bytes = encode(heartbeatAck(2 ** 40 + 3), version);
    expect(bytes.toString('hex')).toBe(hex);
    expect(decode(bytes, version)).toEqual(heartbeatAck(appliedIndex));
  });

  test('what another version wrote is refused, not misread', () => {
    const ack = heartbeatAck(5);
    expect(() => decode(encode(ack, 2), 1)).toThrow(expect.objectContaining({ code: 'BYTES_MALFORMED' }));
    expect(() => decode(encode(ack, 1), 2)).toThrow(expect.objectContaining({ code: 'BYTES_TRUNCATED' }));
  });

  test.each(versions)('what version %i does not have is neither written nor read in it', (version) => {
    const missing = [...oneOfEach(group, 1, 2), configurationAppendOf(group, 1, 2)].filter(
      (frame) => neededVersion(frame) > version,
    );
    expect(missing.length).toBeGreaterThanOrEqual(version < 3 ? 9 : 0);
    for (const frame of missing) {
      expect(() => encode(frame, version)).toThrow(RangeError);
      // Records have a version of their own.
      if (frame.kind === 'raft' && 'batches' in frame.message) continue;
      const bytes = encode(frame, neededVersion(frame));
      expect(() => decode(bytes, version)).toThrow(/version \d has no frames of type/);
    }
  });

  test('versions that are not known are refused', () => {
    for (const version of [0, newest + 1, 1.5, Number.NaN]) {
      expect(() => encode(heartbeatAck(5), version)).toThrow(RangeError);
      expect(() => decode(encode(heartbeatAck(5)), version)).toThrow(RangeError);
    }
  });

  test('bytes that hold less or more than one frame are refused', () => {
    const bytes = encode(heartbeatAck(5));
    expect(() => decode(bytes.subarray(0, 4))).toThrow(expect.objectContaining({ code: 'BYTES_TRUNCATED' }));
    expect(() => decode(bytes.subarray(0, -1))).toThrow(expect.objectContaining({ code: 'BYTES_MALFORMED' }));
    expect(() => decode(Buffer.concat([bytes, bytes]))).toThrow(expect.objectContaining({ code: 'BYTES_MALFORMED' }));
  });

  test('share no memory with what was encoded', () => {
    const payload = Buffer.alloc(100_000, 1);
    const bytes = encode({ kind: 'forward', proposal: { requestId: 1, payload, acknowledge: 'applied' } });
    encode({ kind: 'forward', proposal: { requestId: 2, payload: payload.fill(2), acknowledge: 'applied' } });
    const frame = decode(bytes);
    expect(frame.kind === 'forward' && frame.proposal.payload.every((byte) => byte === 1)).toBe(true);
  });

  test('a batch is a view of what was received', () => {
    const bytes = encode(appendOf(group, 1, 2, 1, 100));
    const frame = decode(bytes);
    if (frame.kind !== 'raft' || frame.message.type !== 5) throw new Error('not an append');
    expect(frame.message.batches[0]?.bytes.buffer).toBe(bytes.buffer);
  });

  test('a batch of another group is refused', () => {
    const bytes = encode(appendOf(group + 1, 1, 2, 1, 100));
    expect(() => decode(bytes)).toThrow(/came to group 7/);
  });

  test('batches that do not follow one another are refused', () => {
    const frame = appendOf(group, 1, 2, 3, 10);
    if (frame.message.type !== 5) throw new Error('not an append');
    const gap = { ...frame.message, batches: frame.message.batches.filter((_, i) => i !== 1) };
    expect(() => decode(encode({ kind: 'raft', message: gap }))).toThrow(/does not follow/);
  });

  test('every flipped bit of a record is noticed', () => {
    const bytes = encode(appendOf(group, 1, 2, 1, 64));
    const recordStart = bytes.length - 48 - 4 - 64;
    for (let at = recordStart; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = damaged[at]! ^ 4;
      expect(() => decode(damaged)).toThrow(ReplicaError);
    }
  });
});

function heartbeatAck(appliedIndex: number | undefined): PeerFrame {
  return {
    kind: 'raft',
    message: {
      type: MessageType.heartbeatAck,
      hibernates: false,
      from: 1,
      to: 2,
      term: 4,
      session: 3,
      round: 12,
      receivedIndex: 80,
      durableIndex: 77,
      durableTerm: 6,
      incident: 2,
      appliedIndex,
      stamp: undefined,
    },
  };
}

function expectCodedOrFine(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error instanceof WireError || error instanceof ReplicaError, String(error)).toBe(true);
  }
}
