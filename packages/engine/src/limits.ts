/**
 * How much a store takes. Refusals at these limits are answers of the state machine: every replica of a group must be
 * given the same limits, or replicas will differ.
 */
export interface StoreLimits {
  /**
   * Billed bytes: points with their times, texts, and a flat price for each series and device. Chunks that are not full
   * can take up to twice as much.
   */
  readonly memoryBytesMax: number;
  readonly seriesMax: number;
}

export const defaultStoreLimits: StoreLimits = { memoryBytesMax: 1024 ** 3, seriesMax: 1_000_000 };

/** Price of a device beside its name and its series: the entry in the directory and its map. */
export const deviceOverheadBytes = 512;
/** Price of a series beside its name and its points: the entry, the objects, the first arrays. */
export const seriesOverheadBytes = 1024;

/** Values (rows times measurements) that one range query may return. */
export const rangeValuesMax: number = 1 << 22;
/** Characters of texts and bytes of blobs, together, that one range query may return. */
export const rangeTextBytesMax: number = 1 << 26;
