/** Real time that one tick of a member's clock stands for. */
export const tickMs = 10;
export const electionTicks = 15;
export const heartbeatTicks = 3;
/** The shortest time in which a member can find that it has no leader. */
export const electionMs: number = electionTicks * tickMs;

/**
 * The longest lease that is over before the loyalty of those who granted it, if clocks run ahead or behind by that share of
 * the time: the leader's behind, theirs ahead. The tick in which they heard of the leader may be over at once.
 */
export function leaseMsMax(driftMax: number): number {
  return Math.floor(((electionTicks - 1) * tickMs * (1 - driftMax)) / (1 + driftMax));
}
