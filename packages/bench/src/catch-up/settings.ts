/** What the benchmark of catching up is asked to do; repeated in its report. */
export interface CatchUpSettings {
  /** Of state that the follower lacks, in units of 10^9 bytes. */
  readonly gigabytes: number;
  /** Of each write of the load. */
  readonly valueBytes: number;
  /** Each has one write under way, and begins the next when that is answered. */
  readonly clients: number;
  /** Of load in each stretch before the follower comes back, and after it has caught up. */
  readonly seconds: number;
  /** What a node sends of snapshots to all others together, in MiB/s; 0: no limit. */
  readonly snapshotMebibytesPerSecond: number;
  /** What a node restores of snapshots, in MiB/s; 0: no limit. */
  readonly restoreMebibytesPerSecond: number;
  /** Of what is written. */
  readonly seed: number;
}
