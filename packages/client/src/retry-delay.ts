// How long to wait before attempt number `attempt` (the first retry is 1): doubling from 10 ms, capped at half a
// second, jittered so that clients who failed together do not return together.

const firstMs = 10;
const capMs = 500;

export function retryDelayMs(attempt: number, atLeastMs = 0): number {
  const fullMs = Math.min(capMs, firstMs * 2 ** Math.min(attempt - 1, 10));
  return atLeastMs + fullMs * (0.5 + Math.random() / 2);
}
