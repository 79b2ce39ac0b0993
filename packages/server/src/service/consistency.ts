export const Consistency = {
  /** Sees every write that was acknowledged anywhere before the read began. Needs a quorum. */
  linearizable: 'linearizable',
  /** What this node has applied so far; may lag behind, works without a quorum. */
  local: 'local',
} as const;
export type Consistency = (typeof Consistency)[keyof typeof Consistency];

export interface ReadOptions {
  readonly consistency: Consistency;
  readonly timeoutMs: number;
}
