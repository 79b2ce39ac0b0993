/** What compresses pages. Synchronous, once it is loaded. */
export interface Codec {
  compress(bytes: Buffer): Uint8Array;
  /**
   * Takes no more memory than `size` bytes. If the result has another size, throws any error or gives that. It holds until the next
   * call, and may be a part of what was given: nobody may write to it.
   */
  uncompress(bytes: Buffer, size: number): Uint8Array;
}
