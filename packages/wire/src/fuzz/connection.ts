import { WireError } from '../errors.ts';
import { FrameConnection } from '../frame-connection.ts';
import { FrameDecoder } from '../frame-decoder.ts';
import { FrameQueue } from '../frame-queue.ts';
import { checkPreamble, encodePreamble, type Protocol, ProtocolKind } from '../preamble.ts';
import { throughFakeSocket } from './fake-socket.ts';
import { decoderTarget, expectRefusal, FuzzFinding, type FuzzTarget, type Refusal } from './target.ts';

const frameBytesMax = 4096;
const protocol: Protocol = { kind: ProtocolKind.peer, version: 1 };

const preambles = decoderTarget({
  name: 'wire/preamble',
  corpus: [encodePreamble(protocol)],
  words: ['GET / HTTP/1.1', '\u0016\u0003\u0001', 'BALSAC'],
  refusals: [WireError],
  decode: (input) => checkPreamble(input, protocol),
});

/** A stream means the same however the network cuts it. */
const frames: FuzzTarget = {
  name: 'wire/frames',
  corpus: [streamOf([10]), streamOf([0, 1, 300, 4000]), streamOf(Array.from({ length: 50 }, (_, i) => i))],
  probe(input) {
    const whole = readStream([input]);
    const cut = readStream([...chunksOf(input, 7)]);
    // The limit on a frame's length is met at the same place, and what came before it is handed on.
    if (whole.text !== cut.text) {
      throw new FuzzFinding(`in one piece the stream is ${whole.text}; in pieces it is ${cut.text}`);
    }
    return whole.refusal;
  },
};

/** As does all that a connection receives, the preamble included; and it is closed once, for a reason with a code. */
const connection: FuzzTarget = {
  name: 'wire/connection',
  corpus: [[], [10], [0, 1, 300, 4000]].map((sizes) => Buffer.concat([encodePreamble(protocol), streamOf(sizes)])),
  async probe(input) {
    const whole = await receive([input]);
    const cut = await receive([...chunksOf(input, 5)]);
    if (whole.text !== cut.text) {
      throw new FuzzFinding(`in one piece the connection receives ${whole.text}; in pieces ${cut.text}`);
    }
    return whole.refusal;
  },
};

export const connectionTargets: readonly FuzzTarget[] = [preambles, frames, connection];

function streamOf(sizes: readonly number[]): Buffer {
  const queue = new FrameQueue();
  for (const [i, size] of sizes.entries()) {
    queue.begin(1 + (i % 255)).raw(Buffer.alloc(size, i));
    queue.end();
  }
  const outgoing = queue.take();
  const bytes = Buffer.concat(outgoing.pieces);
  outgoing.release();
  return bytes;
}

function readStream(chunks: readonly Buffer[]): { readonly text: string; readonly refusal: Refusal } {
  const decoder = new FrameDecoder(frameBytesMax);
  let text = '';
  const onFrame = (type: number, bytes: Buffer, start: number, end: number): void => {
    text += `${type}:${bytes.toString('hex', start, end)} `;
  };
  try {
    for (const chunk of chunks) decoder.push(chunk, { onFrame });
    return { text, refusal: undefined };
  } catch (error) {
    const refusal = expectRefusal(error, [WireError]);
    return { text: `${text}${refusal}`, refusal };
  }
}

async function receive(chunks: readonly Buffer[]): Promise<{ readonly text: string; readonly refusal: Refusal }> {
  let text = '';
  let refusal: Refusal;
  let closings = 0;
  await throughFakeSocket((socket) => {
    const received: FrameConnection = new FrameConnection(
      socket,
      { protocol, frameBytesMax, queueBytesMax: frameBytesMax, helloBytesMax: 64 },
      {
        onFrame: (type, bytes, start, end) => {
          text += `${type}:${bytes.toString('hex', start, end)} `;
          received.admit();
        },
        onClose: (reason) => {
          closings++;
          refusal = reason?.message;
          // Not in its words: they quote as much as has come.
          text += reason?.code ?? '';
        },
      },
    );
  }, chunks);
  if (closings !== 1) throw new FuzzFinding(`the close of the connection was told ${closings} times`);
  return { text, refusal };
}

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}
