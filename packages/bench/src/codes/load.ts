// What is measured: one batch through one code, on one kernel.

import {
  ErasureCode,
  joinBatch,
  type Kernel,
  type NumberedBytes,
  openFragment,
  sealFragment,
  splitBatch,
} from '@balsa/codes';

export interface Shape {
  readonly dataCount: number;
  readonly parityCount: number;
  readonly batchBytes: number;
}

/** Each does its work once. */
export interface Load {
  /** Makes the parity fragments of a batch. */
  readonly encode: () => void;
  /** Makes data fragments, as many as may be missing, of all others: the most that a receiver may have to do. */
  readonly rebuild: () => void;
  /** `encode` with all else that a sender does: memory for fragments, checksums of the batch and of every fragment. */
  readonly split: () => void;
  /** `rebuild` with all else that a receiver does: the checksums again, memory for the batch, copies of data that are there. */
  readonly join: () => void;
}

/** Of as many fragments, any majority of which is enough. */
export function shapesOf(fragments: number, batchSizes: readonly number[]): Shape[] {
  const dataCount = Math.floor(fragments / 2) + 1;
  return batchSizes.map((batchBytes) => ({ dataCount, parityCount: fragments - dataCount, batchBytes }));
}

export function createLoad({ dataCount, parityCount, batchBytes }: Shape, kernel: Kernel): Load {
  const code = new ErasureCode({ dataCount, parityCount, kernel });
  const batch = new Uint8Array(batchBytes).map((_, i) => i % 251);
  const fragments = splitBatch(code, batch);
  const bytes = fragments.map((fragment) => fragment.bytes);
  const data = bytes.slice(0, dataCount);
  const parity = bytes.slice(dataCount);
  const present = fragments.slice(parityCount);
  const sealed = present.map((fragment) => Buffer.concat(sealFragment(fragment)));
  const missing: NumberedBytes[] = bytes
    .slice(0, Math.min(parityCount, dataCount))
    .map((original, number) => ({ number, bytes: new Uint8Array(original.length) }));
  return {
    encode: () => code.encode(data, parity),
    rebuild: () => code.rebuild(present, missing),
    split: () => splitBatch(code, batch).map(sealFragment),
    join: () => joinBatch(code, sealed.map(openFragment)),
  };
}
