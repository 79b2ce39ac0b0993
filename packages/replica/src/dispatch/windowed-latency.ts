// How long followers take to answer, over the last few samples: from when something was sent to them, on whatever route, to when they
// hold it durably. One sample at a time is under way to each, so that measuring costs next to nothing.

import type { Index, NodeId } from '@balsa/raft';

const samplesMax = 32;

interface Samples {
  readonly ms: number[];
  sum: number;
  /** What is being timed; `undefined`: nothing. */
  timed: { readonly index: Index; readonly sentMs: number } | undefined;
}

export class WindowedLatency {
  readonly #samples = new Map<NodeId, Samples>();

  sent(node: NodeId, lastIndex: Index, nowMs: number): void {
    let samples = this.#samples.get(node);
    if (samples === undefined) {
      samples = { ms: [], sum: 0, timed: undefined };
      this.#samples.set(node, samples);
    }
    samples.timed ??= { index: lastIndex, sentMs: nowMs };
  }

  acknowledged(node: NodeId, index: Index, nowMs: number): void {
    const samples = this.#samples.get(node);
    if (samples?.timed === undefined || index < samples.timed.index) return;
    const ms = Math.max(0, nowMs - samples.timed.sentMs);
    samples.timed = undefined;
    samples.ms.push(ms);
    samples.sum += ms;
    if (samples.ms.length > samplesMax) samples.sum -= samples.ms.shift()!;
  }

  /** Of the window; what is still under way counts if it has taken longer already. `undefined`: nothing is known. */
  ofMs(node: NodeId, nowMs: number): number | undefined {
    const samples = this.#samples.get(node);
    if (samples === undefined) return undefined;
    const average = samples.ms.length === 0 ? undefined : samples.sum / samples.ms.length;
    const underWay = samples.timed === undefined ? undefined : nowMs - samples.timed.sentMs;
    if (average === undefined || underWay === undefined) return average ?? underWay;
    return Math.max(average, underWay);
  }

  /** Nothing of this leadership's answers will come any more. */
  clear(): void {
    this.#samples.clear();
  }
}
