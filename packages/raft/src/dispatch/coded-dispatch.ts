// How a leader sends a large batch in fragments: each follower gets one, and passes it on to the others; any k of the n make the
// batch. So the leader sends n/k of the batch instead of n times all of it, everybody else about as much as he receives, and no single
// follower that is slow or gone can hold the batch back. How bytes become fragments is the host's affair; to the core, a batch that
// was put together again is an append like any other.
//
// Only who is in step gets fragments. Whoever lacks something after all is sent it whole, by the leader, and gets no fragments for a while.

import { type Batch, lastIndexOf } from '../batch.ts';
import type { Core } from '../core.ts';
import type { Progress } from '../progress.ts';
import type { NodeId } from '../types.ts';
import { Distrust } from './distrust.ts';
import { isResponsive } from './responsive.ts';

export interface FragmentPlan {
  /** Batches of at least so many bytes travel in fragments. */
  readonly bytesMin: number;
  /** Nodes that know what to do with a fragment. */
  readonly nodes: ReadonlySet<NodeId>;
}

/** With fewer followers, fragments are no smaller than half of the batch, and the leader had better send it whole. */
export const fragmentReceiversMin = 3;

/** How many of `receivers` fragments make the batch: of four one may be missing, and of every four more one more. */
export function fragmentsNeeded(receivers: number): number {
  return receivers - Math.max(1, Math.floor(receivers / 4));
}

export class CodedDispatch {
  readonly #core: Core;
  readonly #followers: ReadonlyMap<NodeId, Progress>;
  readonly #distrust: Distrust;
  #plan: FragmentPlan | undefined;

  constructor(core: Core, followers: ReadonlyMap<NodeId, Progress>) {
    this.#core = core;
    this.#followers = followers;
    this.#distrust = new Distrust(core);
  }

  get isInUse(): boolean {
    return this.#plan !== undefined;
  }

  use(plan: FragmentPlan | undefined): void {
    this.#plan = plan;
  }

  /** Sends the batch, which was just appended, to all that are in step, if it is large and they are enough. */
  send(batch: Batch): void {
    const plan = this.#plan;
    if (plan === undefined || batch.bytes.length < plan.bytesMin) return;
    const receivers = [...this.#followers.values()].filter(
      (follower) => plan.nodes.has(follower.id) && this.#mayReceive(follower, batch),
    );
    if (receivers.length < fragmentReceiversMin) return;
    const core = this.#core;
    for (const follower of receivers) {
      follower.sent(lastIndexOf(batch), batch.bytes.length, core.nowTick, 'fragments');
    }
    core.emit({
      type: 'sendFragments',
      term: core.term,
      commitIndex: core.commitIndex,
      batch,
      receivers: receivers.map(({ id, session }) => ({ node: id, session })),
      needed: fragmentsNeeded(receivers.length),
    });
  }

  /** What this follower was sent has not come. */
  lost(follower: Progress): void {
    const isLost = follower.nextToReceive()?.carrier === 'fragments';
    if (isLost) this.#distrust.note(this.#core.id, follower.id);
  }

  #mayReceive(follower: Progress, batch: Batch): boolean {
    const { config, id } = this.#core;
    return (
      follower.state === 'replicate' &&
      !follower.reading &&
      follower.nextIndex === batch.firstIndex &&
      follower.inflightBytes < config.inflightBytesMax &&
      isResponsive(this.#core, follower) &&
      !this.#distrust.holds(id, follower.id)
    );
  }
}
