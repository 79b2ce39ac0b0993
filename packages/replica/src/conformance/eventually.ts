// Waiting for what another thread, the system or a network has to do first.

/** Sockets take their time, redialling more of it, and a busy machine the most: this is how long is too long. */
const tooLongMs = 15_000;
const pauseMs = 5;

/** Runs `check` until it throws no more. @throws what it threw last, when it has gone on for too long. */
export async function eventually(check: () => void): Promise<void> {
  const endMs = performance.now() + tooLongMs;
  for (;;) {
    try {
      check();
      return;
    } catch (error) {
      if (performance.now() >= endMs) throw error;
    }
    await pause(pauseMs);
  }
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
