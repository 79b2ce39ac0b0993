/** A clock that is set by hand, with one timer that ticks when a test says so. */
export class HandClock {
  ms = 0;
  /** Absent while nobody wants to be woken. */
  tick: (() => void) | undefined;

  nowMs(): number {
    return this.ms;
  }

  every(_periodMs: number, tick: () => void): () => void {
    this.tick = tick;
    return () => {
      this.tick = undefined;
    };
  }

  tickAt(ms: number): void {
    this.ms = ms;
    this.tick?.();
  }
}
