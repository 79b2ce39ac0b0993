/** As `work`, or the reason of a signal that fires first (and has not yet); `work` goes on then, unheard. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    const heard = <Outcome>(tell: (outcome: Outcome) => void, outcome: Outcome): void => {
      signal.removeEventListener('abort', onAbort);
      tell(outcome);
    };
    work.then(
      (value) => heard(resolve, value),
      (error: unknown) => heard(reject, error),
    );
  });
}
