// How a leader gets entries to its followers along a plan: it feeds the first level, and tells each relay in the same message whom to
// pass what on to. The commit rule knows nothing of this: followers answer the leader themselves, and what they hold is counted
// as ever. So is flow control: what is under way to a follower counts against that follower, whoever carries it, which bounds what a
// relay can have to hold for it.
//
// A plan is a wish. Whoever is not in step, or can not be reached through its relay, is fed by the leader itself, and those below it
// move up to where it stood; so a relay that dies or lies costs bandwidth for a while, never a commit.

import { type Batch, lastIndexOf } from '../batch.ts';
import type { Core } from '../core.ts';
import type { Route } from '../messages.ts';
import type { Carrier, Progress } from '../progress.ts';
import type { Index, NodeId } from '../types.ts';
import { Distrust } from './distrust.ts';
import { isResponsive } from './responsive.ts';
import { directPlan, type PlannedRelay, type RoutePlan } from './route-plan.ts';

/** What the leader does for a follower. */
export interface Sender {
  /** Sends it, from the leader itself, as much as its state and the byte limit allow. */
  feed(follower: Progress): void;
  /** One message; `batches` have been noted as sent, as has what the routes ask for. */
  send(follower: Progress, prevIndex: Index, batches: readonly Batch[], routes: readonly Route[]): void;
}

export class RelayDispatch {
  readonly #core: Core;
  readonly #followers: ReadonlyMap<NodeId, Progress>;
  readonly #sender: Sender;
  #plan: RoutePlan = directPlan;
  /** For everybody who stands in the plan: the tree of the first level in which it stands. */
  readonly #trees = new Map<NodeId, PlannedRelay>();
  readonly #distrust: Distrust;

  constructor(core: Core, followers: ReadonlyMap<NodeId, Progress>, sender: Sender) {
    this.#core = core;
    this.#followers = followers;
    this.#sender = sender;
    this.#distrust = new Distrust(core);
  }

  get isInUse(): boolean {
    return this.#plan.length > 0;
  }

  /** What is under way keeps the route with which it was sent. */
  use(plan: RoutePlan): void {
    this.#plan = plan;
    this.#trees.clear();
    for (const tree of plan) this.#place(tree, tree);
  }

  feedAll(): void {
    for (const tree of this.#plan) this.#feedTree(tree);
    for (const follower of this.#followers.values()) {
      if (!this.#trees.has(follower.id)) this.#sender.feed(follower);
    }
  }

  /** Something may have changed for this follower: it has answered, or is to begin anew. */
  feed(follower: Progress): void {
    const tree = this.#trees.get(follower.id);
    if (tree === undefined) this.#sender.feed(follower);
    else this.#feedTree(tree);
  }

  /** What this follower was sent has not come. Its relay, if it was to come through one, is not used for it for a while. */
  lost(follower: Progress): void {
    const carrier = follower.nextToReceive()?.carrier;
    if (typeof carrier === 'number') this.#distrust.note(carrier, follower.id);
  }

  /** Those to whom something may be under way through this node. */
  fedThrough(node: NodeId): Progress[] {
    return [...this.#followers.values()].filter((follower) => this.#isFedThrough(follower, node, new Set()));
  }

  #isFedThrough(follower: Progress, node: NodeId, passed: Set<NodeId>): boolean {
    passed.add(follower.id);
    for (const carrier of follower.carriers()) {
      if (carrier === node) return true;
      const relay = typeof carrier === 'number' && !passed.has(carrier) ? this.#followers.get(carrier) : undefined;
      if (relay !== undefined && this.#isFedThrough(relay, node, passed)) return true;
    }
    return false;
  }

  #place(planned: PlannedRelay, tree: PlannedRelay): void {
    this.#trees.set(planned.node, tree);
    for (const receiver of planned.receivers) this.#place(receiver, tree);
  }

  #feedTree(planned: PlannedRelay): void {
    const relay = this.#followers.get(planned.node);
    const passedOver: PlannedRelay[] = [];
    if (relay !== undefined && planned.receivers.length > 0 && this.#canRelay(relay)) {
      this.#feedThrough(relay, planned, passedOver);
    } else {
      if (relay !== undefined) this.#sender.feed(relay);
      passedOver.push(...planned.receivers);
    }
    this.#feedInstead(passedOver);
  }

  /** Whom their relay can not feed: the first of them that can is the relay of the rest, so that the leader does not have to feed them all. */
  #feedInstead(passedOver: readonly PlannedRelay[]): void {
    const promoted = passedOver.find(({ node }) => {
      const follower = this.#followers.get(node);
      return follower !== undefined && this.#canRelay(follower);
    });
    const rest = passedOver.filter((planned) => planned !== promoted);
    if (promoted === undefined) for (const planned of rest) this.#feedTree(planned);
    else this.#feedTree({ node: promoted.node, receivers: [...promoted.receivers, ...rest] });
  }

  #feedThrough(relay: Progress, planned: PlannedRelay, passedOver: PlannedRelay[]): void {
    for (;;) {
      const prevIndex = relay.nextIndex - 1;
      const batches = this.#noteSent(relay, this.#core.log.lastIndex, 'leader');
      passedOver.length = 0;
      const routes = this.#routesBelow(relay, prevIndex, planned, passedOver);
      if (batches.length === 0 && routes.length === 0) return;
      this.#sender.send(relay, prevIndex, batches, routes);
    }
  }

  /**
   * What `relay` is to pass on now, of what it has been sent; noted as sent. Adds to `passedOver` whom it can not feed. Behind
   * `sentIndex` begins what it is sent now; of what it was sent earlier, it is only certain to have what it has acknowledged.
   */
  #routesBelow(relay: Progress, sentIndex: Index, planned: PlannedRelay, passedOver: PlannedRelay[]): Route[] {
    const routes: Route[] = [];
    for (const receiver of planned.receivers) {
      const follower = this.#followers.get(receiver.node);
      if (follower === undefined || !this.#isInStep(follower) || this.#distrust.holds(relay.id, receiver.node)) {
        passedOver.push(receiver);
        continue;
      }
      const prevIndex = follower.nextIndex - 1;
      if (prevIndex < sentIndex && relay.matchIndex < sentIndex) {
        passedOver.push(receiver);
        continue;
      }
      this.#noteSent(follower, relay.nextIndex - 1, relay.id);
      if (!this.#canRelay(follower)) passedOver.push(...receiver.receivers);
      const below = this.#canRelay(follower) ? this.#routesBelow(follower, prevIndex, receiver, passedOver) : [];
      const lastIndex = follower.nextIndex - 1;
      if (lastIndex === prevIndex && below.length === 0) continue;
      routes.push({ node: follower.id, session: follower.session, prevIndex, lastIndex, routes: below });
    }
    return routes;
  }

  /** The next message's worth for a follower, up to `lastIndex`, if there is room for it; noted as sent. */
  #noteSent(follower: Progress, lastIndex: Index, carrier: Carrier): readonly Batch[] {
    const { log, config, nowTick } = this.#core;
    if (follower.nextIndex > lastIndex) return [];
    if (follower.inflightBytes >= config.inflightBytesMax) {
      follower.heldUpSinceTick ??= nowTick;
      return [];
    }
    const cached = log.cachedFrom(follower.nextIndex, config.appendBytesMax) ?? [];
    const end = cached.findIndex((batch) => lastIndexOf(batch) > lastIndex);
    const batches = end === -1 ? cached : cached.slice(0, end);
    if (batches.length > 0) follower.sent(lastIndexOf(batches.at(-1)!), bytesOf(batches), nowTick, carrier);
    return batches;
  }

  /** May others depend on it? */
  #canRelay(follower: Progress): boolean {
    return this.#isInStep(follower) && isResponsive(this.#core, follower);
  }

  /** Is it sent one message after the other, out of memory? */
  #isInStep({ state, reading, nextIndex }: Progress): boolean {
    const { log } = this.#core;
    const isCached = nextIndex > log.lastIndex || log.isCached(nextIndex);
    return state === 'replicate' && !reading && nextIndex > log.base.index && isCached;
  }
}

function bytesOf(batches: readonly Batch[]): number {
  let sum = 0;
  for (const batch of batches) sum += batch.bytes.length;
  return sum;
}
