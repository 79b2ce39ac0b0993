// Numbers for questions to other members. A peer may answer a question that this node asked before it restarted; were
// numbers used again, that answer would pass for one to a new question. So every run begins somewhere else.

import { randomInt } from 'node:crypto';

export class RequestIds {
  #next = randomInt(1, 2 ** 48);

  next(): number {
    return this.#next++;
  }
}
