// The erasure code of the counts that batches have at present. One is worth keeping: it remembers the matrices that it works with, and
// the counts change only with the members.

import { ErasureCode } from '@balsa/codes';

export class LatestCode {
  #code: ErasureCode | undefined;

  /** @throws CodesError CODE_INVALID. */
  of(dataCount: number, parityCount: number): ErasureCode {
    if (this.#code?.dataCount !== dataCount || this.#code.parityCount !== parityCount) {
      this.#code = new ErasureCode({ dataCount, parityCount });
    }
    return this.#code;
  }
}
