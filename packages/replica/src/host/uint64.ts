// Numbers of 8 bytes, little endian, of which a double holds all up to 2^53 - 1.

const twoTo32 = 0x1_0000_0000;

export function writeUint64(target: Buffer, value: number, offset: number): void {
  target.writeUInt32LE(value % twoTo32, offset);
  target.writeUInt32LE(Math.floor(value / twoTo32), offset + 4);
}

/** Exact only for what `isSafeUint64`. */
export function readUint64(source: Buffer, offset: number): number {
  return source.readUInt32LE(offset) + source.readUInt32LE(offset + 4) * twoTo32;
}

/** Below 2^53: the upper eleven bits are zero. */
export function isSafeUint64(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset + 7] === 0 && bytes[offset + 6]! < 0x20;
}
