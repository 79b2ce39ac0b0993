import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodePut } from './etcd-put.ts';

test('the bytes are those of the protocol buffers encoding', () => {
  const bytes = encodePut({ key: Buffer.from('ab'), value: Buffer.alloc(300, 'x') });
  // Field 1, 2 bytes; field 2, 300 bytes (a varint of two bytes: 0xac 0x02).
  expect(bytes.subarray(0, 7)).toEqual(Buffer.from([0x0a, 2, 0x61, 0x62, 0x12, 0xac, 0x02]));
  expect(bytes.length).toBe(7 + 300);
});

test('every key and value can be read back', () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(70_000).map((length) => new Uint8Array(length)),
  );
  fc.assert(
    fc.property(content, content, (key, value) => {
      const bytes = encodePut({ key, value });
      const first = readField(bytes, 0);
      const second = readField(bytes, first.end);
      expect(first.tag).toBe(0x0a);
      expect(second.tag).toBe(0x12);
      expect(first.content.equals(key) && second.content.equals(value)).toBe(true);
      expect(second.end).toBe(bytes.length);
    }),
    { numRuns: 100 },
  );
});

function readField(bytes: Buffer, offset: number): { tag: number; content: Buffer; end: number } {
  let length = 0;
  let at = offset + 1;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return { tag: bytes[offset]!, content: bytes.subarray(at, at + length), end: at + length };
}
