// How long it takes until a relay's receivers hold durably what it was to pass on to them, over the last few samples. It is the relay's
// time and not the receiver's: who is served through a slow relay is not slow, and whoever relays is itself always served first. One sample at a
// time is under way to each receiver, so that measuring costs next to nothing.

import type { Index, NodeId } from '@balsa/raft';

const samplesMax = 32;

interface Samples {
  readonly ms: number[];
  sum: number;
  newestMs: number;
}

interface Timed {
  readonly relay: NodeId;
  readonly index: Index;
  readonly sentMs: number;
}

export class WindowedLatency {
  /** By relay. */
  readonly #samples = new Map<NodeId, Samples>();
  /** By receiver. */
  readonly #timed = new Map<NodeId, Timed>();

  /** Through `relay` to `receiver`. */
  sent(relay: NodeId, receiver: NodeId, index: Index, sentMs: number): void {
    if (!this.#timed.has(receiver)) this.#timed.set(receiver, { relay, index, sentMs });
  }

  acknowledged(receiver: NodeId, index: Index, nowMs: number): void {
    const timed = this.#timed.get(receiver);
    if (timed === undefined || index < timed.index) return;
    this.#timed.delete(receiver);
    let samples = this.#samples.get(timed.relay);
    if (samples === undefined) {
      samples = { ms: [], sum: 0, newestMs: nowMs };
      this.#samples.set(timed.relay, samples);
    }
    const ms = Math.max(0, nowMs - timed.sentMs);
    samples.newestMs = nowMs;
    samples.ms.push(ms);
    samples.sum += ms;
    if (samples.ms.length > samplesMax) samples.sum -= samples.ms.shift()!;
  }

  /** Of the window; what is still under way counts if it has taken longer already. `undefined`: nothing is known. */
  ofMs(relay: NodeId, nowMs: number): number | undefined {
    const samples = this.#samples.get(relay);
    let ms = samples === undefined ? undefined : samples.sum / samples.ms.length;
    for (const timed of this.#timed.values()) {
      if (timed.relay === relay) ms = Math.max(ms ?? 0, nowMs - timed.sentMs);
    }
    return ms;
  }

  /** How long ago the newest sample was taken; `undefined`: there is none, or one is being taken. */
  ageMs(relay: NodeId, nowMs: number): number | undefined {
    for (const timed of this.#timed.values()) if (timed.relay === relay) return undefined;
    const samples = this.#samples.get(relay);
    return samples && nowMs - samples.newestMs;
  }

  /** Whatever it was, it is to be measured anew. */
  forget(relay: NodeId): void {
    this.#samples.delete(relay);
    for (const [receiver, timed] of this.#timed) if (timed.relay === relay) this.#timed.delete(receiver);
  }

  /** Nothing of this leadership's answers will come any more. */
  clear(): void {
    this.#samples.clear();
    this.#timed.clear();
  }
}
