// Over which pairs of relay and receiver entries were lost. Such a pair is not used for a while, longer each time: the relay may be
// stuck, or cut off from this receiver only. Then it is tried again.

import type { Core } from '../core.ts';
import type { NodeId } from '../types.ts';

interface Losses {
  readonly times: number;
  readonly untilTick: number;
}

/** The first pause lasts one election timeout, each further twice as long, up to this many. */
const electionTimeoutsMax = 32;

export class Distrust {
  readonly #core: Core;
  /** By receiver, then by relay. */
  readonly #losses = new Map<NodeId, Map<NodeId, Losses>>();

  constructor(core: Core) {
    this.#core = core;
  }

  note(relay: NodeId, receiver: NodeId): void {
    const { nowTick, config } = this.#core;
    const ofReceiver = this.#losses.get(receiver) ?? new Map<NodeId, Losses>();
    this.#losses.set(receiver, ofReceiver);
    const before = ofReceiver.get(relay);
    // After as long again without a loss, the pair has proven itself.
    const isRepeated = before !== undefined && nowTick < before.untilTick + electionTimeoutsMax * config.electionTicks;
    const times = isRepeated ? before.times + 1 : 1;
    const pause = Math.min(2 ** (times - 1), electionTimeoutsMax) * config.electionTicks;
    ofReceiver.set(relay, { times, untilTick: nowTick + pause });
  }

  holds(relay: NodeId, receiver: NodeId): boolean {
    const untilTick = this.#losses.get(receiver)?.get(relay)?.untilTick;
    return untilTick !== undefined && this.#core.nowTick < untilTick;
  }
}
