// A transport of one's own: nodes that are threads of one process, joined by MessagePorts. Any channel will do that keeps the
// order of what it carries, and tells when it breaks.

import type { MessagePort } from 'node:worker_threads';
import type { GroupId, NodeId } from '@balsa/raft';
import {
  decodePeerFrame,
  encodePeerFrame,
  type PeerFrame,
  peerVersionsKnown,
  type Transport,
  type TransportEvents,
} from '@balsa/replica';

/** All threads run the same build; nodes of different releases would have to agree on one (see `agreedVersion`). */
const version = peerVersionsKnown.newest;

/** A frame; or how many of its bytes the other side has taken in; or that it is there at all. */
type Letter = Uint8Array | number | 'hello';

export class MessagePortTransport implements Transport {
  readonly #nodeId: NodeId;
  readonly #queueBytesMax: number;
  readonly #ports = new Map<NodeId, MessagePort>();
  /** Of peers that are there: bytes that they were sent and have not taken in yet. */
  readonly #queuedBytes = new Map<NodeId, number>();
  #events: TransportEvents | undefined;
  #isClosed = false;

  constructor(nodeId: NodeId, queueBytesMax: number = 64 * 1024 * 1024) {
    this.#nodeId = nodeId;
    this.#queueBytesMax = queueBytesMax;
  }

  /** The way to a peer; one that has come back brings a new one. */
  connect(peer: NodeId, port: MessagePort): void {
    this.#ports.set(peer, port);
    if (this.#events !== undefined) this.#open(peer, port, this.#events);
  }

  async start(events: TransportEvents): Promise<void> {
    this.#events = events;
    for (const [peer, port] of this.#ports) this.#open(peer, port, events);
  }

  send(to: NodeId, group: GroupId, frame: PeerFrame): boolean {
    const queued = this.#queuedBytes.get(to);
    if (queued === undefined) return false;
    const bytes = Uint8Array.from(encodePeerFrame(group, frame, version));
    if (queued > 0 && queued + bytes.length > this.#queueBytesMax) return false;
    this.#queuedBytes.set(to, queued + bytes.length);
    // Moved to the other thread, not copied.
    this.#ports.get(to)?.postMessage(bytes, [bytes.buffer]);
    return true;
  }

  versionOf(peer: NodeId): number | undefined {
    return this.#queuedBytes.has(peer) ? version : undefined;
  }

  queuedBytes(peer: NodeId): number {
    return this.#queuedBytes.get(peer) ?? 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queuedBytes.clear();
    for (const port of this.#ports.values()) port.close();
  }

  #open(peer: NodeId, port: MessagePort, events: TransportEvents): void {
    port.on('message', (letter: Letter) => {
      if (!this.#isClosed) this.#take(peer, port, letter, events);
    });
    port.on('close', () => {
      if (this.#ports.get(peer) === port && this.#queuedBytes.delete(peer)) events.onPeerDown(peer);
    });
    // It waits in the port until the other side has started.
    port.postMessage('hello' satisfies Letter);
  }

  #take(peer: NodeId, port: MessagePort, letter: Letter, events: TransportEvents): void {
    if (letter === 'hello') {
      this.#queuedBytes.set(peer, 0);
      events.onPeerUp(peer);
    } else if (typeof letter === 'number') {
      this.#queuedBytes.set(peer, this.queuedBytes(peer) - letter);
    } else {
      port.postMessage(letter.length satisfies Letter);
      const bytes = Buffer.from(letter.buffer, letter.byteOffset, letter.length);
      const { group, frame } = decodePeerFrame(bytes, peer, this.#nodeId, version);
      events.onFrame(peer, group, frame);
    }
  }
}
