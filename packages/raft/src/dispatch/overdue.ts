import type { Core } from '../core.ts';
import type { Progress } from '../progress.ts';
import type { NodeId } from '../types.ts';
import { isResponsive } from './responsive.ts';

/** A delivery may take so many times as long as the longest of late, and never longer than so many election timeouts. */
const deliveriesMax = 3;
const electionTimeoutsMax = 4;

/**
 * Has this follower, which has received nothing since two heartbeats, waited too long for what comes next? What the leader sends
 * itself travels ahead of its heartbeats. What comes through others does not: on a full link it takes as long as it takes, and to send it
 * again too early makes the link fuller. So a relay that answers has more time, the more the longer deliveries take.
 */
export function isOverdue(core: Core, followers: ReadonlyMap<NodeId, Progress>, follower: Progress): boolean {
  const { nowTick, config } = core;
  const next = follower.nextToReceive();
  if (next === undefined || next.carrier === 'leader') return true;
  if (next.carrier !== 'fragments') {
    const relay = followers.get(next.carrier);
    if (relay === undefined || !isResponsive(core, relay)) return true;
  }
  const patience = Math.max(config.electionTicks, deliveriesMax * follower.deliveryTicks);
  const waited = nowTick - Math.max(next.tick, follower.lastReceivedTick);
  return waited >= Math.min(patience, electionTimeoutsMax * config.electionTicks);
}
