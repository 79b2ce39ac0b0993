// One life of a node's process. Everything that reaches it (ticks, frames, completions of its disk) comes through `run`:
// nothing gets in while it is paused, and nothing ever again once it is dead.

export class SimulatedProcess {
  #state: 'runs' | 'paused' | 'dead' = 'runs';
  /** What arrived during a pause, in order. */
  #held: (() => void)[] = [];
  readonly #resumeSoon: (task: () => void) => void;
  readonly #onInput: () => void;

  /** `resumeSoon` runs a task as an event of its own; `onInput` is called before anything gets in. */
  constructor(resumeSoon: (task: () => void) => void, onInput: () => void) {
    this.#resumeSoon = resumeSoon;
    this.#onInput = onInput;
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  run(task: () => void): void {
    if (this.#state === 'dead') return;
    if (this.#state === 'paused') {
      this.#held.push(task);
    } else {
      this.#onInput();
      task();
    }
  }

  /** As SIGSTOP does. */
  pause(): void {
    if (this.#state === 'runs') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'runs';
    for (const task of this.#held.splice(0)) this.#resumeSoon(() => this.run(task));
  }

  die(): void {
    this.#state = 'dead';
    this.#held = [];
  }
}
