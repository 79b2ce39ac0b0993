import type { Core } from '../core.ts';
import type { Progress } from '../progress.ts';

/** Heartbeats after which nobody depends on a node that has answered none of them; or that is full, and has acknowledged nothing meanwhile. */
const contactHeartbeats = 3;

/** Has it been heard of lately, and does it get on, so that others may depend on it? */
export function isResponsive({ nowTick, config }: Core, { lastContactTick, heldUpSinceTick }: Progress): boolean {
  const sinceTick = Math.min(lastContactTick, heldUpSinceTick ?? nowTick);
  return nowTick - sinceTick <= contactHeartbeats * config.heartbeatTicks;
}
