// Numbers for questions to other members. A peer may answer a question that this node asked before it restarted; were
// numbers used again, that answer would pass for one to a new question. So every run begins somewhere else.

/** Leaves room for more questions than a run can ask. */
const firstMax = 2 ** 48;

export class RequestIds {
  #next: number;

  /** @throws RangeError: `first` is not a whole number from 1 to 2^48. */
  constructor(first: number) {
    if (!Number.isInteger(first) || first < 1 || first > firstMax) {
      throw new RangeError(`the first request id must be a whole number from 1 to ${firstMax}, not ${first}`);
    }
    this.#next = first;
  }

  next(): number {
    return this.#next++;
  }
}
