import { describe, expect, it } from 'vitest';
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { decodeTs2diffNumbers, encodeTs2diff64 } from '../encodings/ts-2diff.ts';
import { defaultLimits, type TsFileLimits } from '../limits.ts';
import { regularTimes } from './regular-times.ts';

function read(times: readonly number[], limits: TsFileLimits = defaultLimits) {
  const out = new ByteWriter(16);
  encodeTs2diff64(BigInt64Array.from(times, BigInt), out);
  const source = new ByteReader(Buffer.from(out.written()), { offset: 0 });
  const decoded = regularTimes(source, limits, (it) => decodeTs2diffNumbers(undefined, it, limits));
  expect(source.remaining).toBe(0);
  expect([...decoded]).toEqual(times);
  return decoded;
}

const regular = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i * 5000);

describe('times of pages', () => {
  it('that are regular are decoded once, for as long as few others come between', () => {
    const first = read(regular(1000, 4000));
    expect(read(regular(1000, 4000))).toBe(first);
    expect(read(regular(1000, 3999))).not.toBe(first);
    expect(read(regular(1001, 4000))).not.toBe(first);
    for (let i = 0; i < 64; i++) read(regular(2000 + i, 10));
    expect(read(regular(1000, 4000))).not.toBe(first);
  });

  it('that are not are decoded each time', () => {
    const times = Array.from({ length: 4000 }, (_, i) => i * 5000 + (i % 7));
    expect(read(times)).not.toBe(read(times));
  });

  it('are refused where they are too many, whatever was read before', () => {
    read(regular(0, 3000));
    expect(() => read(regular(0, 3000), { ...defaultLimits, pageRowsMax: 2000 })).toThrow(/more than 2000 rows/);
  });
});
