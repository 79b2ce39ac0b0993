import { BatchKind, configurationOf } from '@balsa/raft';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forEachEntry, openRecord, recordHeaderBytes, sealRecord } from '../record.ts';
import { BatchBuilder, sealConfigurationRecord, sealNoopRecord } from './batch-builder.ts';

const group = 3;

/** Seals what the builder holds and reads it back. */
function takeEntries(builder: BatchBuilder): Buffer[] {
  const { record, count } = builder.take();
  sealRecord(record, group, { kind: BatchKind.entries, term: 2, prevTerm: 1, firstIndex: 7, count });
  const { batch } = openRecord(record);
  const entries: Buffer[] = [];
  forEachEntry(batch, (_index, payload) => entries.push(Buffer.from(payload)));
  return entries;
}

test('batches hold what was added, in order, however they lie in the slabs', () => {
  const payload = fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1 << 20, max: 5 << 20 }).map((length) => new Uint8Array(length).fill(7)),
    },
  );
  fc.assert(
    fc.property(fc.array(fc.array(payload, { minLength: 1, maxLength: 6 }), { maxLength: 8 }), (batches) => {
      const builder = new BatchBuilder(1024 * 1024);
      const taken = batches.map((payloads) => {
        for (const each of payloads) builder.add(each);
        expect(builder.count).toBe(payloads.length);
        return takeEntries(builder);
      });
      for (const [i, entries] of taken.entries()) {
        expect(entries.length).toBe(batches[i]!.length);
        for (const [j, entry] of entries.entries()) expect(entry.equals(batches[i]![j]!)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('an earlier record stays as it was while the next is filled', () => {
  const builder = new BatchBuilder(1024 * 1024);
  builder.add(Buffer.from('first'));
  const { record } = builder.take();
  const before = Buffer.from(record);
  for (let i = 0; i < 100; i++) builder.add(Buffer.alloc(100_000, i));
  expect(record.equals(before)).toBe(true);
});

test('counts the bytes of the record to be, and starts at none again', () => {
  const builder = new BatchBuilder(1024 * 1024);
  expect(builder.bytes).toBe(0);
  builder.add(Buffer.alloc(10));
  expect(builder.bytes).toBe(recordHeaderBytes + 4 + 10);
  expect(builder.take().record.length).toBe(recordHeaderBytes + 4 + 10);
  expect([builder.bytes, builder.count]).toEqual([0, 0]);
});

test('a payload may change once it was added', () => {
  const builder = new BatchBuilder(1024 * 1024);
  const payload = Buffer.from('as it was');
  builder.add(payload);
  payload.fill(0);
  expect(takeEntries(builder).map(String)).toEqual(['as it was']);
});

test("a new leader's record is one empty entry", () => {
  const header = { kind: BatchKind.noop, term: 5, prevTerm: 4, firstIndex: 9, count: 1 };
  const opened = openRecord(sealNoopRecord(group, header));
  expect(opened.group).toBe(group);
  expect(opened.batch).toMatchObject(header);
  forEachEntry(opened.batch, (index, payload) => expect([index, payload.length]).toEqual([9, 0]));
});

test('a record with a configuration is one entry, which must be one that can be read again', () => {
  const header = { kind: BatchKind.configuration, term: 5, prevTerm: 4, firstIndex: 9, count: 1 };
  const configuration = { ...configurationOf([1, 2, 3]), outgoing: [1], leases: true };
  const opened = openRecord(sealConfigurationRecord(group, header, configuration));
  expect(opened.group).toBe(group);
  expect(opened.batch).toMatchObject({ ...header, configuration });
  expect(() => sealConfigurationRecord(group, header, configurationOf([]))).toThrow(RangeError);
});
