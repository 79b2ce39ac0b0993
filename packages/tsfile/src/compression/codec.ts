/** What compresses pages. Synchronous, once it is loaded. */
export interface Codec {
  compress(bytes: Buffer): Uint8Array;
  /** Throws any error unless the result has exactly `size` bytes, or gives one of another size; takes no more memory than that. */
  uncompress(bytes: Buffer, size: number): Uint8Array;
}
