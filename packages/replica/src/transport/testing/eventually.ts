import { vi } from 'vitest';

/** Sockets take their time, redialling more of it, and a busy machine the most: this is how long is too long. */
const tooLongMs = 15_000;

export async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: tooLongMs, interval: 10 });
}
