/**
 * When an entry is reported durable, and so what a crash can take back although it was acknowledged:
 *
 * - `sync`: when it is on the disk. Nothing is lost, whatever happens to process, kernel or power.
 * - `batched`: when the operating system holds it; the disk follows every `flushIntervalMs`. Nothing is lost if the
 *   process dies. If kernel or power fail, the last interval is lost, on all nodes if all of them fail at once.
 * - `memory`: at once. If the process dies, what was still to be written is lost; if kernel or power fail, everything
 *   since the last full segment may be.
 *
 * In the last two a node may come back without entries that it had acknowledged. Raft's promises then hold only as long
 * as fewer than half of the members lose entries at the same time. Term and vote are always synchronous.
 */
export type Durability = 'sync' | 'batched' | 'memory';

export interface WriteAheadLogSettings {
  readonly segmentBytes: number;
  /** What the very first start waits for; the rest of the segment is written in the background. */
  readonly firstSegmentBytes: number;
  /** Bound of one write; only a larger single record exceeds it. */
  readonly blockBytesMax: number;
  /** A log without writes for this long gets a closing block, which bears witness to the one before. */
  readonly sealAfterMs: number;
  /** Durability `batched`: how often the disk catches up. */
  readonly flushIntervalMs: number;
  /** At least so many segments are kept although nobody needs them. */
  readonly retainSegmentsMin: number;
  /** Released files kept for reuse, beside the one that is next in turn; further ones are removed. */
  readonly spareSegmentsMax: number;
}

const mebibyte = 1024 * 1024;

export const defaultLogSettings: WriteAheadLogSettings = {
  segmentBytes: 64 * mebibyte,
  firstSegmentBytes: 8 * mebibyte,
  blockBytesMax: 4 * mebibyte,
  sealAfterMs: 100,
  flushIntervalMs: 50,
  retainSegmentsMin: 1,
  spareSegmentsMax: 1,
};

/** Throws a RangeError for settings that cannot work together. */
export function checkLogSettings(settings: WriteAheadLogSettings): void {
  const { segmentBytes, firstSegmentBytes, blockBytesMax } = settings;
  for (const [name, value] of Object.entries(settings)) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number, not ${value}`);
  }
  if (segmentBytes % 4096 !== 0 || segmentBytes < 16 * 1024) {
    throw new RangeError(`segmentBytes must be a multiple of 4096 of at least 16384, not ${segmentBytes}`);
  }
  if (blockBytesMax < 4096 || blockBytesMax > segmentBytes - 4096) {
    throw new RangeError(`blockBytesMax must be at least 4096 and leave a sector of a segment, not ${blockBytesMax}`);
  }
  if (firstSegmentBytes < blockBytesMax) throw new RangeError('firstSegmentBytes must not be below blockBytesMax');
}
