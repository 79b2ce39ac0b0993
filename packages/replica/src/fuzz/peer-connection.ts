// All that a stranger may send to the port for nodes: preamble, hello and frames.

import { encodePreamble } from '@balsa/wire';
import { FuzzFinding, type FuzzTarget, type Refusal, throughFakeSocket } from '@balsa/wire/fuzz';
import { HeartbeatRun, heartbeatIn } from '../transport/heartbeat-frames.ts';
import { InboundConnection } from '../transport/inbound-connection.ts';
import { writePeerFrame } from '../transport/peer-frame-codec.ts';
import { answerTo, peerProtocol, writePeerHello } from '../transport/peer-hello.ts';
import { peerVersionsKnown } from '../transport/peer-versions.ts';
import { appendOf, heartbeatOf, numbered, oneOfEach } from '../transport/test-frames.ts';
import { transportLimitsDefault } from '../transport/transport-limits.ts';
import { queued, readThrough } from './peers.ts';

const nodeId = 1;
const peer = 2;
const cluster = 'plant';
const group = 7;
const folder = { id: 2 ** 40, replacesLostDisk: true };
const frames = [
  numbered(peer, nodeId, 4),
  ...oneOfEach(group, peer, nodeId).slice(0, 8),
  appendOf(group, peer, nodeId, 2, 50),
  ...oneOfEach(group, peer, nodeId)
    .filter(({ kind }) => kind.startsWith('snapshot'))
    .slice(0, 3),
];
const heartbeats = [1, 5, 3].map((of) => [of, heartbeatIn(heartbeatOf(peer, nodeId, of))!] as const);

export const peerConnection: FuzzTarget = {
  name: 'replica/peer-connection',
  corpus: [streamOf(0), streamOf(1), streamOf(frames.length)],
  async probe(input) {
    let refusal: Refusal;
    let welcomed = false;
    let closings = 0;
    await throughFakeSocket(
      (socket) =>
        new InboundConnection(socket, {
          log: (_level, code, message) => {
            refusal = `${code}: ${message}`;
          },
          limits: () => ({ ...transportLimitsDefault, frameBytesMax: 4096 }),
          identity: () => ({ nodeId, instance: 5, folder }),
          remember: () => undefined,
          answerTo: (hello) =>
            answerTo(hello, {
              nodeId,
              cluster,
              versions: peerVersionsKnown,
              isPeer: (node) => node === peer,
              instanceOf: () => undefined,
              folderFaultOf: () => undefined,
            }),
          welcomed: () => {
            welcomed = true;
          },
          frame: (from, _group, frame) => {
            if (!welcomed || from !== peer) throw new FuzzFinding('a frame was taken from a stranger');
            if (frame.kind === 'raft' && 'batches' in frame.message) frame.message.batches.forEach(readThrough);
          },
          closed: () => {
            closings++;
          },
        }),
      [input],
    );
    if (closings !== 1) throw new FuzzFinding(`the close of the connection was told ${closings} times`);
    return refusal;
  },
};

/** What a peer sends first, and as many frames behind it. */
function streamOf(frameCount: number): Buffer {
  const bytes = queued((sink) => {
    writePeerHello(sink, { cluster, from: peer, to: nodeId, instance: 6, versions: peerVersionsKnown, folder });
    for (const frame of frames.slice(0, frameCount)) writePeerFrame(sink, group, frame, peerVersionsKnown.newest);
    const run = new HeartbeatRun(transportLimitsDefault.frameBytesMax);
    for (const [of, message] of heartbeats.slice(0, frameCount)) run.add(of, message, peerVersionsKnown.newest);
    if (!run.isEmpty) run.writeTo(sink);
  });
  return Buffer.concat([encodePreamble(peerProtocol), bytes]);
}
