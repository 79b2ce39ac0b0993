// What a decoder must survive: its own format cut short, with flipped bits, with something behind it, and noise.

import fc from 'fast-check';
import { WireError } from './errors.ts';

export function expectSurvivesDamage(samples: readonly Buffer[], decode: (bytes: Buffer) => unknown): void {
  const expectCodedOrFine = (bytes: Buffer): void => {
    try {
      decode(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  };
  for (const sample of samples) {
    const step = Math.ceil(sample.length / 200);
    for (let length = 0; length < sample.length; length += step)
      expectCodedOrFine(Buffer.from(sample.subarray(0, length)));
    expectCodedOrFine(Buffer.concat([sample, Buffer.from([1])]));
  }
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 8 }),
      (which, flips) => {
        const bytes = Buffer.from(samples[which % samples.length]!);
        for (const [position, bit] of flips) bytes[position % bytes.length]! ^= 1 << bit;
        expectCodedOrFine(bytes);
      },
    ),
    { numRuns: 300 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => expectCodedOrFine(Buffer.from(noise))));
}
