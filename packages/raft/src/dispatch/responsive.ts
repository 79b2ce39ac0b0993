import type { Core } from '../core.ts';
import type { Progress } from '../progress.ts';

/** Heartbeats after which nobody depends on a node that has answered none of them. */
const contactHeartbeats = 3;

/** Has it been heard of lately, so that others may depend on it? */
export function isResponsive({ nowTick, config }: Core, { lastContactTick }: Progress): boolean {
  return nowTick - lastContactTick <= contactHeartbeats * config.heartbeatTicks;
}
