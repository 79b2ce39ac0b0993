// Relays whose own link is full. What a node is to pass on waits in the same queue as its answers to heartbeats, so these tell of it at
// once, and of nobody else; while what it brings late makes everything look late that comes behind it, whoever brought that. A node
// whose answers take far longer than those of most around it, for a moment, does not relay for a while.

import type { NodeId } from '@balsa/raft';

/**
 * So many times as long as most, and so much longer, is far longer, and for so long it is no accident. By less, one of the others would
 * soon look slow, too, for they have more to do while one is left out.
 */
const farLonger = 4;
const farLongerMs = 200;
const sustainedMs = 500;
/** The first time for so long, then each time twice as long, up to so long; and the first time again after as much time in peace. */
const pauseFirstMs = 10_000;
const pauseMaxMs = 320_000;

interface Conduct {
  slowSinceMs: number | undefined;
  pauseMs: number;
  untilMs: number;
}

export class SlowRelays {
  readonly #records = new Map<NodeId, Conduct>();

  /**
   * `roundTrips`: of nodes that stand next to each other, in milliseconds; `undefined`: not known. One of them is left out at a time, or two
   * if one was before. True: another is left out from now on.
   */
  look(roundTrips: ReadonlyMap<NodeId, number | undefined>, nowMs: number): boolean {
    const known = [...roundTrips.values()].filter((ms) => ms !== undefined).sort((a, b) => a - b);
    const usualMs = known[Math.floor((known.length - 1) / 2)];
    let hasChanged = false;
    for (const [node, ms] of roundTrips) {
      const record = this.#recordOf(node);
      const isSlow = ms !== undefined && usualMs !== undefined && ms >= farLonger * usualMs + farLongerMs;
      if (!isSlow) record.slowSinceMs = undefined;
      else record.slowSinceMs ??= nowMs;
      const leftOut = [...roundTrips.keys()].filter((other) => this.isLeftOut(other, nowMs)).length;
      const wasLeftOut = record.untilMs > Number.NEGATIVE_INFINITY;
      const leftOutMax = wasLeftOut && roundTrips.size > 3 ? 2 : 1;
      const mayLeaveOut = leftOut < leftOutMax && !this.isLeftOut(node, nowMs);
      if (record.slowSinceMs === undefined || nowMs - record.slowSinceMs < sustainedMs || !mayLeaveOut) continue;
      const isRepeated = nowMs < record.untilMs + 2 * record.pauseMs;
      record.pauseMs = isRepeated ? Math.min(2 * record.pauseMs, pauseMaxMs) : pauseFirstMs;
      record.untilMs = nowMs + record.pauseMs;
      hasChanged = true;
    }
    return hasChanged;
  }

  isLeftOut(node: NodeId, nowMs: number): boolean {
    const record = this.#records.get(node);
    return record !== undefined && nowMs < record.untilMs;
  }

  clear(): void {
    this.#records.clear();
  }

  #recordOf(node: NodeId): Conduct {
    let record = this.#records.get(node);
    if (record === undefined) {
      record = { slowSinceMs: undefined, pauseMs: pauseFirstMs, untilMs: Number.NEGATIVE_INFINITY };
      this.#records.set(node, record);
    }
    return record;
  }
}
