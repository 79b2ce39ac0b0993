// Batches as fragments, and back. Data fragments are the batch itself, cut up in order; nothing of it is copied but its end,
// to fill that up with zeros.

import { describeCode } from './code-counts.ts';
import { crc32c } from './crc32c.ts';
import type { ErasureCode } from './erasure-code.ts';
import { CodesError } from './errors.ts';
import { batchBytesMax, type Fragment, payloadBytes } from './fragment.ts';

/**
 * Cuts a batch up: all k + m fragments, in the order of their numbers. Those with data are views of the batch, which must
 * not change while they are used.
 * @throws CodesError BATCH_TOO_LARGE over `batchBytesMax`.
 */
export function splitBatch(code: ErasureCode, batch: Uint8Array): Fragment[] {
  if (batch.length > batchBytesMax) {
    throw new CodesError('BATCH_TOO_LARGE', `a batch of ${batch.length} bytes is over the limit of ${batchBytesMax}`);
  }
  const { dataCount, parityCount } = code;
  const size = payloadBytes(batch.length, dataCount);
  const data = partsOf(batch, dataCount, size).map((part) => (part.length === size ? part : padded(part, size)));
  const parity = partsOf(new Uint8Array(parityCount * size), parityCount, size);
  code.encode(data, parity);
  const batchBytes = batch.length;
  const batchChecksum = crc32c(batch);
  return [...data, ...parity].map((bytes, number) => {
    return { dataCount, parityCount, number, batchBytes, batchChecksum, bytes };
  });
}

/**
 * Puts a batch together again, in memory of its own. Only data fragments that are missing are computed.
 * @param fragments at least k fragments of one batch, in any order.
 * @throws CodesError FRAGMENTS_TOO_FEW; FRAGMENTS_MISMATCHED if they are not of one batch and this code, or a number stands
 *   twice; BATCH_DAMAGED if what comes out is not what was cut up.
 */
export function joinBatch(code: ErasureCode, fragments: readonly Fragment[]): Uint8Array {
  const { batchBytes, batchChecksum, size } = commonOf(code, fragments);
  const whole = new Uint8Array(code.dataCount * size);
  const parts = partsOf(whole, code.dataCount, size);
  const present = new Set(fragments.map(({ number }) => number));
  const missing = parts.map((bytes, number) => ({ number, bytes })).filter(({ number }) => !present.has(number));
  code.rebuild(fragments, missing);
  for (const { number, bytes } of fragments) parts[number]?.set(bytes);
  const batch = whole.subarray(0, batchBytes);
  if (crc32c(batch) !== batchChecksum) {
    throw new CodesError('BATCH_DAMAGED', `fragments of a batch of ${batchBytes} bytes give another than was cut up`);
  }
  return batch;
}

/**
 * Makes fragments that are missing, data or parity.
 * @param fragments at least k fragments of one batch, in any order.
 * @param numbers of those to make, in the order in which they are returned.
 * @throws CodesError FRAGMENTS_TOO_FEW; FRAGMENTS_MISMATCHED if they are not of one batch and this code, or a number is none
 *   of this code's, stands twice, or is there already.
 */
export function rebuildFragments(
  code: ErasureCode,
  fragments: readonly Fragment[],
  numbers: readonly number[],
): Fragment[] {
  const { size, ...common } = commonOf(code, fragments);
  const missing = numbers.map((number) => ({ ...common, number, bytes: new Uint8Array(size) }));
  code.rebuild(fragments, missing);
  return missing;
}

type Common = Omit<Fragment, 'number' | 'bytes'> & { readonly size: number };

/** What fragments of one batch have in common. Asked before memory is taken: what they then need is what they already have. */
function commonOf(code: ErasureCode, fragments: readonly Fragment[]): Common {
  const [first] = fragments;
  if (first === undefined || fragments.length < code.dataCount) {
    const what = `${fragments.length} fragments are there where ${describeCode(code)} needs ${code.dataCount}`;
    throw new CodesError('FRAGMENTS_TOO_FEW', what);
  }
  const { batchBytes, batchChecksum } = first;
  const { dataCount, parityCount } = code;
  const common = { dataCount, parityCount, batchBytes, batchChecksum, size: payloadBytes(batchBytes, dataCount) };
  const other = fragments.find((fragment) => !belongs(fragment, common));
  if (other !== undefined) {
    const what = `fragment ${other.number} is not of the same batch as fragment ${first.number} and of ${describeCode(code)}`;
    throw new CodesError('FRAGMENTS_MISMATCHED', what);
  }
  return common;
}

function belongs(fragment: Fragment, { dataCount, parityCount, batchBytes, batchChecksum, size }: Common): boolean {
  return (
    fragment.dataCount === dataCount &&
    fragment.parityCount === parityCount &&
    fragment.batchBytes === batchBytes &&
    fragment.batchChecksum === batchChecksum &&
    fragment.bytes.length === size
  );
}

/** Consecutive views of `size` bytes each; the last may end early, or be empty. */
function partsOf(bytes: Uint8Array, count: number, size: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

function padded(part: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(size);
  whole.set(part);
  return whole;
}
