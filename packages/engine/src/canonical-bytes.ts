// Values as the bytes over which replicas compare checksums: equal values must give equal bytes on every node.

import type { Cells } from './cells.ts';

/** The memory of a typed array, as it lies (every machine that Node runs on is little-endian). */
export function memoryOf(cells: Cells<number> | Cells<bigint>): Uint8Array {
  if (!ArrayBuffer.isView(cells)) throw new TypeError('only typed arrays are bytes already');
  return new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
}

/**
 * NaN has many bit patterns, and JavaScript may swap one for another whenever a value is moved: here each becomes the
 * same one. Copies only if there is one.
 */
export function canonicalFloatBytes(
  cells: Cells<number>,
  FloatArray: typeof Float32Array | typeof Float64Array,
): Uint8Array {
  let copy: Float32Array | Float64Array | undefined;
  for (let i = 0; i < cells.length; i++) {
    if (!Number.isNaN(cells[i])) continue;
    copy ??= new FloatArray(cells);
    copy[i] = Number.NaN;
  }
  return memoryOf(copy ?? cells);
}

/** Each blob behind its length (u32, little endian). */
export function blobBytes(cells: Cells<Uint8Array>): Uint8Array {
  let size = 0;
  for (let i = 0; i < cells.length; i++) size += 4 + cells[i]!.length;
  const bytes = Buffer.allocUnsafe(size);
  let offset = 0;
  for (let i = 0; i < cells.length; i++) {
    bytes.writeUInt32LE(cells[i]!.length, offset);
    bytes.set(cells[i]!, offset + 4);
    offset += 4 + cells[i]!.length;
  }
  return bytes;
}

/** Each text as UTF-8 behind its length (u32, little endian), so that no two lists of texts give the same bytes. */
export function textBytes(cells: Cells<string>): Uint8Array {
  let size = 0;
  for (let i = 0; i < cells.length; i++) size += 4 + Buffer.byteLength(cells[i]!);
  const bytes = Buffer.allocUnsafe(size);
  let offset = 0;
  for (let i = 0; i < cells.length; i++) {
    const written = bytes.write(cells[i]!, offset + 4, 'utf8');
    bytes.writeUInt32LE(written, offset);
    offset += 4 + written;
  }
  return bytes;
}
