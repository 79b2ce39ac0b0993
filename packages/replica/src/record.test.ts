import { crc32c } from '@balsa/wire';
import { describe, expect, test } from 'vitest';
import { forEachEntry, openRecord, recordHeaderBytes } from './record.ts';
import { batchOf } from './transport/test-frames.ts';

/** A record of one entry, changed where `change` does so, and sealed again: only its content is wrong. */
function resealed(change: (record: Buffer) => void): Buffer {
  const record = Buffer.from(batchOf(7, 11, 100).bytes);
  change(record);
  record.writeUInt32LE(crc32c(record.subarray(8)), 4);
  return record;
}

describe('a record', () => {
  test('is opened where it lies, with its entries', () => {
    const { group, batch } = openRecord(
      Buffer.concat([Buffer.alloc(5), batchOf(7, 11, 100).bytes, Buffer.alloc(9)]),
      5,
    );
    expect({ ...batch, group, bytes: batch.bytes.length }).toMatchObject({ group: 7, firstIndex: 11, count: 1 });
    const sizes: number[] = [];
    forEachEntry(batch, (_index, payload) => sizes.push(payload.length));
    expect(sizes).toEqual([100]);
  });

  // Found by `npm run fuzz`: such a record was opened, and whoever read its entries met a RangeError.
  test.each<[string, (record: Buffer) => void]>([
    ['an entry is longer than the record', (record) => record.writeUInt32LE(101, recordHeaderBytes)],
    ['an entry is shorter than what is left', (record) => record.writeUInt32LE(99, recordHeaderBytes)],
    ['an entry has the longest length there is', (record) => record.writeUInt32LE(0xffff_ffff, recordHeaderBytes)],
    ['it announces more entries than there are', (record) => record.writeUInt32LE(2, 40)],
    ['it announces 4 billion entries', (record) => record.writeUInt32LE(0xffff_ffff, 40)],
    ['it announces none, but holds one', (record) => record.writeUInt32LE(0, 40)],
    ['its term is beyond 2^53', (record) => record.writeUInt8(0x20, 22)],
    ['the term before it is beyond 2^53', (record) => record.writeUInt8(1, 31)],
    ['its index is beyond 2^53', (record) => record.writeUInt8(0x20, 38)],
    ['its last index is beyond 2^53', (record) => record.writeBigUInt64LE(2n ** 53n - 1n, 32)],
  ])('whose checksum is right is refused if %s', (_what, change) => {
    expect(() => openRecord(resealed(change))).toThrow(expect.objectContaining({ code: 'RECORD_UNKNOWN' }));
  });
});
