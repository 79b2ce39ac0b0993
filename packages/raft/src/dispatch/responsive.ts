import type { Core } from '../core.ts';
import type { Progress } from '../progress.ts';

/** Heartbeats after which nobody depends on a node that has answered none of them; or that is full, and has acknowledged nothing meanwhile. */
const contactHeartbeats = 3;

/** Has it been heard of lately, and does it get on, so that others may depend on it? */
export function isResponsive(core: Core, follower: Progress): boolean {
  const sinceTick = Math.min(follower.lastContactTick, follower.heldUpSinceTick ?? core.nowTick);
  return core.nowTick - sinceTick <= patienceTicks(core, follower);
}

/** On a full link, its answers come as seldom as it receives something. */
function patienceTicks({ config }: Core, { deliveryTicks }: Progress): number {
  return Math.min(Math.max(contactHeartbeats * config.heartbeatTicks, deliveryTicks), config.electionTicks);
}
