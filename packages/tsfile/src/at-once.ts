// Work that most of the time finds everything at hand, and then needs no promise: promises for every step would cost more than
// the steps.

/** Does its work, and hands out what it has to wait for, by `awaited`. */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** `const value = yield* awaited(promise)`, within steps. */
export function* awaited<T>(promise: Promise<T>): Steps<T> {
  return (yield promise) as T;
}

/** The same of what may be at hand already. */
export function* ready<T>(value: T | Promise<T>): Steps<T> {
  return value instanceof Promise ? yield* awaited(value) : value;
}

/** What comes of it: at once if nothing had to be waited for. Throws, or rejects, with what the steps throw. */
export function atOnceOrLater<T>(steps: Steps<T>): T | Promise<T> {
  const first = steps.next();
  return first.done ? first.value : goOn(steps, first.value);
}

async function goOn<T>(steps: Steps<T>, first: Promise<unknown>): Promise<T> {
  for (let waiting = first; ; ) {
    const step = await waiting.then(
      (value) => steps.next(value),
      (error: unknown) => steps.throw(error),
    );
    if (step.done) return step.value;
    waiting = step.value;
  }
}
