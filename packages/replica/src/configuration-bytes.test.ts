import type { Configuration } from '@balsa/raft';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configurationBytesMax, decodeConfiguration, encodeConfiguration } from './configuration-bytes.ts';
import { ReplicaError } from './errors.ts';

const sample: Configuration = {
  voters: [3, 1, Number.MAX_SAFE_INTEGER],
  outgoing: [1, 2],
  learners: [7],
  preferredLeader: 3,
  leases: true,
};

const id = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const list = fc.uniqueArray(id, { maxLength: 255 });
const configuration: fc.Arbitrary<Configuration> = fc.record({
  voters: fc.uniqueArray(id, { minLength: 1, maxLength: 255 }),
  outgoing: list,
  learners: list,
  preferredLeader: fc.option(id, { nil: undefined }),
  leases: fc.boolean(),
});

test('these are the bytes, for good', () => {
  expect(encodeConfiguration(sample).toString('hex')).toBe(
    [
      '01', // version
      '01', // flags
      '03 02 01', // lengths
      '00 00 00',
      '03 00 00 00 00 00 00 00', // preferred leader
      '03 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  ff ff ff ff ff ff 1f 00', // voters
      '01 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00', // outgoing
      '07 00 00 00 00 00 00 00', // learners
    ]
      .join('')
      .replaceAll(' ', ''),
  );
});

test('what is encoded is decoded again', () => {
  fc.assert(
    fc.property(configuration, (value) => {
      const bytes = encodeConfiguration(value);
      expect(bytes.length).toBeLessThanOrEqual(configurationBytesMax);
      expect(decodeConfiguration(bytes)).toEqual(value);
    }),
  );
});

test('what is decoded has no other bytes', () => {
  fc.assert(
    fc.property(configuration, fc.nat(), fc.nat(255), fc.integer({ min: -9, max: 9 }), (value, at, byte, longer) => {
      const intact = encodeConfiguration(value);
      const damaged = Buffer.alloc(Math.max(0, intact.length + longer));
      intact.copy(damaged);
      if (damaged.length > 0) damaged[at % damaged.length] = byte;
      let decoded: Configuration;
      try {
        decoded = decodeConfiguration(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(ReplicaError);
        expect(error).toMatchObject({ code: 'RECORD_UNKNOWN' });
        return;
      }
      expect(encodeConfiguration(decoded).equals(damaged)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

describe('is neither encoded nor decoded:', () => {
  const many = Array.from({ length: 256 }, (_, i) => i + 1);

  test.each<[string, Partial<Configuration>]>([
    ['a group without voters', { voters: [] }],
    ['a node that is listed twice', { learners: [4, 5, 4] }],
    ['a node without a number', { outgoing: [0] }],
    ['a negative number', { voters: [-1] }],
    ['half a number', { voters: [1.5] }],
    ['a number that is not exact', { voters: [2 ** 53] }],
    ['a preference for a node without a number', { preferredLeader: 0 }],
    ['a preference for a number that is not exact', { preferredLeader: 2 ** 53 }],
    ['too many members', { learners: many }],
  ])('%s', (_what, wrong) => {
    expect(() => encodeConfiguration({ ...sample, ...wrong })).toThrow(RangeError);
  });

  test.each([
    ['another version', 0, '02'],
    ['a flag that is not known', 1, '02'],
    ['bytes that should be zero', 7, '01'],
    ['a group without voters', 2, '000303'],
    ['a node that is listed twice', 16, '01'],
    ['a node without a number', 16, '00'],
    ['a number that is not exact', 23, '20'],
    ['a preference that is not exact', 15, 'ff'],
    ['a longer list than there are bytes', 4, '02'],
    ['a shorter list than there are bytes', 4, '00'],
  ])('%s', (_what, offset, hex) => {
    const bytes = encodeConfiguration(sample);
    bytes.write(hex, offset, 'hex');
    expect(() => decodeConfiguration(bytes)).toThrow(expect.objectContaining({ code: 'RECORD_UNKNOWN' }));
  });

  test('fewer bytes than there are before the lists', () => {
    for (let length = 0; length < 16; length++) {
      expect(() => decodeConfiguration(encodeConfiguration(sample).subarray(0, length))).toThrow(ReplicaError);
    }
  });
});
