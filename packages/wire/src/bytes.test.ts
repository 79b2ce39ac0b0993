import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RetainingPool } from './buffer-pool.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { anyText } from './test-tablets.ts';

describe('writing and reading', () => {
  test('every kind of number and text comes back, however small the buffer was at first', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 0, max: 0xffff }),
        fc.nat({ max: 0xffff_ffff }),
        fc.maxSafeNat(),
        fc.maxSafeInteger(),
        anyText,
        fc.uint8Array(),
        (capacityBytes, u16, u32, u64, i64, text, raw) => {
          const writer = new ByteWriter(capacityBytes);
          writer.u8(u16 & 0xff);
          writer.u16(u16);
          writer.u32(u32);
          writer.u64(u64);
          writer.i64(i64);
          writer.text16(text);
          writer.text32(text);
          writer.raw(raw);
          const reader = new ByteReader(writer.written());
          expect([reader.u8(), reader.u16(), reader.u32(), reader.u64(), reader.i64()]).toEqual([
            u16 & 0xff,
            u16,
            u32,
            u64,
            i64,
          ]);
          expect(reader.text16()).toBe(text);
          expect(reader.text32(1000)).toBe(text);
          expect(Uint8Array.from(reader.rest())).toEqual(Uint8Array.from(raw));
          reader.finish();
        },
      ),
    );
  });

  test('reading stops at the given end, not at the end of the memory', () => {
    const reader = new ByteReader(Buffer.alloc(16), 4, 8);
    expect(reader.u32()).toBe(0);
    expect(() => reader.u8()).toThrow(expect.objectContaining({ code: 'BYTES_TRUNCATED' }));
  });

  test.each([
    ['an integer that JavaScript cannot hold', (reader: ByteReader) => reader.u64(), 'BYTES_MALFORMED'],
    ['a signed one', (reader: ByteReader) => reader.i64(), 'BYTES_MALFORMED'],
    ['a text that is too long', (reader: ByteReader) => reader.text16(10), 'LIMIT_EXCEEDED'],
    ['bytes that are left over', (reader: ByteReader) => reader.finish(), 'BYTES_MALFORMED'],
    ['more items than are there', (reader: ByteReader) => reader.expect(3, 8), 'BYTES_TRUNCATED'],
  ])('refuses %s', (_what, read, code) => {
    const bytes = Buffer.from('ffffffffffffff7f', 'hex');
    expect(() => read(new ByteReader(bytes))).toThrow(expect.objectContaining({ code }));
  });

  test('refuses a text that is not UTF-8', () => {
    expect(() => new ByteReader(Buffer.from('0200c328', 'hex')).text16()).toThrow(/not UTF-8/);
  });
});

describe('the pool of buffers', () => {
  test('hands out what came back, up to its bound', () => {
    const pool = new RetainingPool(40_000);
    const first = pool.acquire(100);
    const second = pool.acquire(20_000);
    expect([first.length, second.length]).toEqual([16_384, 32_768]);
    pool.release(second);
    pool.release(first);
    expect(pool.retainedBytes).toBe(32_768);
    expect(pool.acquire(32_768)).toBe(second);
    expect(pool.retainedBytes).toBe(0);
  });

  test('does not keep what is too large or not its own', () => {
    const pool = new RetainingPool(1 << 30);
    const huge = pool.acquire((1 << 22) + 1);
    expect(huge.length).toBe((1 << 22) + 1);
    pool.release(huge);
    pool.release(Buffer.alloc(1000));
    pool.release(Buffer.alloc(0));
    expect(pool.retainedBytes).toBe(0);
  });
});
