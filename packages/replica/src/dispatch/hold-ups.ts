// Whom receivers wait for. Batches come through several relays and are taken in order, so that behind one that is late everything looks late,
// whoever brought it. What a receiver really waits for is the first batch that it lacks: that time is put down to the relay which was to
// bring it, and to nobody else. Where all are quick each holds up the others for a moment, in turn; one whose link is full holds them up all the time.
//
// Only relays that the leader feeds itself are measured, for of others it does not know when they got what they are to pass on.

import type { Index, NodeId } from '@balsa/raft';
import { RecentSum } from './recent-sum.ts';

/** What those that a relay feeds waited for it, as at least half of them did. */
export interface HoldUp {
  /** For each batch, of late; 0 for those that nobody waited for. */
  readonly perBatchMs: number;
  /** In the last second. */
  readonly lastSecondMs: number;
  /** For what they are waiting for now. */
  readonly presentMs: number;
}

interface UnderWay {
  readonly lastIndex: Index;
  /** `undefined`: nobody who is measured. */
  readonly relay: NodeId | undefined;
}

/** Of one relay, by one receiver. */
interface Waits {
  /** Average that follows the newest; `undefined`: nothing came yet. */
  perBatchMs: number | undefined;
  /** For the batch that the receiver waits for now. */
  presentMs: number;
  readonly lastSecond: RecentSum;
  underWay: number;
  brought: number;
}

interface Receiver {
  /** Ascending. */
  readonly underWay: UnderWay[];
  /** Up to then it is known what it waited for. */
  settledMs: number;
  readonly waits: Map<NodeId, Waits>;
}

const newestPart = 0.25;
const secondMs = 1000;

export class HoldUps {
  readonly #receivers = new Map<NodeId, Receiver>();

  /** What lies behind `prevIndex`, through `relay`, or, once more, through another than before. */
  sent(to: NodeId, relay: NodeId | undefined, prevIndex: Index, lastIndex: Index, nowMs: number): void {
    const receiver = this.#receiverOf(to);
    this.#settle(receiver, nowMs);
    const { underWay } = receiver;
    let from = underWay.length;
    while (from > 0 && underWay[from - 1]!.lastIndex > prevIndex) from--;
    let end = from;
    while (end < underWay.length && underWay[end]!.lastIndex <= lastIndex) end++;
    for (const replaced of underWay.splice(from, end - from, { lastIndex, relay })) {
      if (replaced.relay === undefined) continue;
      const waits = waitsFor(receiver, replaced.relay);
      waits.underWay--;
      waits.presentMs = 0;
    }
    if (relay !== undefined) waitsFor(receiver, relay).underWay++;
  }

  acknowledged(from: NodeId, index: Index, nowMs: number): void {
    const receiver = this.#receivers.get(from);
    if (receiver === undefined) return;
    this.#settle(receiver, nowMs);
    const { underWay } = receiver;
    let count = 0;
    for (; count < underWay.length && underWay[count]!.lastIndex <= index; count++) {
      const { relay } = underWay[count]!;
      if (relay === undefined) continue;
      const waits = waitsFor(receiver, relay);
      waits.underWay--;
      waits.brought++;
      waits.perBatchMs = averageWith(waits.presentMs, waits.perBatchMs);
      waits.presentMs = 0;
    }
    if (count > 0) underWay.splice(0, count);
  }

  /** `undefined`: nobody has waited for it, or had anything from it. */
  of(relay: NodeId, nowMs: number): HoldUp | undefined {
    const all: HoldUp[] = [];
    for (const receiver of this.#receivers.values()) {
      this.#settle(receiver, nowMs);
      const waits = receiver.waits.get(relay);
      if (waits === undefined || (waits.perBatchMs === undefined && waits.presentMs === 0)) continue;
      const { presentMs, perBatchMs } = waits;
      const withPresent = presentMs > (perBatchMs ?? 0) ? averageWith(presentMs, perBatchMs) : perBatchMs!;
      all.push({ presentMs, perBatchMs: withPresent, lastSecondMs: waits.lastSecond.perSecond(nowMs) });
    }
    if (all.length === 0) return undefined;
    return {
      perBatchMs: lowerMedian(all.map((it) => it.perBatchMs))!,
      lastSecondMs: lowerMedian(all.map((it) => it.lastSecondMs))!,
      presentMs: lowerMedian(all.map((it) => it.presentMs))!,
    };
  }

  /** Is anything under way through it? */
  isUsed(relay: NodeId): boolean {
    for (const { waits } of this.#receivers.values()) if ((waits.get(relay)?.underWay ?? 0) > 0) return true;
    return false;
  }

  /** How much it has brought: each batch counts for each receiver. */
  broughtBy(relay: NodeId): number {
    let sum = 0;
    for (const { waits } of this.#receivers.values()) sum += waits.get(relay)?.brought ?? 0;
    return sum;
  }

  /** How it was as a relay does not matter any more. */
  forgetRelay(relay: NodeId): void {
    for (const { waits } of this.#receivers.values()) {
      const known = waits.get(relay);
      if (known !== undefined) known.perBatchMs = undefined;
    }
  }

  /** What is on its way to it may never come. */
  forgetReceiver(node: NodeId): void {
    this.#receivers.delete(node);
  }

  clear(): void {
    this.#receivers.clear();
  }

  /** Until now, it has waited for the first that it lacks. */
  #settle(receiver: Receiver, nowMs: number): void {
    const ms = nowMs - receiver.settledMs;
    receiver.settledMs = nowMs;
    const relay = receiver.underWay[0]?.relay;
    if (relay === undefined || ms <= 0) return;
    const waits = waitsFor(receiver, relay);
    waits.presentMs += ms;
    waits.lastSecond.add(ms, nowMs);
  }

  #receiverOf(node: NodeId): Receiver {
    let receiver = this.#receivers.get(node);
    if (receiver === undefined) {
      receiver = { underWay: [], settledMs: 0, waits: new Map() };
      this.#receivers.set(node, receiver);
    }
    return receiver;
  }
}

function waitsFor({ waits }: Receiver, relay: NodeId): Waits {
  let known = waits.get(relay);
  if (known === undefined) {
    known = { perBatchMs: undefined, presentMs: 0, lastSecond: new RecentSum(secondMs), underWay: 0, brought: 0 };
    waits.set(relay, known);
  }
  return known;
}

function averageWith(newest: number, average: number | undefined): number {
  return average === undefined ? newest : average + newestPart * (newest - average);
}

function lowerMedian(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}
