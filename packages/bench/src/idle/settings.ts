/** What the benchmark of idle groups is asked to do; repeated in its report. */
export interface IdleSettings {
  readonly nodes: number;
  readonly groups: number;
  /** Commands that each group has replicated before it rests. */
  readonly writes: number;
  /** Rest before anything is measured. */
  readonly settleSeconds: number;
  /** Over which CPU time is measured. */
  readonly seconds: number;
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
}
