// Ctrl-C as an AbortSignal, so that whoever waits ends in order.

/** The exit code that shells give to a process ended by SIGINT. */
export const INTERRUPTED_EXIT_CODE = 130;

/** A terminal's Ctrl-C can reach a process twice, by npm's hand; only a later one means impatience. */
const IMPATIENCE_MS = 1000;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives the signals back to whoever had them. */
  release(): void;
}

/**
 * From now on SIGINT, SIGTERM, SIGHUP and the end of whoever reads the output abort the signal; a second one, a second
 * later, ends the process at once.
 */
export function catchInterrupts(): Interrupt {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const onSignal = () => {
    const nowMs = performance.now();
    if (firstMs !== undefined && nowMs - firstMs > IMPATIENCE_MS) process.exit(INTERRUPTED_EXIT_CODE);
    firstMs ??= nowMs;
    controller.abort(new Error('interrupted'));
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const outputs = [process.stdout, process.stderr];
  for (const name of names) process.on(name, onSignal);
  for (const output of outputs) output.once('error', onSignal);
  return {
    signal: controller.signal,
    release() {
      for (const name of names) process.off(name, onSignal);
      for (const output of outputs) output.off('error', onSignal);
    },
  };
}
