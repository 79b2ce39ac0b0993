// Fragments as they come from other nodes. Described here, since `@balsa/codes` depends on no other room.

import {
  CodesError,
  ErasureCode,
  type Fragment,
  joinBatch,
  openFragment,
  rebuildFragments,
  sealFragment,
  splitBatch,
} from '@balsa/codes';
import { crc32c } from '@balsa/wire';
import { decoderTarget, FuzzFinding, type FuzzTarget } from '@balsa/wire/fuzz';

const refusals = [CodesError];
const code = new ErasureCode({ dataCount: 2, parityCount: 2 });
const needed = code.dataCount;
const batches = [0, 1, 5, 300].map((length) => Buffer.alloc(length, 'a batch'));
const checksumBytes = 4;

export const fragmentTargets: readonly FuzzTarget[] = [
  decoderTarget({
    name: 'codes/fragment',
    corpus: batches.flatMap((batch) => splitBatch(code, batch).map(seal)),
    refusals,
    decode: openFragment,
    encode: seal,
    isCanonical: true,
    reseal,
  }),
  // As many fragments as are needed, of equal length, one behind the other.
  decoderTarget({
    name: 'codes/batch',
    corpus: batches.map((batch) =>
      Buffer.concat(
        splitBatch(code, batch)
          .slice(1, 1 + needed)
          .map(seal),
      ),
    ),
    refusals,
    decode: (input) => {
      const fragments = piecesOf(input).map(openFragment);
      const batch = joinBatch(code, fragments);
      checkAgain(fragments, batch);
      return batch;
    },
    reseal: (bytes) => {
      for (const piece of piecesOf(bytes)) reseal(piece);
    },
  }),
];

/** What can be joined, can be joined of what is rebuilt from it as well. */
function checkAgain(fragments: readonly Fragment[], batch: Uint8Array): void {
  const present = fragments.map(({ number }) => number);
  const missing = [0, 1, 2, 3].filter((number) => !present.includes(number));
  const again = joinBatch(code, rebuildFragments(code, fragments, missing));
  if (Buffer.compare(again, batch) !== 0) throw new FuzzFinding('the other fragments give another batch');
}

function piecesOf(bytes: Buffer): Buffer[] {
  const size = Math.floor(bytes.length / needed);
  return Array.from({ length: needed }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

function seal(fragment: Fragment): Buffer {
  return Buffer.concat(sealFragment(fragment));
}

function reseal(bytes: Buffer): void {
  if (bytes.length >= checksumBytes) bytes.writeUInt32LE(crc32c(bytes.subarray(checksumBytes)), 0);
}
