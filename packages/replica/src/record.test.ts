import { BatchKind, configurationOf } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { describe, expect, test } from 'vitest';
import { sealConfigurationRecord } from './host/batch-builder.ts';
import {
  forEachEntry,
  isReset,
  openLogRecord,
  openRecord,
  recordHeaderBytes,
  sealRecord,
  sealReset,
} from './record.ts';
import { batchOf } from './transport/test-frames.ts';

const header = { kind: BatchKind.configuration, term: 5, prevTerm: 4, firstIndex: 11, count: 1 };
const configuration = { ...configurationOf([1, 2, 3]), learners: [4], preferredLeader: 2 };

/** A record of one entry, changed where `change` does so, and sealed again: only its content is wrong. */
function resealed(change: (record: Buffer) => void, of: Uint8Array = batchOf(7, 11, 100).bytes): Buffer {
  const record = Buffer.from(of);
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

describe('a configuration record', () => {
  const bytes = sealConfigurationRecord(7, header, configuration);

  test('is opened with its configuration, and has one entry', () => {
    const { group, batch } = openRecord(bytes);
    expect({ ...batch, group }).toEqual({ ...header, group: 7, configuration, bytes });
    const entries: [number, number][] = [];
    forEachEntry(batch, (index, payload) => entries.push([index, payload.length]));
    expect(entries).toEqual([[11, bytes.length - recordHeaderBytes - 4]]);
  });

  test('is the same to a log', () => {
    expect(openLogRecord(bytes)).toEqual({ group: 7, record: { ...header, configuration, bytes } });
  });

  test('whose entry is no configuration is refused', () => {
    const wrong = resealed((record) => record.writeUInt8(9, recordHeaderBytes + 4), bytes);
    expect(() => openRecord(wrong)).toThrow(expect.objectContaining({ code: 'RECORD_UNKNOWN' }));
  });

  test.each([0, 2])('with %i entries is refused', (count) => {
    const record = Buffer.alloc(recordHeaderBytes + count * 4);
    sealRecord(record, 7, { ...header, count });
    expect(() => openRecord(record)).toThrow(expect.objectContaining({ code: 'RECORD_UNKNOWN' }));
  });

  test('other kinds have no configuration', () => {
    expect('configuration' in openRecord(Buffer.from(batchOf(7, 11, 100).bytes)).batch).toBe(false);
  });
});

describe('a reset', () => {
  const base = { index: 2 ** 40, term: 2 ** 41 };

  test.each([base, { index: 0, term: 0 }])('is opened by a log: %o', (to) => {
    const { bytes } = sealReset(7, to);
    const { group, record } = openLogRecord(Buffer.concat([Buffer.alloc(3), bytes]), 3);
    expect([group, isReset(record)]).toEqual([7, true]);
    expect(record).toEqual({ base: to, bytes });
  });

  test('is taken from nobody else', () => {
    const { bytes } = sealReset(7, base);
    expect(() => openRecord(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'RECORD_UNKNOWN' }));
  });

  test.each<[string, (record: Buffer) => void]>([
    ['has entries', (record) => record.writeUInt32LE(1, 40)],
    ['has a term of its own', (record) => record.writeUInt32LE(1, 16)],
    ['begins before the first entry', (record) => record.writeBigUInt64LE(0n, 32)],
    ['follows on an entry without term', (record) => record.writeBigUInt64LE(0n, 24)],
    ['follows on a term without entry', (record) => record.writeBigUInt64LE(1n, 32)],
    ['is of another kind', (record) => record.writeUInt8(129, 9)],
  ])('that %s is refused', (_what, change) => {
    const { bytes } = sealReset(7, base);
    const wrong = resealed(change, bytes);
    expect(() => openLogRecord(wrong)).toThrow(expect.objectContaining({ code: 'RECORD_UNKNOWN' }));
  });
});
