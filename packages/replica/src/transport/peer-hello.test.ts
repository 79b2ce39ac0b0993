import { FrameQueue, type FrameSink, frameHeaderBytes, WireError } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  faultOf,
  readPeerHello,
  readPeerRefusal,
  readPeerWelcome,
  writePeerHello,
  writePeerRefusal,
  writePeerWelcome,
} from './peer-hello.ts';

function bodyOf(write: (sink: FrameSink) => void): Buffer {
  const queue = new FrameQueue();
  write(queue);
  return Buffer.concat(queue.take().pieces).subarray(frameHeaderBytes);
}

const hello = { cluster: 'plant', from: 2, to: 1, instance: 2 ** 47 };
const welcome = { nodeId: 2, instance: 2 ** 47 };
const refusal = { code: 'PEER_ID_OURS', message: 'no' };
const cases: [string, Buffer, (bytes: Buffer, start: number, end: number) => unknown, unknown][] = [
  ['hello', bodyOf((sink) => writePeerHello(sink, hello)), readPeerHello, hello],
  ['welcome', bodyOf((sink) => writePeerWelcome(sink, welcome)), readPeerWelcome, welcome],
  ['refusal', bodyOf((sink) => writePeerRefusal(sink, refusal)), readPeerRefusal, refusal],
];

describe('the greeting of nodes', () => {
  test.each(cases)('%s comes back as it was, and survives damage', (_name, body, read, expected) => {
    expect(read(body, 0, body.length)).toEqual(expected);
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 7 }), fc.nat(), (position, bit, cut) => {
        const bytes = Buffer.from(body.subarray(0, body.length - (cut % 4)));
        bytes[position % bytes.length]! ^= 1 << bit;
        try {
          read(bytes, 0, bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });

  test('is welcome when everything agrees, whether or not the peer is known to be up', () => {
    const context = { nodeId: 1, cluster: 'plant', isPeer: (node: number) => node === 2 };
    expect(faultOf(hello, { ...context, instanceOf: () => undefined })).toBeUndefined();
    expect(faultOf(hello, { ...context, instanceOf: () => 2 ** 47 })).toBeUndefined();
    expect(faultOf(hello, { ...context, instanceOf: () => 1 })?.code).toBe('PEER_ID_TAKEN');
  });
});
