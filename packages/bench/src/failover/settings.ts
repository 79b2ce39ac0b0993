/** What the fail-over benchmark is asked to do; repeated in its report. */
export interface FailoverSettings {
  readonly nodes: number;
  readonly kills: number;
  /** The leader is asked to stop (SIGTERM) instead of being killed (SIGKILL). */
  readonly graceful: boolean;
  /** So many writes are due per second, and as many reads: the time between two of them is how finely a standstill is seen. */
  readonly ratePerSecond: number;
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Least time between a cluster that is whole again and the next kill; up to as long again is drawn. */
  readonly settleMs: number;
}
