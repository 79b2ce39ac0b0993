// Blocks of LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) that hold next to nothing that could be compressed, as
// most pages of numbers do: a few references at the beginning, and then what the encoding has left. A call of the library costs more than
// copying that, and gives memory that has to be collected.
//
//   sequences: u8 literals << 4 | (length of the reference - 4); either, if it is 15, goes on in bytes that are added up to the first below 255
//              literals; u16 how far back the reference begins, low byte first; the last sequence ends with its literals

/** Larger blocks, and those of which more than that is made, are better left to the library. */
const sizeMax = 1 << 16;
const growthMax = 1.5;

const matchLengthMin = 4;
const longMin = 15;
/** Fewer bytes are copied one by one: a call takes longer. */
const calledBytesMin = 24;

const memory = new Uint8Array(sizeMax);

export function isNearlyLiteral(bytes: Uint8Array, size: number): boolean {
  return size <= sizeMax && size <= bytes.length * growthMax;
}

/**
 * A block of which `isNearlyLiteral` holds. What it gives holds until the next one.
 * @throws Error: it is none, or its size is another.
 */
export function uncompressNearlyLiteral(bytes: Uint8Array, size: number): Uint8Array {
  let from = 0;
  let to = 0;
  for (;;) {
    const token = bytes[from++];
    if (token === undefined) throw malformed();
    let literals = token >> 4;
    if (literals === longMin) {
      let more = 255;
      while (more === 255) {
        more = bytes[from++] ?? 0;
        literals += more;
      }
    }
    if (literals > bytes.length - from || literals > size - to) throw malformed();
    if (literals < calledBytesMin) for (let i = 0; i < literals; i++) memory[to + i] = bytes[from + i]!;
    else memory.set(bytes.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === bytes.length) break;
    const back = bytes[from]! | ((bytes[from + 1] ?? 0) << 8);
    from += 2;
    let length = (token & longMin) + matchLengthMin;
    if (length === longMin + matchLengthMin) {
      let more = 255;
      while (more === 255) {
        more = bytes[from++] ?? 0;
        length += more;
      }
    }
    if (back === 0 || back > to || length > size - to || from > bytes.length) throw malformed();
    // What is referred to may reach into what is being written.
    for (const end = to + length; to < end; to++) memory[to] = memory[to - back]!;
  }
  if (to !== size) throw malformed();
  return memory.subarray(0, size);
}

function malformed(): Error {
  return new Error('it is no block of LZ4, or the block has another size');
}
