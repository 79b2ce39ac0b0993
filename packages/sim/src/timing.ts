/** Real time that one tick of a member's clock stands for. */
export const tickMs = 10;
export const electionTicks = 15;
export const heartbeatTicks = 3;
/** The shortest time in which a member can find that it has no leader. */
export const electionMs: number = electionTicks * tickMs;
