/** The index of the last command applied. Commands come in order and once: anything else would corrupt the state. */
export class AppliedIndex {
  #index: number;

  /** Goes on behind `index`; 0 before the first command. */
  constructor(index = 0) {
    this.#index = index;
  }

  get index(): number {
    return this.#index;
  }

  /** Indexes may leave gaps: not every entry of a log is a command. */
  advanceTo(index: number): void {
    if (index <= this.#index) throw new RangeError(`command ${index} cannot be applied after ${this.#index}`);
    this.#index = index;
  }
}
