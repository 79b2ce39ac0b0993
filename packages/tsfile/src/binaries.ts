// Texts and blobs of a column, in one piece of memory.

/** Value `i` are the bytes from `offsets[i]` up to `offsets[i + 1]`; there is one more offset than values. */
export interface Binaries {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
}

export function isBinaries(values: object): values is Binaries {
  return 'offsets' in values;
}

/** Texts as UTF-8, blobs as they are. */
export function binariesOf(values: readonly (string | Uint8Array)[]): Binaries {
  const offsets = new Int32Array(values.length + 1);
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? '';
    size += typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    offsets[i + 1] = size;
  }
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? '';
    if (typeof value === 'string') bytes.write(value, offsets[i]!);
    else bytes.set(value, offsets[i]);
  }
  return { bytes, offsets };
}

/** The bytes of one value, as a view. */
export function binaryAt({ bytes, offsets }: Binaries, index: number): Uint8Array {
  return bytes.subarray(offsets[index], offsets[index + 1]);
}

/** One value as text; what is not UTF-8 becomes U+FFFD. */
export function textAt({ bytes, offsets }: Binaries, index: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'utf8',
    offsets[index],
    offsets[index + 1],
  );
}

/** A view of some values. */
export function sliceBinaries({ bytes, offsets }: Binaries, from: number, to: number): Binaries {
  return { bytes, offsets: offsets.subarray(from, to + 1) };
}
