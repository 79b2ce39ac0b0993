import type { Transport } from '../ports.ts';
import { peerFrameBytes } from '../transport/peer-frame-codec.ts';
import type { NodeLoads } from './node-loads.ts';

/** The same transport, which counts what it takes. */
export function meteredTransport(transport: Transport, loads: NodeLoads, nowMs: () => number): Transport {
  return {
    send: (to, group, frame) => {
      const isTaken = transport.send(to, group, frame);
      if (isTaken) loads.sent(to, peerFrameBytes(frame), nowMs());
      return isTaken;
    },
    versionOf: (peer) => transport.versionOf(peer),
    queuedBytes: (peer) => transport.queuedBytes(peer),
    start: (events) => transport.start(events),
    close: () => transport.close(),
  };
}
