/** What registers hold and logs are made of. */
export type Value = string | number | boolean | null;

/** Something that a client asked for, and what it knows of the answer. */
export interface Operation<Action> {
  /** For the reader of a report. What may have been at the same time follows from the times alone. */
  readonly client: number;
  /** Which object it concerns. Each key is checked for itself: a history is linearizable exactly if those of its objects are. */
  readonly key: string;
  /** Times of one clock, in any unit: only their order counts. Of equal times, the call comes first. */
  readonly callAt: number;
  /** `undefined`: no answer came. The operation took effect at any time after its call, or never. */
  readonly returnAt: number | undefined;
  /** What was asked for, and the result if it is known. */
  readonly action: Action;
}
