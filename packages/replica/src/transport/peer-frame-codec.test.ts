import { FrameQueue, frameHeaderBytes, unpooled, WireError } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplicaError } from '../errors.ts';
import type { PeerFrame } from '../ports.ts';
import { peerFrameBytes, readPeerFrame, readPeerFrameGroup, writePeerFrame } from './peer-frame-codec.ts';
import { appendOf, oneOfEach } from './test-frames.ts';

const group = 7;

function encode(frame: PeerFrame): Buffer {
  const queue = new FrameQueue(unpooled);
  writePeerFrame(queue, group, frame);
  return Buffer.concat(queue.take().pieces);
}

function decode(bytes: Buffer): PeerFrame {
  return readPeerFrame(bytes[4] ?? 0, bytes, frameHeaderBytes, bytes.length, 1, 2);
}

describe('frames between nodes', () => {
  test.each(oneOfEach(group, 1, 2).map((frame, i) => [i, frame] as const))(
    'frame %i comes back as it was',
    (_, frame) => {
      const bytes = encode(frame);
      expect(readPeerFrameGroup(bytes, frameHeaderBytes, bytes.length)).toBe(group);
      expect(decode(bytes)).toEqual(frame);
      expect(bytes.length).toBeLessThanOrEqual(peerFrameBytes(frame));
    },
  );

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

  test('cut, flipped and random bytes give a coded error or a well-formed frame, never anything else', () => {
    const frames = oneOfEach(group, 1, 2).map(encode);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat({ max: 7 }), fc.nat(), (which, position, bit, cut) => {
        const original = frames[which % frames.length]!;
        const bytes = Buffer.from(original.subarray(0, original.length - (cut % 3 === 0 ? cut % original.length : 0)));
        if (bytes.length <= frameHeaderBytes) return;
        const at = 4 + (position % (bytes.length - 4));
        bytes[at] = bytes[at]! ^ (1 << bit);
        expectCodedOrFine(() => decode(bytes));
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        expectCodedOrFine(() => decode(Buffer.concat([Buffer.alloc(4), random])));
      }),
    );
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

function expectCodedOrFine(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error instanceof WireError || error instanceof ReplicaError, String(error)).toBe(true);
  }
}
