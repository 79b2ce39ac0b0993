import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { FrameDecoder, type FrameReceiver, pingFrameType } from './frame-decoder.ts';
import { FrameQueue } from './frame-queue.ts';

interface Frame {
  readonly type: number;
  readonly body: Buffer;
}

class Collector implements FrameReceiver {
  readonly frames: Frame[] = [];

  onFrame(type: number, bytes: Buffer, start: number, end: number): void {
    this.frames.push({ type, body: bytes.subarray(start, end) });
  }
}

function encode(frames: readonly Frame[], attach = false): Buffer {
  const queue = new FrameQueue();
  for (const { type, body } of frames) {
    const writer = queue.begin(type);
    if (attach) queue.attach(body);
    else writer.raw(body);
    queue.end();
  }
  const outgoing = queue.take();
  const bytes = Buffer.concat(outgoing.pieces);
  expect(bytes.length).toBe(outgoing.byteLength);
  outgoing.release();
  return bytes;
}

/** Enough to tell frames apart; comparing megabytes byte by byte with `toEqual` takes seconds. */
function summary({ type, body }: Frame): string {
  return `${type} ${body.length} ${crc32c(body)}`;
}

const anyFrame = fc.record({
  type: fc.integer({ min: 1, max: 255 }),
  body: fc
    .oneof(fc.nat({ max: 40 }), fc.constantFrom(0, 16_383, 16_384, 50_000))
    .map((size) => Buffer.alloc(size, size)),
});

describe('frames', () => {
  test('come back in order, however they are queued and however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 12 }),
        fc.array(fc.nat({ max: 20_000 })),
        fc.boolean(),
        (frames, cuts, attach) => {
          const bytes = encode(frames, attach);
          const decoder = new FrameDecoder(1 << 20);
          const collector = new Collector();
          let offset = 0;
          for (const cut of [...cuts, bytes.length]) {
            decoder.push(Buffer.from(bytes.subarray(offset, offset + cut)), collector);
            offset = Math.min(bytes.length, offset + cut);
          }
          expect(collector.frames.map(summary)).toEqual(frames.map(summary));
        },
      ),
    );
  });

  test('come back when every byte comes alone', () => {
    const frames = [0, 1, 300].map((size, i) => ({ type: i + 1, body: Buffer.alloc(size, i) }));
    const decoder = new FrameDecoder(1000);
    const collector = new Collector();
    for (const byte of encode(frames)) decoder.push(Buffer.from([byte]), collector);
    expect(collector.frames).toEqual(frames);
  });

  test('within one chunk are not copied', () => {
    const chunk = encode([{ type: 1, body: Buffer.alloc(100) }]);
    const collector = new Collector();
    new FrameDecoder(1000).push(chunk, collector);
    expect(collector.frames[0]?.body.buffer).toBe(chunk.buffer);
  });

  test('over the limit are refused at their length, before anything is taken for them', () => {
    const header = Buffer.from('ffffffff01', 'hex');
    const before = process.memoryUsage().arrayBuffers;
    const decoder = new FrameDecoder(1 << 20);
    expect(() => decoder.push(header, new Collector())).toThrow(expect.objectContaining({ code: 'FRAME_TOO_LARGE' }));
    const piecewise = new FrameDecoder(1 << 20);
    piecewise.push(header.subarray(0, 4), new Collector());
    expect(() => piecewise.push(header.subarray(4), new Collector())).toThrow(
      expect.objectContaining({ code: 'FRAME_TOO_LARGE' }),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });

  test('without a type are refused', () => {
    expect(() => new FrameDecoder(10).push(Buffer.alloc(8), new Collector())).toThrow(
      expect.objectContaining({ code: 'BYTES_MALFORMED' }),
    );
  });

  test('pings are not handed on', () => {
    const collector = new Collector();
    const bytes = encode([
      { type: pingFrameType, body: Buffer.alloc(0) },
      { type: 5, body: Buffer.from('x') },
    ]);
    new FrameDecoder(10).push(bytes, collector);
    for (const byte of bytes) new FrameDecoder(10).push(Buffer.from([byte]), collector);
    expect(collector.frames).toEqual([{ type: 5, body: Buffer.from('x') }]);
  });

  test('are not handed on once the receiver has stopped the decoder', () => {
    const decoder = new FrameDecoder(10);
    const seen: number[] = [];
    const receiver: FrameReceiver = {
      onFrame(type) {
        seen.push(type);
        decoder.stop();
      },
    };
    decoder.push(encode([1, 2, 3].map((type) => ({ type, body: Buffer.alloc(0) }))), receiver);
    decoder.push(encode([{ type: 4, body: Buffer.alloc(0) }]), receiver);
    expect(seen).toEqual([1]);
  });

  test('that were begun and not ended are forgotten', () => {
    const queue = new FrameQueue();
    queue.begin(1).raw(Buffer.from('kept'));
    queue.end();
    queue.begin(2).raw(Buffer.from('lost'));
    queue.attach(Buffer.alloc(20_000));
    expect(queue.byteLength).toBe(9);
    queue.begin(3).raw(Buffer.from('also kept'));
    queue.end();
    queue.begin(4);
    const collector = new Collector();
    new FrameDecoder(100).push(Buffer.concat(queue.take().pieces), collector);
    expect(collector.frames.map(({ type, body }) => [type, body.toString()])).toEqual([
      [1, 'kept'],
      [3, 'also kept'],
    ]);
    expect(queue.take().byteLength).toBe(0);
  });

  test('cannot be ended before they are begun', () => {
    const queue = new FrameQueue();
    expect(() => queue.end()).toThrow(/no frame/);
    queue.begin(1);
    queue.end();
    expect(() => queue.end()).toThrow(/no frame/);
    expect(() => queue.attach(Buffer.alloc(1))).toThrow(/no frame/);
  });

  test('large bodies are sent from where they are', () => {
    const body = Buffer.alloc(100_000, 7);
    const queue = new FrameQueue();
    queue.begin(1);
    queue.attach(body);
    queue.end();
    expect(queue.take().pieces[1]).toBe(body);
  });
});
