// Every encoding of every type gives back what it was given, bit by bit.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Values } from '../column.ts';
import { type DataType, dataTypeName, dataTypes } from '../data-type.ts';
import { type Encoding, encodingName, encodingsOf } from '../encoding.ts';
import { TsFileError } from '../errors.ts';
import { numbersOf } from '../int64.ts';
import { defaultLimits } from '../limits.ts';
import { rawBytes, valuesOf } from '../testing/arbitraries.ts';
import { ReusedMemory } from '../value-memory.ts';
import { decodeValues } from './decode-values.ts';
import { encodeValues } from './encode-values.ts';
import { decodeTs2diff64, decodeTs2diffNumbers, encodeTs2diff64 } from './ts-2diff.ts';

const pairs = dataTypes.flatMap((type) => encodingsOf[type].map((encoding) => ({ type, encoding })));
const named = pairs.map((pair) => ({ ...pair, name: `${dataTypeName(pair.type)} ${encodingName(pair.encoding)}` }));

function encode(encoding: Encoding, values: Values): Buffer {
  const out = new ByteWriter(16);
  encodeValues(encoding, values, out);
  return Buffer.from(out.written());
}

function decode(encoding: Encoding, type: DataType, count: number, bytes: Uint8Array, limits = defaultLimits): Values {
  return decodeValues(encoding, type, count, new ByteReader(bytes, { offset: 0 }), limits);
}

/** `toEqual` looks at bytes one by one, which takes longer than all else here: it is for telling what is not the same. */
function expectSame(back: Values, values: Values): void {
  const [found, given] = [rawBytes(back), rawBytes(values)];
  if (!found.equals(given)) expect(found).toEqual(given);
}

describe.each(named)('$name', ({ type, encoding }) => {
  it('gives back the values', () => {
    fc.assert(
      fc.property(valuesOf(type), ({ values, count }) => {
        const back = decode(encoding, type, count, encode(encoding, values));
        // Not-a-number has many bit patterns; which one comes back is not promised where one of them means the end.
        expectSame(back, values);
      }),
      // Long lists take very long to be made smaller; the seed is printed.
      { endOnFailure: true },
    );
  });

  it('gives the same in memory that is used again', () => {
    const memory = new ReusedMemory();
    fc.assert(
      fc.property(valuesOf(type), ({ values, count }) => {
        const source = new ByteReader(encode(encoding, values), { offset: 0 });
        const back = decodeValues(encoding, type, count, source, defaultLimits, memory);
        expectSame(back, values);
      }),
      { endOnFailure: true },
    );
  });

  it('refuses damage with a code, and never hangs', () => {
    fc.assert(
      fc.property(valuesOf(type), fc.nat(), fc.nat(255), fc.nat(), ({ values, count }, at, bits, cut) => {
        const bytes = encode(encoding, values);
        const damaged = bytes.subarray(0, cut % 2 === 0 ? bytes.length : cut % bytes.length);
        if (damaged.length > 0) damaged[at % damaged.length]! ^= bits;
        try {
          decode(encoding, type, count, damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(TsFileError);
        }
      }),
      { endOnFailure: true },
    );
  });
});

describe('TS_2DIFF of 64 bits', () => {
  const steps = fc.oneof(
    fc.constant(5000n),
    fc.bigInt({ min: -3n, max: 1000n }),
    fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n }),
    fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  );
  const runs = fc.array(fc.tuple(steps, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 2 })), {
    minLength: 1,
    maxLength: 4,
  });

  it('gives the integers, and what they are as numbers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(2), runs, (start, shrink, given) => {
        // Near what doubles hold exactly, too, and far below.
        let value = start >> BigInt(shrink * 10);
        const values: bigint[] = [];
        for (const [step, times, wobble] of given) {
          for (let i = 0; i < times; i++) {
            value = BigInt.asIntN(64, value + step + BigInt(i % (wobble + 1)));
            values.push(value);
          }
        }
        const integers = BigInt64Array.from(values);
        const out = new ByteWriter(16);
        encodeTs2diff64(integers, out);
        const source = new ByteReader(Buffer.from(out.written()), { offset: 0 });
        expect(decodeTs2diffNumbers(undefined, source, defaultLimits)).toEqual(numbersOf(integers));
        expect(source.remaining).toBe(0);
        const again = new ByteReader(source.bytes, { offset: 0 });
        expect(decodeTs2diff64(values.length, again, defaultLimits)).toEqual(integers);
      }),
      { endOnFailure: true },
    );
  });
});
