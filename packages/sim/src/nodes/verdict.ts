// What was found wrong first. Most checks run inside the node's own calls, where an exception would only be taken for a
// fault of the node; so they note what they saw, and the simulation looks after every event.

export class Verdict {
  #first: unknown;
  #isGuilty = false;

  note(error: unknown): void {
    if (this.#isGuilty) return;
    this.#isGuilty = true;
    this.#first = error;
  }

  /** Runs a check that throws. */
  hold(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.note(error);
    }
  }

  /** @throws what was noted first. */
  pronounce(): void {
    if (this.#isGuilty) throw this.#first;
  }
}
