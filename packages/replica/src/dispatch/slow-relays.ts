// Relays whose own link is full, or that are slow for another reason. Somebody is always waited for: where the leader's link is full, whoever is a
// little slower than the others. What tells a slow relay is that others have waited for it most of a second, for each batch far longer than for
// most relays, and far longer than an answer takes from there: so it is not the leader's link that keeps them waiting.
//
// Such a relay does not relay for a while. Then it is tried: it is given one batch at a time, and is back when it has brought some of them
// soon enough.

import type { NodeId } from '@balsa/raft';
import type { HoldUp } from './hold-ups.ts';

/** So many times as long, and so much longer, is far longer. */
const farLonger = 4;
const farLongerMs = 100;
/** One that is tried may be so many times as slow as the slowest of the others. */
const trialLonger = 2;
/** Less than this, in a second, is no trouble. */
const troubleMs = 400;
/** So often must one that is tried have brought something: a batch or two may have gone into a buffer. */
const trialDeliveries = 32;
/** The first time for so long, then each time twice as long, up to so long; and the first time again after as much time in peace. */
const pauseFirstMs = 10_000;
const pauseMaxMs = 320_000;

export type Standing = 'relays' | 'leftOut' | 'onTrial';

export interface WatchedRelay {
  readonly node: NodeId;
  /** `undefined`: nobody has waited for it. */
  readonly holdUp: HoldUp | undefined;
  /** How long it takes to answer a heartbeat; `undefined`: not known. */
  readonly answerMs: number | undefined;
  /** How much it has brought so far. */
  readonly brought: number;
}

interface Conduct {
  readonly pauseMs: number;
  readonly untilMs: number;
  /** What it had brought before it was left out; `undefined`: its trial is over. */
  broughtBefore: number | undefined;
}

export class SlowRelays {
  readonly #records = new Map<NodeId, Conduct>();

  /**
   * `relays`: all that could relay, and stand next to each other. Returns those that are left out from now on; at most half of all are at a time,
   * for somebody has to relay.
   */
  look(relays: readonly WatchedRelay[], nowMs: number): NodeId[] {
    const newly: NodeId[] = [];
    for (const relay of relays) {
      const standing = this.of(relay.node, nowMs);
      if (standing === 'leftOut') continue;
      if (standing === 'onTrial') this.#endTrial(relay);
      const leftOut = relays.filter(({ node }) => this.of(node, nowMs) === 'leftOut').length;
      if (2 * (leftOut + 1) > relays.length) continue;
      const others = relays.filter(({ node }) => node !== relay.node && this.of(node, nowMs) === 'relays');
      const isSlow = standing === 'onTrial' ? fails(relay, others) : holdsUpAll(relay, others, 1 + 2 * leftOut);
      if (!isSlow) continue;
      this.#leaveOut(relay, nowMs);
      newly.push(relay.node);
    }
    return newly;
  }

  of(node: NodeId, nowMs: number): Standing {
    const record = this.#records.get(node);
    if (record === undefined) return 'relays';
    if (nowMs < record.untilMs) return 'leftOut';
    return record.broughtBefore === undefined ? 'relays' : 'onTrial';
  }

  clear(): void {
    this.#records.clear();
  }

  #endTrial({ node, brought }: WatchedRelay): void {
    const record = this.#records.get(node)!;
    if (brought - record.broughtBefore! >= trialDeliveries) record.broughtBefore = undefined;
  }

  #leaveOut({ node, brought }: WatchedRelay, nowMs: number): void {
    const before = this.#records.get(node);
    const isRepeated = before !== undefined && nowMs < before.untilMs + 2 * before.pauseMs;
    const pauseMs = isRepeated ? Math.min(2 * before.pauseMs, pauseMaxMs) : pauseFirstMs;
    this.#records.set(node, { pauseMs, untilMs: nowMs + pauseMs, broughtBefore: brought });
  }
}

/** One batch is under way through it, and nobody should wait for that much longer than for any other. */
function fails({ holdUp }: WatchedRelay, others: readonly WatchedRelay[]): boolean {
  const slowestMs = Math.max(...perBatchOf(others));
  return holdUp !== undefined && holdUp.presentMs >= trialLonger * slowestMs + farLongerMs;
}

/** `patience`: more than 1 while somebody is left out, for then the others have more to do. */
function holdsUpAll({ holdUp }: WatchedRelay, others: readonly WatchedRelay[], patience: number): boolean {
  const usual = perBatchOf(others);
  if (holdUp === undefined || usual.length === 0 || holdUp.lastSecondMs < troubleMs) return false;
  const answers = others.flatMap(({ answerMs }) => answerMs ?? []);
  const typicalMs = Math.max(usual[Math.floor((usual.length - 1) / 2)]!, Math.min(...answers));
  return holdUp.perBatchMs >= patience * (farLonger * typicalMs + farLongerMs);
}

/** Ascending, of those that are known. */
function perBatchOf(relays: readonly WatchedRelay[]): number[] {
  return relays.flatMap(({ holdUp }) => holdUp?.perBatchMs ?? []).sort((a, b) => a - b);
}
