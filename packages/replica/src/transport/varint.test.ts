import { ByteReader } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readVarint, varintBytesMax, writeVarint } from './varint.ts';

function encode(value: number): Buffer {
  const bytes = Buffer.alloc(varintBytesMax + 1, 0xee);
  const end = writeVarint(bytes, 0, value);
  expect(bytes.subarray(end)).toEqual(Buffer.alloc(bytes.length - end, 0xee));
  return bytes.subarray(0, end);
}

function decode(bytes: Buffer): number {
  const reader = new ByteReader(bytes);
  const value = readVarint(reader);
  reader.finish();
  return value;
}

describe('varints', () => {
  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 31 - 1, 'ffffffff07'],
    [2 ** 31, '8080808008'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ])('%i is %s', (value, hex) => {
    expect(encode(value).toString('hex')).toBe(hex);
    expect(decode(Buffer.from(hex, 'hex'))).toBe(value);
  });

  test('any number comes back, in as few bytes as BigInt needs groups of seven bits', () => {
    const number = fc.oneof(
      fc.maxSafeNat(),
      fc.integer({ min: 0, max: 53 }).map((bits) => Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)),
    );
    fc.assert(
      fc.property(number, fc.integer({ min: -1, max: 1 }), (base, step) => {
        const value = Math.min(Math.max(0, base + step), Number.MAX_SAFE_INTEGER);
        const bytes = encode(value);
        expect(decode(bytes)).toBe(value);
        expect(bytes.length).toBe(Math.max(1, Math.ceil(BigInt(value).toString(2).length / 7)));
      }),
    );
  });

  test.each([
    ['8000', 'BYTES_MALFORMED'],
    ['ff80808000', 'BYTES_MALFORMED'],
    ['8080808080808010', 'BYTES_MALFORMED'],
    ['ffffffffffffff7f', 'BYTES_MALFORMED'],
    ['ffffffffffffffff01', 'BYTES_MALFORMED'],
    ['', 'BYTES_TRUNCATED'],
    ['80', 'BYTES_TRUNCATED'],
    ['ffffffffffffff', 'BYTES_TRUNCATED'],
  ])('%s is refused', (hex, code) => {
    expect(() => decode(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code }));
  });
});
