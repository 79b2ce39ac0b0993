// The one operation that takes time: sums of multiples of whole fragments. Everything else is bookkeeping.

export interface Kernel {
  /** For people. */
  readonly name: string;

  /**
   * Sets every output to the sum of all inputs, each times a coefficient of its own, in GF(2^8), byte by byte.
   *
   * @param coefficients for each output, one after the other, a coefficient for each input.
   * @param inputs, outputs All of one length, which may be 0; no output shares memory with an input or another output.
   */
  combine(coefficients: Uint8Array, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void;
}
