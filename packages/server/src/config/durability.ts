/** When a write counts as durable, and so what a crash can lose. */
export const DurabilityMode = {
  sync: 'sync',
  batched: 'batched',
  memory: 'memory',
} as const;
export type DurabilityMode = (typeof DurabilityMode)[keyof typeof DurabilityMode];
