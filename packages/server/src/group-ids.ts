/** The groups that every node runs. */
export const GroupIds = {
  /** Which series exist, and of which type. */
  metadata: 0,
  /** The series' values. */
  data: 1,
} as const;
