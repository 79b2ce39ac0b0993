import { FrameQueue, type FrameSink, frameHeaderBytes, WireError } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answerTo,
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

const folder = { id: 2 ** 40 + 5, replacesLostDisk: true };
const hello = { cluster: 'plant', from: 2, to: 1, instance: 2 ** 47, versions: { oldest: 1, newest: 2 }, folder };
const welcome = { nodeId: 2, instance: 2 ** 47, version: 2, folder };
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

  test.each(cases)('%s may grow at its end', (_name, body, read, expected) => {
    const grown = Buffer.concat([body, Buffer.from('what a later release says')]);
    expect(read(grown, 0, grown.length)).toEqual(expected);
  });

  // Nodes of any two releases must be able to greet each other: these bytes never change.
  test.each([
    ['hello', '0500706c616e7402000000000000000100000000000000000000000080000001000200050000000001000001'],
    ['welcome', '020000000000000000000000008000000200050000000001000001'],
    ['refusal', '0c00504545525f49445f4f55525302006e6f'],
  ])('the bytes of a %s are what they always were', (name, hex) => {
    expect(cases.find(([other]) => other === name)?.[1].toString('hex')).toBe(hex);
  });

  test('greetings of the first builds tell nothing of a folder', () => {
    const old = Buffer.from('0500706c616e7402000000000000000100000000000000000000000080000001000200', 'hex');
    expect(readPeerHello(old, 0, old.length)).toEqual({ ...hello, folder: undefined });
    expect(bodyOf((sink) => writePeerHello(sink, { ...hello, folder: undefined }))).toEqual(old);
    const oldWelcome = Buffer.from('020000000000000000000000008000000200', 'hex');
    expect(readPeerWelcome(oldWelcome, 0, oldWelcome.length)).toEqual({ ...welcome, folder: undefined });
  });

  test.each([
    ['000000000000000000', 'of id 0'],
    ['050000000000000002', 'with another flag'],
  ])('a folder %s is malformed (%s)', (hex) => {
    const bare = bodyOf((sink) => writePeerWelcome(sink, { ...welcome, folder: undefined }));
    const body = Buffer.concat([bare, Buffer.from(hex, 'hex')]);
    expect(() => readPeerWelcome(body, 0, body.length)).toThrow(expect.objectContaining({ code: 'BYTES_MALFORMED' }));
  });

  test.each([
    [0, 1],
    [3, 2],
  ])('a hello with versions from %i to %i is malformed', (oldest, newest) => {
    const body = bodyOf((sink) => writePeerHello(sink, { ...hello, versions: { oldest, newest } }));
    expect(() => readPeerHello(body, 0, body.length)).toThrow(expect.objectContaining({ code: 'BYTES_MALFORMED' }));
  });

  test('is welcome when everything agrees, whether or not the peer is known to be up', () => {
    const context = {
      nodeId: 1,
      cluster: 'plant',
      versions: hello.versions,
      isPeer: (node: number) => node === 2,
      folderFaultOf: () => undefined,
    };
    expect(answerTo(hello, { ...context, instanceOf: () => undefined })).toEqual({ version: 2 });
    expect(answerTo(hello, { ...context, instanceOf: () => 2 ** 47 })).toEqual({ version: 2 });
    expect(answerTo(hello, { ...context, instanceOf: () => 1 })).toMatchObject({ fault: { code: 'PEER_ID_TAKEN' } });
    const fault = { code: 'PEER_FOLDER_CHANGED', message: 'no' } as const;
    expect(answerTo(hello, { ...context, instanceOf: () => 2 ** 47, folderFaultOf: () => fault })).toEqual({ fault });
  });
});
