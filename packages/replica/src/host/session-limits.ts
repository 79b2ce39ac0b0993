// What a session table may hold. The table is replicated state, and the limits decide what is in it: they must be the same
// on every member of a group, and stay as they are for as long as the group lives.

export interface SessionLimits {
  /** Most sessions; opening one more ends the one that was silent longest. */
  readonly sessionsMax: number;
  /** Most unacknowledged answers kept per session; a client must not have more commands under way. */
  readonly resultsPerSessionMax: number;
  /**
   * A session whose unacknowledged answers count for this much or more gets no further command through until it has
   * acknowledged some. One answer may go beyond.
   */
  readonly sessionResultBytesMax: number;
  /** Most that all sessions together may count for; beyond that, those that were silent longest end. */
  readonly sessionsBytesMax: number;
  /** Largest result of a command. A larger one is neither kept nor handed out: RESULT_TOO_LARGE tells so. */
  readonly resultBytesMax: number;
}

/** What a session and an answer count for, beside the bytes of the answer: about what they take in memory. */
export const sessionBytes = 256;
export const answerBytes = 128;

/** The most that one session can count for. */
export function sessionBytesMax({ sessionResultBytesMax, resultBytesMax }: SessionLimits): number {
  return sessionBytes + sessionResultBytesMax + answerBytes + resultBytesMax;
}

/** @throws RangeError: they make no sense, or contradict each other. */
export function checkSessionLimits(limits: SessionLimits): void {
  for (const [name, value] of Object.entries(pickSessionLimits(limits))) {
    const least = name === 'resultBytesMax' ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`${name} must not be ${value}`);
  }
  // What a result's length is written with in a snapshot.
  if (limits.resultBytesMax >= 2 ** 32 - 1) throw new RangeError('resultBytesMax must be below 4 GiB');
  // Else the session whose command is being applied might have to end for its own answer.
  if (limits.sessionsBytesMax < sessionBytesMax(limits)) {
    throw new RangeError(
      `sessionsBytesMax must be at least ${sessionBytesMax(limits)}, what one session may count for`,
    );
  }
}

/** The limits alone, in the order in which a snapshot has them. */
export function pickSessionLimits(limits: SessionLimits): SessionLimits {
  const { sessionsMax, resultsPerSessionMax, sessionResultBytesMax, sessionsBytesMax, resultBytesMax } = limits;
  return { sessionsMax, resultsPerSessionMax, sessionResultBytesMax, sessionsBytesMax, resultBytesMax };
}
