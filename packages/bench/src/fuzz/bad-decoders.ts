// Decoders that break one promise each. Tests let the fuzzer find all of them, or it would be worth nothing.

import { decoderTarget, type FuzzTarget } from '@balsa/wire/fuzz';
import { BenchError } from '../bench-error.ts';

const sample = Buffer.from('\u0004\0\0\0abcd');
const mebibyte = 1024 * 1024;

function bad(name: string, decode: (input: Buffer) => unknown): FuzzTarget {
  const refusing = (input: Buffer): unknown => {
    if (input.length < 4) throw new BenchError('ILLEGAL_ARGUMENT', 'too short');
    return decode(input);
  };
  return decoderTarget({ name: `bad/${name}`, corpus: [sample], refusals: [BenchError], decode: refusing });
}

/** What the first four bytes announce. */
function announced(input: Buffer): number {
  return input.readUInt32LE(0);
}

function isDamaged(input: Buffer): boolean {
  return announced(input) !== input.length - 4;
}

export const fuzzTargets: readonly FuzzTarget[] = [
  bad('reads-beyond', (input) => input.readUInt8(3 + announced(input))),
  bad('type-error', (input) => (isDamaged(input) ? Object(undefined).length.toString() : input)),
  bad('hangs', (input) => {
    while (isDamaged(input));
  }),
  bad('slow', (input) => {
    const start = process.cpuUsage();
    const usedMs = (): number => {
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    };
    while (isDamaged(input) && usedMs() < 1100);
  }),
  bad('believes-lengths', (input) => Buffer.alloc(Math.min(announced(input), 256 * mebibyte))),
  bad('fills-heap', (input) => {
    for (const items: number[][] = []; isDamaged(input); ) items.push(new Array<number>(mebibyte).fill(1));
  }),
  bad('fills-memory', (input) => {
    for (const items: Buffer[] = []; isDamaged(input); ) items.push(Buffer.alloc(mebibyte, 1));
  }),
  bad('changes-input', (input) => input.fill(0, 4)),
  bad('rejects-later', (input) => {
    if (isDamaged(input)) setImmediate(() => Promise.reject(new TypeError('nobody waits for this')));
  }),
  bad('ends-process', (input) => {
    if (isDamaged(input)) process.exit(0);
  }),
  decoderTarget({
    name: 'bad/forgets',
    corpus: [sample],
    refusals: [BenchError],
    decode: (input) => input.toString('utf8'),
    encode: (text) => Buffer.from(text),
    isCanonical: true,
  }),
  decoderTarget({
    name: 'bad/refuses-samples',
    corpus: [sample],
    refusals: [BenchError],
    decode: () => {
      throw new BenchError('ILLEGAL_ARGUMENT', 'no');
    },
  }),
  bad('is-good', (input) => input.subarray(4)),
];
